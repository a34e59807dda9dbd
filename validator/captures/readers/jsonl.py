r"""Payloads written down without their framing: JSON Lines, or one JSON array.

A record is a payload (an object), the data of an event (a text), or an event with the seconds since the request::

    {"t": 0.41, "data": {...}}          ms in place of t: milliseconds; times of a clock need a record with request
    {"t": 0.41, "event": "...", "id": "...", "data": "..."}     the data as the text that came
    [0.41, {...}]
    {"t": 0.41, "raw": "data: {...}\n\n"}       bytes as they were read; base64 in place of raw: those, encoded
    {"t": 0, "request": {...}}          what is known beside the stream; as well response, ended, profile

Only where all records are raw are the bytes those of the wire; else framing cannot be judged.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from validator import jsontext
from validator.captures.capture import Capture, CaptureError
from validator.captures.records import Record, moment, rebuilt
from validator.meta import load_meta
from validator.payload import Json, decode, legible
from validator.recognise import resembles
from validator.redact import clean_request
from validator.sse import BOM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.input import Input

NAME = "a list of payloads"
BODY = True

_TIMES = {"t": 1.0, "time": 1.0, "seconds": 1.0, "elapsed": 1.0, "ms": 1e-3, "elapsed_ms": 1e-3, "time_ms": 1e-3}
_DATA = frozenset({"data", "raw", "base64"})
_EVENT = frozenset({*_TIMES, *_DATA, "event", "eventName", "id", "eventId"})
_BESIDE = frozenset({"request", "response", "ended", "profile"})

#: From here on a time is that of a clock.
_CLOCK = 1e8

_LINES = re.compile(rb"(?:\xef\xbb\xbf)?\s*([{\[][^\r\n]*[}\]])[ \t]*\r?\n[ \t]*[{\[\"]")
_ARRAY = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*[{\[\"0-9]")
#: What a server sends as a whole where it sends no stream.
_ERRORS = re.compile(rb'(?:\xef\xbb\xbf)?\s*\[\s*\{\s*"error"\s*:')


def sniff(head: bytes) -> bool:
    """Whether it is a line of JSON and another that begins so, or an array that is no list of errors."""
    lines = _LINES.match(head)
    if lines and isinstance(decode(lines[1]), Json):
        return True
    return _ARRAY.match(head) is not None and not _ERRORS.match(head) and (head[-1:] != b"]" or _is_json(head))


def is_stream(head: bytes) -> bool:
    """Whether the first record is a payload of a known protocol, or holds one: lists of other things are many."""
    try:
        first = next(_items(head, ""), b"")
    except CaptureError:
        return False
    value = _value(first)
    record = _record(first, value, None)
    return _is_beside(value) or record.raw is not None or resembles(_value(record.data.encode("utf-8", "replace")))


def read(source: Input) -> Iterator[Capture]:
    """Yield the one stream that the records make."""
    records: list[Record] = []
    meta: dict[str, Any] = {}
    started = None
    for item in _items(source.whole(), source.name):
        value = _value(item)
        if _is_beside(value):
            started = _time(value) if started is None else started
            meta.update({key: legible(value[key]) for key in _BESIDE & value.keys()})
        else:
            records.append(_record(item, value, started))
    body, reads = rebuilt(records)
    if reads is not None and reads[-1][0] < _CLOCK:
        meta["reads"] = reads
    if not all(one.raw is not None for one in records):
        meta["exact"] = False
    if "request" in meta:
        meta["request"] = clean_request(meta["request"])
    yield Capture(source.name, lambda: iter((body,)), load_meta(meta, source.name))


def _items(data: bytes, name: str) -> Iterator[bytes]:
    """Yield the records as they are written, each on one line."""
    data = data.removeprefix(BOM).strip()
    lines = _LINES.match(data)
    if not data.startswith(b"[") or (lines and isinstance(decode(lines[1]), Json)):
        yield from (line.strip() for line in re.split(rb"[\r\n]+", data) if line.strip())
        return
    depth = start = 0
    try:
        for kind, at, end in jsontext.tokens(data):
            depth -= kind in "}]"
            if depth == 1:
                if kind in "}]":
                    yield re.sub(rb"[\r\n]+[ \t]*", b" ", data[start:end])
                elif kind in "{[":
                    start = at
                else:
                    yield data[at:end]
            depth += kind in "{["
    except jsontext.NotJson as error:
        raise CaptureError(f"{name}: is {NAME} that is not JSON: {error}") from error


def _is_json(text: bytes) -> bool:
    return isinstance(decode(text), Json)


def _value(item: bytes) -> Any:
    decoded = decode(item)
    return decoded.value if isinstance(decoded, Json) else None


def _is_beside(value: Any) -> bool:
    return (
        type(value) is dict
        and bool(_BESIDE & value.keys())
        and _BESIDE.union(_TIMES).issuperset(value)
        and all(type(value[key]) is dict for key in ("request", "response") if key in value)
    )


def _record(item: bytes, value: Any, started: float | None) -> Record:
    """Return the record of an item: what is no event with its time is a payload, or the data of one."""
    if type(value) is list and len(value) == 2 and type(value[0]) in (int, float):
        return Record(_text(item, value[1], (1,)), time=_since(value[0], started))
    if type(value) is dict and _EVENT.issuperset(value) and _DATA & value.keys():
        time = _since(_time(value), started)
        raw = _raw(value)
        if raw is not None:
            return Record(raw=raw, time=time)
        if time is not None or {"event", "eventName"} & value.keys():
            name, number = (next((value[key] for key in keys if type(value.get(key)) is str), "")
                            for keys in (("event", "eventName"), ("id", "eventId")))  # fmt: skip
            return Record(_text(item, value.get("data"), ("data",)), name, number, time)
    return Record(value if type(value) is str else item.decode("utf-8", "replace"))


def _text(item: bytes, value: Any, path: tuple[str | int, ...]) -> str:
    """Return the data of an event: a text as it is, another value as it is written."""
    if type(value) is str:
        return value
    at, length = jsontext.span(item, path) or (0, len(item))
    return item[at : at + length].decode("utf-8", "replace")


def _raw(value: dict[str, Any]) -> bytes | None:
    raw, encoded = value.get("raw"), value.get("base64")
    if type(raw) is str:
        return raw.encode("utf-8", "replace")
    if type(encoded) is not str:
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return None


def _time(value: dict[str, Any]) -> float | None:
    """Return the time of a record in seconds: of a clock, or since the request."""
    for name, unit in _TIMES.items():
        time = value.get(name)
        if isinstance(time, int | float):
            seconds = time * unit
            return seconds / 1000 if seconds > _CLOCK * 1000 else seconds  # a clock in milliseconds
        if type(time) is str and (since := moment(time)) is not None:
            return since
    return None


def _since(time: float | None, started: float | None) -> float | None:
    """Return the seconds since the request; times of a clock stay, and are not used, where nobody knows its start."""
    if time is None or time < 0:
        return None
    return time - started if started is not None and time >= started else time
