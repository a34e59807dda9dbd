"""Cassettes: what VCR and its kin (vcrpy, VCR for Ruby, go-vcr, betamax) record, as YAML or JSON.

They agree on a list of interactions of a request and a response, and little else. A body is a text, bytes, an object
with `string` or `base64_string` (and perhaps `encoding`), or a JSON value that was decoded (`parsed_body`); a status
is a number or an object with a `code`; a header is a text or a list of texts.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from validator.captures.capture import CaptureError
from validator.captures.http import Exchange, streams
from validator.captures.readers.har import parse
from validator.yamlfile import ConfigError, load_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.capture import Capture
    from validator.captures.input import Input

NAME = "a cassette"
BODY = False

_NO_FORM = "its body is of no form that cassettes have"
_LISTS = ("interactions", "http_interactions")
_YAML = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:(?:(?:%|---|#|version:|recorded_with:|type:)[^\r\n]*)?\r?\n){0,20}"
    rb"(?:http_)?interactions:[ \t]*(?:\r?\n|\[)"
)
_JSON = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"[a-z_]{1,20}"\s*:\s*(?:"[^"\\]{0,200}"|[0-9.]{1,20})\s*,\s*){0,4}'
    rb'"(?:http_)?interactions"\s*:\s*\['
)


def sniff(head: bytes) -> bool:
    """Whether it has a list of interactions, in YAML or JSON."""
    return _YAML.match(head) is not None or _JSON.match(head) is not None


def is_stream(head: bytes) -> bool:
    """Whether it may hold streams, which only reading it tells."""
    return True


def read(source: Input) -> Iterator[Capture]:
    """Yield the interactions that are event streams."""
    data, name = source.whole(), source.name
    value = parse(data, name, NAME) if _JSON.match(data[:65536]) else _yaml(data, name)
    found = next((value[key] for key in _LISTS if type(value.get(key)) is list), None)
    if found is None:
        raise CaptureError(f"{name}: is {NAME} without a list of interactions")
    yield from streams(_exchanges(found), source, NAME)


def _yaml(data: bytes, name: str) -> dict[str, Any]:
    try:
        value = load_plain(data, name)
    except ConfigError as error:
        raise CaptureError(str(error)) from error
    return value if type(value) is dict else {}


def _exchanges(interactions: list[Any]) -> Iterator[Exchange]:
    for number, one in enumerate(interactions, 1):
        request, response = (one.get(key) if type(one) is dict else None for key in ("request", "response"))
        if type(response) is not dict:
            continue
        body, lost = _body(response)
        asked, _ = _body(request) if type(request) is dict else (None, "")
        yield Exchange(number, _status(response), _headers(response), body, lost=lost, request=asked)


def _status(response: dict[str, Any]) -> int | None:
    status = response.get("status")
    code = status.get("code") if type(status) is dict else status
    given = (code, response.get("code"), response.get("status_code"))
    return next((one for one in given if type(one) is int and 100 <= one <= 999), None)


def _headers(response: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    given = response.get("headers")
    if type(given) is not dict:
        return ()
    return tuple(
        (str(name), _string(value))
        for name, values in given.items()
        for value in (values if type(values) is list else [values])
    )


def _string(value: Any) -> str:
    return value.decode("latin-1") if type(value) is bytes else str(value)


def _body(message: dict[str, Any]) -> tuple[bytes | None, str]:
    """Return the body of a request or response, or None and why it cannot be had."""
    body = message.get("body", message.get("content"))
    if type(body) is dict:
        encoded = body.get("base64_string")
        if encoded is not None:
            return _base64(encoded)
        if "string" not in body and "encoding" not in body:
            return _written(body)  # a JSON body that was recorded decoded
        body = body.get("string")
    if type(body) is bytes:
        return body, ""
    if type(body) is str:
        return body.encode("utf-8", "replace"), ""
    if body is None and "parsed_body" in message:
        return _written(message["parsed_body"])
    return (b"", "") if body is None else (None, _NO_FORM)


def _written(value: Any) -> tuple[bytes | None, str]:
    """Return a decoded body as it may have been sent."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode(
            "utf-8", "replace"
        ), ""
    except (TypeError, ValueError, RecursionError):
        return None, _NO_FORM


def _base64(encoded: Any) -> tuple[bytes | None, str]:
    try:
        return base64.b64decode(b"".join(_string(encoded).encode().split()), validate=True), ""
    except (ValueError, binascii.Error):
        return None, "its body is no base64, though the cassette says so"
