"""What a test holds of a stream, taken as bytes and what is known beside them.

Bytes and responses are exact. Lines of text, payloads and an SDK's chunks are not what was sent: they are written
out as a stream again, and their framing is not judged.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator import exchange
from validator.captures.records import Record, rebuilt
from validator.report import Report, StreamReport
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    import os

_FIELD = re.compile(rb"(?:data|event|id|retry)?:|data$")
_LINE_END = re.compile(rb"[\r\n]")

_WANTED = (
    "hand over bytes, a path, a response of httpx or requests, or an iterable of bytes, lines, payloads or chunks"
)
_ASYNC = "this has to be read asynchronously: write `await chunkspec.acheck(...)`"
_GONE = "the body of this response was read piece by piece and is gone: hand over the response unread, or the pieces"


@dataclass(frozen=True, slots=True)
class Taken:
    """A stream in memory: its bytes, its sidecar, what to call it; or the reports that were handed over instead."""

    body: bytes = b""
    meta: dict[str, Any] = field(default_factory=dict)
    source: str = "<stream>"
    reports: tuple[Report, ...] = ()


class TakenError(ConfigError):
    """What is no stream, or one that cannot be had; the message says what to hand over."""


def path(given: str | os.PathLike[str]) -> str:
    """Return a path as text.

    Raises:
        TakenError: it is no path but the text of a stream.

    """
    text = str(given)
    if _LINE_END.search(text.encode("utf-8", "replace")):
        raise TakenError("a str is taken as a path, and this is text: hand over the bytes as they came")
    return text


def file(name: str) -> bytes:
    """Return what is in a file; raises TakenError."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise TakenError(f"{name}: cannot be read: {error.strerror}") from error


def take(stream: Any) -> Taken:
    """Return what a test hands over: bytes, a response, or an iterable of pieces, lines, payloads or chunks.

    Raises:
        TakenError: it is no stream, or its body is gone.

    """
    if isinstance(stream, Taken):
        return stream
    if isinstance(stream, bytes | bytearray | memoryview):
        return Taken(bytes(stream))
    if hasattr(stream, "status_code") and hasattr(stream, "headers"):
        return _response(stream)
    if isinstance(stream, dict) or hasattr(stream, "model_dump"):
        raise TakenError("this is one payload: hand over all of the stream's, as a list or as they come")
    if hasattr(stream, "__aiter__") and not hasattr(stream, "__iter__"):
        raise TakenError(_ASYNC)
    try:
        items = iter(stream)
    except TypeError as error:
        raise TakenError(f"a {type(stream).__name__} is no stream: {_WANTED}") from error
    return _items(list(items))


async def read(stream: Any) -> Any:
    """Return what `take` takes in place of what has to be read asynchronously, and all else as it is.

    Raises:
        TakenError: its body is gone.

    """
    if hasattr(stream, "aiter_bytes") and hasattr(stream.stream, "__aiter__") and _held(stream) is None:
        reading = _Reading(stream)
        try:
            async for piece in stream.aiter_bytes():
                reading.came(piece)
        except Exception as error:
            reading.broke(error)
        return reading.taken()
    if hasattr(stream, "__aiter__") and not hasattr(stream, "__iter__"):
        return [item async for item in stream]
    return stream


def _response(response: Any) -> Taken:
    body = _held(response)
    if body is not None:
        return Taken(body, {**exchange.known(response), "ended": "close"}, _name(response))
    if hasattr(getattr(response, "stream", None), "__aiter__"):
        raise TakenError(_ASYNC)
    reading = _Reading(response)
    try:
        # requests has no iter_bytes; its chunks of no size are those of the transport
        for piece in response.iter_bytes() if hasattr(response, "iter_bytes") else response.iter_content(None):
            reading.came(piece)
    except Exception as error:
        reading.broke(error)
    return reading.taken()


def _held(response: Any) -> bytes | None:
    """Return the body that a response holds, None if it was not read yet; raises TakenError if it is gone."""
    if getattr(response, "_content_consumed", None) is False:  # of requests: its `content` would read it at once
        return None
    try:
        body = response.content
    except RuntimeError as error:
        if getattr(response, "is_stream_consumed", True):
            raise TakenError(_GONE) from error
        return None
    except AttributeError:
        body = None
    if not isinstance(body, bytes):
        raise TakenError(f"a {type(response).__name__} is no response of httpx or requests: {_WANTED}")
    return body


def _name(response: Any) -> str:
    return exchange.name(exchange.request_of(response))


class _Reading:
    """The reading of a response: what came and when, and how it ended."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._started = time.perf_counter()
        self._pieces: list[bytes] = []
        self._reads: list[list[float]] = []
        self._ended = "close"

    def came(self, piece: bytes) -> None:
        """Note a piece."""
        if piece:
            self._pieces.append(piece)
            self._note(len(piece))

    def _note(self, size: int) -> None:
        self._reads.append([round(time.perf_counter() - self._started, 6), size])

    def broke(self, error: Exception) -> None:
        """Note that the response broke off; raises TakenError if it is something else that went wrong."""
        ended = exchange.broken_off(error)
        if ended is None:
            raise TakenError(f"the body of the response cannot be read: {error}") from error
        self._ended = ended

    def taken(self) -> Taken:
        """Return what came."""
        meta = {**exchange.known(self._response), "ended": self._ended}
        if self._ended == "close":
            self._note(0)
        if hasattr(self._response, "iter_bytes") or "chunked" in self._response.headers.get("Transfer-Encoding", ""):
            meta["reads"] = self._reads  # other bodies requests reads to their end before it gives anything
        return Taken(b"".join(self._pieces), meta, _name(self._response))


def _items(items: list[Any]) -> Taken:
    """Return the stream that pieces, lines or payloads make."""
    if items and all(isinstance(item, Report | StreamReport) for item in items):
        return Taken(reports=tuple(one if isinstance(one, Report) else Report((one,)) for one in items))
    if all(isinstance(item, bytes | bytearray | memoryview) for item in items):
        pieces = [bytes(item) for item in items]
        lines = _are_lines(pieces)
        return _lines(pieces) if lines else Taken(b"".join(pieces))
    if all(isinstance(item, str) for item in items):
        texts = [item.encode("utf-8", "replace") for item in items]
        if _are_lines(texts):
            return _lines(texts)
        if any(_LINE_END.search(text) for text in texts):
            return Taken(b"".join(texts), {"exact": False})
    body, _ = rebuilt(_record(number, item) for number, item in enumerate(items, 1))
    return Taken(body, {"exact": False})


def _are_lines(texts: list[bytes]) -> bool:
    """Whether these are the lines of a stream without their ends: as pieces of one they would hold no event."""
    first = next((text for text in texts if text), b"")
    return _FIELD.match(first) is not None and not any(_LINE_END.search(text) for text in texts)


def _lines(lines: list[bytes]) -> Taken:
    """Return the stream of lines; where those that end events were left out, each line with a field is an event."""
    end = b"\n" if b"" in lines else b"\n\n"
    return Taken(b"".join(line + end for line in lines), {"exact": False})


def _record(number: int, item: Any) -> Record:
    if isinstance(item, str):
        return Record(item)
    if hasattr(item, "data") and hasattr(item, "event"):  # an event, as libraries for event streams have it
        return Record(str(item.data), str(item.event or ""), str(getattr(item, "id", "") or ""))
    if not isinstance(item, dict) and not hasattr(item, "model_dump"):
        raise TakenError(f"item {number} of the stream is a {type(item).__name__}: {_WANTED}")
    try:
        return Record(json.dumps(_plain(item), default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise TakenError(f"item {number} of the stream is not JSON: {error}") from error


def _plain(value: Any) -> Any:
    """Return an SDK's object as the JSON that it was made of, without the members that were not sent."""
    if isinstance(value, dict):
        return value
    if not hasattr(value, "model_dump"):
        msg = f"a {type(value).__name__} is no JSON value"
        raise TypeError(msg)
    try:
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)
    except TypeError:  # it takes no such options
        return value.model_dump()
