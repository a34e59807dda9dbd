"""What stands around a payload, as values that rules can look at: the block, the decoding, the whole capture.

Each function returns a tree for one of the roots of validator.place; `locate` leads from a path in the tree of a
block back to its bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from validator.payload import Json, Malformed
    from validator.place import Path
    from validator.sse import Decoder, Event, Line

_ENDS = {b"\n": "LF", b"\r\n": "CRLF", b"\r": "CR", b"": "none"}


def describe(event: Event) -> dict[str, Any]:
    """Return the tree of ``@event``: a block.

    ``lines[]``: `end` (LF, CRLF, CR, none), `length` in bytes, `text`. ``fields[]`` (the lines that are not
    comments): `name`, `value`, `text` (the line), `holds` (for a line that is a JSON text as it stands, and for
    each of several data values: the JSON type, else null). ``comments[]``: their text. `data`: the joined data, if
    there is any. `name`: the event's name, if it has one. `terminated`: a blank line closes it. `empty`: it has
    no lines. `invalid`: what is not UTF-8 in it, if anything.
    """
    lines = event.lines
    fields = [line for line in lines if not line.is_comment]
    several = sum(line.name == b"data" for line in fields) > 1
    tree: dict[str, Any] = {
        "lines": [{"end": _ENDS[line.end], "length": len(line.raw), "text": _text(line.raw)} for line in lines],
        "blank": _ENDS[event.blank_end],
        "fields": [_field(line, several=several) for line in fields],
        "comments": [_text(line.value) for line in lines if line.is_comment],
        "terminated": event.terminated,
        "empty": not lines,
    }
    if event.data is not None:
        tree["data"] = _text(event.data)
    if event.event is not None:
        tree["name"] = _text(event.event)
    if not event.raw.isascii():
        try:
            event.raw.decode("utf-8")
        except UnicodeDecodeError as error:
            tree["invalid"] = {
                "offset": error.start,
                "bytes": event.raw[error.start : error.end].hex(" "),
                "reason": error.reason,
            }
    return tree


def _field(line: Line, *, several: bool) -> dict[str, Any]:
    name = line.name
    holds = None
    if name == b"data":
        holds = _holds(line.value) if several else None
    elif name[:1] in b"{[":
        holds = _holds(line.raw)
    return {"name": _text(name), "value": _text(line.value), "text": _text(line.raw), "holds": holds}


def _holds(text: bytes) -> str | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return _type_of(value)


def _type_of(value: object) -> str:
    match value:
        case dict():
            return "object"
        case list():
            return "array"
        case str():
            return "string"
        case bool():
            return "boolean"
        case None:
            return "null"
        case _:
            return "number"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def describe_sentinel(event: Event, *, exact: bool) -> dict[str, Any]:
    """Return the tree of ``@sentinel``: `data`, whether it is `exact`, the event's `name` if it has one."""
    tree: dict[str, Any] = {"data": _text(event.data or b""), "exact": exact}
    if event.event is not None:
        tree["name"] = _text(event.event)
    return tree


def describe_malformed(payload: Malformed) -> dict[str, Any]:
    """Return the tree of ``@payload`` for data that is not JSON: `malformed` says why."""
    return {"malformed": payload.reason}


def describe_decoded(payload: Json) -> Iterator[tuple[dict[str, Any], tuple[int, int] | None]]:
    """Yield the trees of ``@payload`` for data that is JSON with something to say of it, each with its span.

    One with `type`, when it is not an object; one with `issue` (`kind`, `detail`) for each issue.
    """
    if type(payload.value) is not dict:
        yield {"type": _type_of(payload.value)}, None
    for issue in payload.issues:
        yield {"issue": {"kind": issue.kind, "detail": issue.detail}}, (issue.offset, issue.length)


def describe_capture(decoder: Decoder, meta: Mapping[str, Any], head: bytes | None) -> dict[str, Any]:
    """Return the tree of ``@capture``: the whole stream at its end.

    `bytes` and `events` count; `bom` says that it began with one; `head` is its beginning, only if no block had
    data; `ended` is how the transport ended, if that is known.
    """
    tree: dict[str, Any] = {"bytes": decoder.bytes, "events": decoder.events, "bom": decoder.bom}
    if head is not None:
        tree["head"] = _text(head)
        tree["document"] = _document(head)
    if "ended" in meta:
        tree["ended"] = meta["ended"]
    return tree


def _document(head: bytes) -> str | None:
    """Return what a body without data lines is, if it is a whole document: a JSON type or ``html``."""
    text = head.strip()
    if text[:1] == b"<":
        return "html"
    return _holds(text) if text[:1] in (b"{", b"[") and b"{" in text else None


def locate(event: Event, path: Path) -> tuple[int, int]:
    """Return the byte offset and length, in the stream, of what a path in the tree of a block speaks of."""
    line = _line(event, path)
    if line is None:
        return event.offset, len(event.raw)
    if path[2:] == ("value",):
        return line.value_offset, len(line.value)
    if path[2:] == ("name",):
        return line.offset, max(len(line.name), 1)
    return line.offset, len(line.raw)


def _line(event: Event, path: Path) -> Line | None:
    lines = event.lines
    match path[:2]:
        case ("lines", int(position)):
            return lines[position]
        case ("fields", int(position)):
            return [line for line in lines if not line.is_comment][position]
        case ("comments", int(position)):
            return [line for line in lines if line.is_comment][position]
        case ("name",):
            return next((line for line in reversed(lines) if line.name == b"event"), None)
        case ("invalid", *_):
            return None
        case ("data",):
            return next((line for line in lines if line.name == b"data"), None)
        case _:
            return lines[0] if lines else None
