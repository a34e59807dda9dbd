"""What stands around a payload, as values that rules can look at: the block, and how its data decoded.

Each function returns a tree for one of the roots of validator.place; `locate` leads from a path in the tree of a
block back to its bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from validator.payload import json_type
from validator.place import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from validator.payload import Json, Malformed
    from validator.place import Path
    from validator.protocol import Sentinel
    from validator.sse import Event, Line

#: The longest block, in bytes, that can be one of many alike (see `ordinary`).
LONGEST_ORDINARY = 4096

#: How many lines of one block are looked at: far more than anybody sends, few enough to describe each.
MOST_LINES = 10_000

#: Fewer bytes than this has a block that is a sentinel of the usual form.
SHORT = 128

#: The last steps to the values of a block's tree that depend on its text.
TEXTUAL = frozenset({"text", "value", "length", "data"})

_BLANK = {b"\n": "blank, LF", b"\r\n": "blank, CRLF"}
_ENDS = {b"\n": "LF", b"\r\n": "CRLF", b"\r": "CR", b"": "none"}
_CUT_CHARACTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")


def ordinary(event: Event, sentinel: Sentinel | None = None) -> str | None:
    """Return the form of a block of the usual form (its line end, whether it is the sentinel), None for any other.

    That is one `data` line, of JSON as far as its first byte tells, with one space after the colon, no longer than
    LONGEST_ORDINARY, in UTF-8, without U+0000 and the line separators of Unicode; or a blank line alone. About such a
    block the rules of framing have nothing to say that they did not say of the first of its form, so they are shown
    only that one.
    """
    raw = event.raw
    if event.plain:
        end = "LF"
    elif raw in _BLANK:
        return _BLANK[raw] if event.line > 1 else None
    elif raw.endswith(b"\r\n\r\n") and raw.startswith(b"data: ") and raw.count(b"\n") == raw.count(b"\r") == 2:
        end = "CRLF"
    else:
        return None
    if raw[6] not in b"{[" or len(raw) > LONGEST_ORDINARY or b"\0" in raw:
        return None
    if not raw.isascii():
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return None
        if parts_lines(text):
            return None
    if sentinel is not None and len(raw) < SHORT and sentinel.means(event.data or b""):
        return f"{end}, sentinel"
    return end


def parts_lines(text: str) -> bool:
    """Whether a text holds a character that is a line end in Unicode, but none in a stream of events."""
    return "\x85" in text or "\u2028" in text or "\u2029" in text


def describe(event: Event, sentinel: Sentinel | None = None) -> dict[str, Any]:
    """Return the tree of ``@event``: a block, of which MOST_LINES lines at most are looked at.

    ``lines[]``: `end` (LF, CRLF, CR, none), `length` in bytes, `text`; `blank` is the end of the blank line that
    closes the block. ``fields[]`` (the lines that are not comments, without a last one that is cut off before its
    colon): `name`, `value`, `text` (the line), its `end`, and what it `holds`: of a `data` line ``sentinel`` if it
    means that, or, if it is one of several, the JSON type; of a line that is no field ``sentinel`` or ``object`` if
    it is such as it stands; else null. ``comments[]``: their text. `data_lines` is the number of `data` lines,
    `values` lists what they hold, `last` is what the last does, `data` is their joined text. `name`, `id` and
    `retry`, if there are such fields: their last value. `terminated`: a blank line closes it. `invalid`: the first
    bytes that are not UTF-8, in hexadecimal, or null. `json`: in a block with a name whose data is JSON, its type,
    and `members`, the types of its members. `start`: in the first block of a stream, whether a byte order mark
    stands before it (`bom`) and what its `encoding` looks like.
    """
    lines = event.lines[:MOST_LINES]
    count = sum(line.name == b"data" for line in lines)
    fields = [_field(line, sentinel, several=count > 1) for line in lines if not line.is_comment]
    if fields and not lines[-1].is_comment and _cut(lines[-1]) and fields[-1]["holds"] is None:
        fields.pop()
    wrong = _not_utf8(event.raw if event.terminated else whole_characters(event.raw))
    tree: dict[str, Any] = {
        "lines": [{"end": _ENDS[line.end], "length": len(line.raw), "text": _text(line.raw)} for line in lines],
        "blank": _ENDS[event.blank_end],
        "fields": fields,
        "comments": [_text(line.value) for line in lines if line.is_comment],
        "data_lines": count,
        "values": [field["holds"] for field in fields if field["name"] == "data"],
        "terminated": event.terminated,
        "last": next((field["holds"] for field in reversed(fields) if field["name"] == "data"), None),
        "invalid": None if wrong is None else event.raw[wrong.start : wrong.end].hex(" "),
    }
    for key, value in (("data", event.data), ("name", event.event), ("id", event.id), ("retry", event.retry)):
        if value is not None:
            tree[key] = _text(value)
    if event.event is not None and event.data is not None:
        tree.update(_json(event.data))
    if event.line == 1:
        tree["start"] = {"bom": event.offset > 0, "encoding": _encoding(event.raw)}
    return tree


def _field(line: Line, sentinel: Sentinel | None, *, several: bool) -> dict[str, Any]:
    name, value, holds = line.name, line.value, None
    if name == b"data":
        holds = "sentinel" if sentinel and sentinel.means(value) else _holds(value) if several else None
    else:
        text = line.raw.strip(b" \t")
        if sentinel and sentinel.is_exactly(text):
            holds = "sentinel"
        elif text.startswith(b"{"):
            holds = _holds(text)
    return {
        "name": _text(name), "value": _text(value), "text": _text(line.raw), "end": _ENDS[line.end], "holds": holds,
    }  # fmt: skip


def _cut(line: Line) -> bool:
    """Whether the stream ends in this line, before a colon."""
    return not line.end and b":" not in line.raw


def _encoding(raw: bytes) -> str:
    if raw.startswith(b"\xff\xfe") or (raw[1:4:2] == b"\0\0" and 0 not in raw[0:4:2]):
        return "UTF-16LE"
    if raw.startswith(b"\xfe\xff") or (raw[0:4:2] == b"\0\0" and 0 not in raw[1:4:2]):
        return "UTF-16BE"
    return "UTF-8"


def _not_utf8(raw: bytes) -> UnicodeDecodeError | None:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return error
    return None


def whole_characters(data: bytes) -> bytes:
    """Return UTF-8 text without a last character of which only a part is there."""
    return _CUT_CHARACTER.sub(b"", data)


def _json(data: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    members = value.items() if isinstance(value, dict) else ()
    return {"json": json_type(value), "members": {key: json_type(member) for key, member in members}}


def _holds(text: bytes) -> str | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return json_type(value)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def describe_sentinel(event: Event, *, exact: bool) -> dict[str, Any]:
    """Return the tree of ``@sentinel``: `data`, whether it is `exact`, the event's `name` if it has one."""
    tree: dict[str, Any] = {"data": _text(event.data or b""), "exact": exact}
    if event.event is not None:
        tree["name"] = _text(event.event)
    return tree


def describe_malformed(payload: Malformed, data: bytes) -> dict[str, Any]:
    """Return the tree of ``@payload`` for data that is not JSON: `malformed` says why, and what stands `there`."""
    there = _text(data[payload.offset :][:40]) or "the end of the data"
    return {"malformed": {"reason": payload.reason, "there": there}}


def describe_decoded(payload: Json) -> Iterator[tuple[dict[str, Any], tuple[int, int] | None]]:
    """Yield the trees of ``@payload`` for data that is JSON with something to say of it, each with its span.

    One with `type`, when it is not an object; one with `issue` (`kind`, `detail`, and `at`, the JSON Pointer of the
    value) for each issue.
    """
    if type(payload.value) is not dict:
        yield {"type": json_type(payload.value)}, None
    for issue in payload.issues:
        tree = {"kind": issue.kind, "detail": issue.detail, "at": pointer(issue.path)}
        yield {"issue": tree}, (issue.offset, issue.length)


def locate(event: Event, path: Path) -> tuple[int, int]:
    """Return the byte offset and length, in the stream, of what a path in the tree of a block speaks of."""
    match path:
        case ("start", "bom"):
            return 0, event.offset
        case ("start", "encoding"):
            return event.offset, 2
        case ("invalid",) if (wrong := _not_utf8(event.raw)) is not None:
            return event.offset + wrong.start, wrong.end - wrong.start
        case ("blank",):
            return event.offset + len(event.raw) - len(event.blank_end), len(event.blank_end)
    if not event.lines:
        return event.offset, len(event.raw)
    line = _line(event.lines, path)
    if path[2:] == ("end",):
        return line.offset + len(line.raw), len(line.end)
    if path[2:] == ("value",):
        return line.value_offset, len(line.value)
    if path[2:] == ("name",):
        return line.offset, max(len(line.name), 1)
    return line.offset, len(line.raw)


def _line(lines: Sequence[Line], path: Path) -> Line:
    """Return the line that a path speaks of; of what is not there, the first."""
    named: dict[object, bytes] = {"name": b"event", "id": b"id", "retry": b"retry"}
    match path[:2]:
        case ("lines", int(position)):
            return lines[position]
        case ("fields", int(position)):
            return [line for line in lines if not line.is_comment][position]
        case ("comments", int(position)):
            return [line for line in lines if line.is_comment][position]
        case ("data_lines" | "values", *_):  # the second, the first that is one too many
            found = [line for line in lines if line.name == b"data"][:2]
        case ("data" | "json" | "members", *_):
            found = [line for line in lines if line.name == b"data"][:1]
        case ("terminated",):
            return lines[-1]
        case (str(key),):
            found = [line for line in lines if line.name == named.get(key)]
        case _:
            found = []
    return (found or lines[:1])[-1]
