"""A provider that answers as OpenAI does, for tests of what asks one; no model is behind it.

Under the name ``well-formed`` it breaks no rule. Under ``well-formed/VARIANT`` it breaks exactly those that
``variants.yaml`` lists for the variant.
"""

from __future__ import annotations

import hmac
import time
from itertools import count
from typing import TYPE_CHECKING

import orjson

from validator.live.change import Event
from validator.live.reply import STREAM, Asked, Reply, json_reply
from validator.live.variant import load, sentinel
from validator.live.wire import Wire
from validator.providers.chat_completions.answer import answer
from validator.providers.chat_completions.request import DATA, Refused, Request
from validator.providers.chat_completions.sent import streamed, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.live.reply import Source
    from validator.live.variant import Variant

#: What the provider is called among models.
FAMILY = "well-formed"

#: The protocol that it speaks.
PROTOCOL = "chat.completions"

_numbers = count(1)


def sources(key: str | None = None) -> Mapping[str, Source]:
    """Return what answers, by name; `key` is the only one that is taken, None for any."""
    found: dict[str, Source] = {FAMILY: Provider(key)}
    return found | {f"{FAMILY}/{one.name}": Provider(key, one) for one in variants().values()}


def variants() -> Mapping[str, Variant]:
    """Return the ways in which it can be wrong, by name."""
    return load(DATA / "variants.yaml")


class Provider:
    """Answers requests, well or with one defect.

    Args:
        key: the only key that is taken; None for any, and for none.
        variant: the defect.

    """

    def __init__(self, key: str | None = None, variant: Variant | None = None) -> None:
        self._key, self._variant = key, variant

    def answer(self, asked: Asked) -> Reply:
        """Answer a request, with an error object where it cannot be."""
        if self._key is not None and not hmac.compare_digest((asked.key or "").encode(), self._key.encode()):
            return _error(Refused("Incorrect API key provided.", code="invalid_api_key", status=401))
        try:
            request = Request.parse(asked.body)
            self._know(request.body["model"])
            variant = self._variant if self._variant is not None and self._variant.shows_on(request.body) else None
            if variant is not None and request.body.get("stream"):
                request = Request.parse(orjson.dumps(variant.read(request.body)))
            given = answer(request)
        except Refused as refused:
            return _error(refused)
        id_, created = f"chatcmpl-{next(_numbers):024d}", int(time.time())
        if not request.body.get("stream"):
            return json_reply(whole(request, given, id_, created))
        events = [Event(payload) for payload in streamed(request, given, id_, created)] + [sentinel(PROTOCOL)]
        headers = dict(STREAM)
        if variant is not None:
            events, headers = variant.applied(events, headers)
        return Reply(200, tuple(headers.items()), Wire(b"".join(one.raw() for one in events)))

    def _know(self, model: str) -> None:
        """Refuse a request for a model that is not there; one may come here by the path of its URL."""
        known = {FAMILY, f"{FAMILY}/{self._variant.name}"} if self._variant is not None else {FAMILY}
        if model.partition("?")[0] not in known:
            raise Refused(f"The model {model!r:.200} does not exist.", "model", "model_not_found", 404)


def _error(refused: Refused) -> Reply:
    return json_reply(refused.error, refused.status)
