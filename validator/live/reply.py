"""What a client asks a server of ours, and what it is answered: the two sides of every source of answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from validator.live.wire import Wire
from validator.mediatype import EVENT_STREAM, media_type

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The headers of an event stream where nothing else is known of them.
STREAM = (("content-type", f"{EVENT_STREAM}; charset=utf-8"), ("cache-control", "no-cache"))

JSON = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its body as it came, and as a JSON object where it is one.

    `stream` says whether a stream is asked for, `key` is the bearer's key.
    """

    body: bytes
    value: dict[str, Any]
    stream: bool
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: status, headers, and what goes over the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    wire: Wire

    def with_wire(self, wire: Wire) -> Reply:
        """Return it with other bytes, or sent otherwise."""
        return replace(self, wire=wire)

    @property
    def is_stream(self) -> bool:
        """Whether it says that it is an event stream, and that all is well."""
        return self.status == 200 and media_type(dict(self.headers).get("content-type", "")) == EVENT_STREAM


class Source(Protocol):
    """What answers under one name."""

    def answer(self, asked: Asked) -> Reply:
        """Answer a request.

        Raises:
            ConfigError: it cannot be answered here; the message says why in one line.

        """
        ...


def json_reply(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Return a response that is a JSON value."""
    return Reply(status, (*JSON, *headers), Wire(orjson.dumps(value)))
