"""HAR, what browsers and proxies save of their traffic.

Source of the form: HAR 1.2. Beside it stand members of the tools, whose names begin with an underscore. Chrome keeps
no body of an EventSource, but its events with their times; Playwright may keep bodies in files beside the HAR; Polly
keeps a body as a JSON array of base64 pieces.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from validator.captures.capture import CaptureError
from validator.captures.http import Exchange, streams
from validator.captures.records import Record, moment, rebuilt
from validator.limits import size
from validator.mediatype import EVENT_STREAM
from validator.sse import BOM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.capture import Capture
    from validator.captures.input import Input

NAME = "a HAR"
BODY = False

_BEGINS = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"[$_a-zA-Z]{1,20}"\s*:\s*(?:"[^"\\]{0,200}"|[0-9.]{1,20})\s*,\s*){0,4}"log"\s*:\s*\{'
)


def sniff(head: bytes) -> bool:
    """Whether it is a JSON object with a `log`."""
    return _BEGINS.match(head) is not None


def is_stream(head: bytes) -> bool:
    """Whether it may hold streams, which only reading it tells."""
    return True


def read(source: Input) -> Iterator[Capture]:
    """Yield the entries that are event streams."""
    value = parse(source.whole(), source.name, NAME)
    entries = value["log"].get("entries") if type(value.get("log")) is dict else None
    if type(entries) is not list:
        raise CaptureError(f"{source.name}: is {NAME} without entries")
    yield from streams(_exchanges(entries, source), source, NAME)


def parse(data: bytes, name: str, what: str) -> dict[str, Any]:
    """Return a JSON file's object.

    Raises:
        CaptureError: it is no JSON, or no object.

    """
    data = data.removeprefix(BOM)
    try:
        value = orjson.loads(data)
    except ValueError:
        try:
            value = json.loads(data)  # it takes lone surrogates, which orjson does not
        except (ValueError, RecursionError) as error:
            raise CaptureError(f"{name}: is {what} that is not JSON: {str(error).splitlines()[0]}") from error
    if type(value) is not dict:
        raise CaptureError(f"{name}: is {what} that is no JSON object")
    return value


def _exchanges(entries: list[Any], source: Input) -> Iterator[Exchange]:
    for number, entry in enumerate(entries, 1):
        if type(entry) is not dict:
            continue
        request, response = _object(entry, "request"), _object(entry, "response")
        content = _object(response, "content")
        status = response.get("status")
        body, lost = _body(content, response, source)
        exchange = Exchange(
            number,
            status if type(status) is int and 100 <= status <= 999 else None,
            _headers(response),
            body,
            media_type=_text(content, "mimeType"),
            request=_posted(_object(request, "postData"), source),
            ended=_ended(_text(response, "_error") or _text(response, "_failureText") or _text(entry, "_error")),
            lost=lost,
            took=_took(entry),
        )
        events = entry.get("_eventSourceMessages")
        yield _from_events(entry, events, exchange) if body is None and type(events) is list and events else exchange


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    value = holder.get(name)
    return value if type(value) is dict else {}


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if type(value) is str else ""


def _headers(response: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    given = response.get("headers") if type(response.get("headers")) is list else None
    pairs = [(_text(one, "name"), _text(one, "value")) for one in given or () if type(one) is dict]
    return tuple((name, value) for name, value in pairs if name)


def _posted(data: dict[str, Any], source: Input) -> str | bytes | None:
    file = _text(data, "_file")
    return _beside(file, source)[0] if file else _text(data, "text") or None


def _ended(error: str) -> str | None:
    """Return how the transport ended, by what a browser says of it, such as ``net::ERR_ABORTED``."""
    if not error:
        return None
    return "left" if "ABORTED" in error else "timeout" if "TIMED_OUT" in error else "reset"


def _body(content: dict[str, Any], response: dict[str, Any], source: Input) -> tuple[bytes | None, str]:
    """Return the body, or None and why it cannot be had."""
    text = content.get("text")
    if type(text) is not str:
        file = _text(content, "_file")
        return _beside(file, source) if file else (None, "the HAR does not hold the body; save it with content")
    if not text and response.get("status") == 200:
        return None, "the HAR holds nothing of the body: it was empty, or not saved with content"
    if _text(content, "encoding").lower() != "base64":
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode(), ""
    try:
        pieces = orjson.loads(text) if text.startswith("[") else [text]
        return b"".join(base64.b64decode(piece, validate=True) for piece in pieces), ""
    except (ValueError, TypeError, binascii.Error):
        return None, "its body is no base64, though the HAR says so"


def _beside(file: str, source: Input) -> tuple[bytes | None, str]:
    """Return the body that stands in a file of its own beside the HAR."""
    elsewhere = f"its body is in another file ({file!r:.60}), which is not beside the HAR"
    if source.path is None or Path(file).name != file:
        return None, elsewhere
    try:
        beside = source.path.with_name(file).resolve(strict=True)
        if beside.parent != source.path.parent.resolve() or not beside.is_file():
            return None, elsewhere  # a link out of the folder, a folder, a pipe that nobody writes to
        if beside.stat().st_size > source.limits.whole:
            return None, f"its body, the file {file!r:.60}, is larger than {size(source.limits.whole)}, the limit"
        return beside.read_bytes(), ""
    except OSError as error:
        return None, f"its body, the file {file!r:.60}, cannot be read: {error.strerror}"
    except ValueError:  # no file has such a name
        return None, elsewhere


def _took(entry: dict[str, Any]) -> tuple[float, float] | None:
    timings = _object(entry, "timings")
    wait, receive = (timings.get(name) for name in ("wait", "receive"))
    if not (isinstance(wait, int | float) and isinstance(receive, int | float) and wait >= 0 and receive >= 0):
        return None
    return wait / 1000, (wait + receive) / 1000


def _from_events(entry: dict[str, Any], events: list[Any], exchange: Exchange) -> Exchange:
    """Return what Chrome keeps of an EventSource: its events, each with the seconds since 1970."""
    started = moment(_text(entry, "startedDateTime"))
    records = [
        Record(_text(one, "data"), name=_text(one, "eventName"), id=_text(one, "eventId"), time=_time(one, started))
        for one in events
        if type(one) is dict
    ]
    body, reads = rebuilt(records)
    return replace(exchange, body=body, reads=reads, exact=False, media_type=exchange.media_type or EVENT_STREAM)


def _time(event: dict[str, Any], started: float | None) -> float | None:
    time = event.get("time")
    if not isinstance(time, int | float) or started is None or time < started:
        return None
    return time - started
