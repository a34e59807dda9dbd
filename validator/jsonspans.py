"""Where many values of one JSON text stand: what `jsontext.span` finds of one, for a thousand findings in an event.

Theory of operation. Each container on the way to a value is cut into its parts once, and that is kept, so that a
thousand findings in an event of a million items cost two walks over it, and not a thousand. The text was decoded, so
the walk looks only for where a part ends: a string at its quote, a container at the bracket that closes it; what is
neither bracket nor string within it is passed over at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from validator import jsontext
from validator.jsontext import NotJson

if TYPE_CHECKING:
    from collections.abc import Sequence

    Extent = tuple[int, int]
    """The first byte of a value, and the one behind it."""

_SPACE = re.compile(rb"[ \t\n\r]*+")
_BETWEEN = re.compile(rb"[ \t\n\r,:]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_WORD = re.compile(rb"[^ \t\n\r,:\]}]++")
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:%b[^"{}\[\]]*+)*+' % _STRING.pattern)


class Spans:
    """Answers `jsontext.span` many times for one JSON text: what it finds of a container it keeps."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        #: by the path of a container, where its parts stand, by key or position
        self._parts: dict[tuple[str | int, ...], dict[str, Extent] | list[Extent]] = {}

    def span(self, path: Sequence[str | int]) -> tuple[int, int] | None:
        """Find the bytes of the value at a path, as `jsontext.span` does: offset and length."""
        try:
            return self._found(path)
        except (NotJson, IndexError):
            return jsontext.span(self._data, path)

    def _found(self, path: Sequence[str | int]) -> tuple[int, int] | None:
        here = _end(_SPACE, self._data, 0), len(self._data.rstrip(b" \t\n\r"))
        for depth, step in enumerate(path):
            above = tuple(path[:depth])
            parts = self._parts.get(above)
            if parts is None:
                parts = self._parts[above] = _cut(self._data, here[0])
            found = None
            if isinstance(step, str) and isinstance(parts, dict):
                found = parts.get(step)
            elif isinstance(step, int) and isinstance(parts, list) and 0 <= step < len(parts):
                found = parts[step]
            if found is None:
                return None
            here = found
        return here[0], here[1] - here[0]


def _cut(data: bytes, start: int) -> dict[str, Extent] | list[Extent]:
    """Return where the parts of the container stand that begins at `start`; of what is none, no parts."""
    members: dict[str, Extent] = {}
    items: list[Extent] = []
    if data[start] not in b"{[":
        return members
    at = _end(_BETWEEN, data, start + 1)
    while data[at] not in b"}]":
        if data[start] == 0x7B:
            key, at = at, _end(_STRING, data, at)
            name = jsontext.string(data, key, at)
            at = _end(_BETWEEN, data, at)
            members[name] = at, _behind(data, at)
            at = members[name][1]
        else:
            items.append((at, _behind(data, at)))
            at = items[-1][1]
        at = _end(_BETWEEN, data, at)
    return members if data[start] == 0x7B else items


def _behind(data: bytes, at: int) -> int:
    """Return where the value that begins at a byte is over."""
    if data[at] not in b"{[":
        return _end(_STRING if data[at] == 0x22 else _WORD, data, at)
    depth, at = 1, at + 1
    while depth:
        at = _end(_TO_BRACKET, data, at)
        depth += 1 if data[at] in b"{[" else -1
        at += 1
    return at


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    if match is None:
        raise NotJson("not what the value before it leads to", at)
    return match.end()
