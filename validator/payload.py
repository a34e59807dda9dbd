r"""Decode one `data` value to JSON, strictly: what is not JSON, or what decoders disagree on, is told.

Theory of operation. Nearly every payload of a real stream is clean, so cleanness must be cheap to prove; the
rest may cost. orjson is the fastest decoder there is. It refuses invalid UTF-8, lone surrogates, NaN and what
a float can not hold (1e400); but of duplicate keys it keeps the last, and an integer beyond 64 bits becomes a
float, both in silence. They show when the value is written again:

- The text comes back as it went in: then it is the very text of that value, and nothing was lost. So it is
  with 98 of 100 payloads, as most servers write JSON just as orjson does.
- It differs, in white space, escapes or floats. A member that was dropped took its ':' along, and writing
  makes no ':' that was not there, unless from the escape \u003a. So without that escape, as many ':' as before
  prove that no member was dropped. And without 19 digits in a row no integer is beyond 64 bits.

What nests deeper than the limit has more brackets than the limit; where it has, the value is walked to see.
What is not proved clean in this way is decoded token by token, at some 50 times the cost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orjson import dumps, loads

from validator import jsontext
from validator.jsontext import MAX_DEPTH, Issue, NotJson
from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 320
"""Nesting that is still decoded: deeper, a value would break what walks it by recursion."""

_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_WIDE = b"0" * 19
"""The shortest run of digits that may be beyond 64 bits."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_LITERALS = {b"true": True, b"false": False, b"null": None}


@dataclass(frozen=True, slots=True)
class Json:
    """A payload that is JSON. `value` is made of dict, list, str, int, float, bool and None."""

    value: object
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Malformed:
    """A payload that is not JSON, or too deep to decode.

    `reason` says in plain words what is wrong, `offset` at which byte of the payload; `issues` are those of the
    part that could be read.
    """

    reason: str
    offset: int
    issues: tuple[Issue, ...] = ()


def decode(data: bytes, *, max_depth: int = MAX_DEPTH) -> Json | Malformed:
    """Decode one `data` value. Never raises, whatever the bytes.

    Of duplicate keys the last wins; NaN, infinities, numbers too great for a float (1e400) and integers of more
    than jsontext.MAX_DIGITS digits become the float that is nearest; a lone surrogate stays in its string: each
    with an issue. Other integers are exact. Nesting deeper than `max_depth` brackets is an issue, deeper than
    DEEPEST is Malformed (with the issue too, whatever `max_depth`).
    """
    if max_depth > DEEPEST:
        max_depth = DEEPEST
    try:
        value = loads(data)
        text = dumps(value)
    except (ValueError, TypeError):  # orjson refuses it; it nests too deep for orjson to write (254)
        return _decode_slowly(data, max_depth)
    if (text == data or _lost_nothing(data, text)) and (
        data.count(b"{") + data.count(b"[") <= max_depth or within(max_depth, value)
    ):
        return Json(value)
    return _decode_slowly(data, max_depth)


def _lost_nothing(data: bytes, text: bytes) -> bool:
    """Prove that `text`, what was decoded from `data` and written again, has all its members and numbers."""
    return (
        data.count(b":") == text.count(b":")
        and (b"\\" not in data or (b"\\u003a" not in data and b"\\u003A" not in data))
        and _WIDE not in data.translate(_DIGITS_AS_ZERO)
    )


def within(max_depth: int, value: object) -> bool:
    """Say whether a value nests at most `max_depth` containers deep, by walking it level by level."""
    level = [value]
    for _ in range(max_depth):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return True
    return False


def _decode_slowly(data: bytes, max_depth: int) -> Json | Malformed:
    found = tuple(jsontext.issues(data, max_depth=max_depth))
    try:
        return Json(_build(data), found)
    except NotJson as error:
        return Malformed(error.reason, error.offset, found)


def _build(data: bytes) -> object:
    whole: list[object] = []
    here: list[object] | dict[str, object] = whole  # the innermost open container
    around: list[list[object] | dict[str, object]] = []  # those that hold it
    key = ""
    for kind, start, end in jsontext.tokens(data):
        value: object
        match kind:
            case "key":
                key = jsontext.string(data, start, end)
                continue
            case "}" | "]":
                here = around.pop()
                continue
            case "{":
                value = {}
            case "[":
                value = []
            case "string":
                value = jsontext.string(data, start, end)
            case "number":
                value = jsontext.number(data[start:end])
            case "literal":
                value = _LITERALS[data[start:end]]
        if isinstance(here, dict):
            here[key] = value
        else:
            here.append(value)
        if isinstance(value, dict | list):
            if len(around) == DEEPEST:
                raise NotJson(f"nested deeper than {DEEPEST} brackets", start)
            around.append(here)
            here = value
    return whole[0]


def legible(value: Any) -> Any:
    """Return a decoded value with U+FFFD in place of every lone surrogate, in strings and keys.

    Such a string can be neither printed nor handed to the compiled schemas.
    """
    return changed(value, _legible, lambda _, key, __: _legible(key) if type(key) is str else key)


def _legible(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)


def changed(value: Any, text: Callable[[str], str], name: Callable[[dict[str, Any], Any, Any], Any]) -> Any:
    """Return a decoded value, however deep it is, with its texts changed.

    `name` is asked for every member of an object, by the object, the key and the value: it gives its key, or None if
    it is to be left out.
    """
    whole: list[Any] = [value]
    waiting: list[tuple[Any, Any]] = [(whole, 0)]  # what is made anew, and where in it something is not
    while waiting:
        holder, at = waiting.pop()
        part = holder[at]
        if type(part) is str:
            holder[at] = text(part)
        elif type(part) is dict:
            named = ((name(part, key, member), member) for key, member in part.items())
            made = holder[at] = {key: member for key, member in named if key is not None}
            waiting.extend((made, key) for key in made)
        elif type(part) is list:
            items = holder[at] = list(part)
            waiting.extend((items, position) for position in range(len(items)))
    return whole[0]


def json_type(value: object) -> str:
    """Return the name that JSON Schema gives the type of a decoded value, ``number`` for all numbers."""
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
