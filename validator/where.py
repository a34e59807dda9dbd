"""From a spot of the engine to a place for a person: line, column, bytes, pointer, and the text around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from validator import framing, jsonspans, jsontext
from validator.finding import Excerpt, Extent, Where
from validator.place import pointer
from validator.sse import Line

if TYPE_CHECKING:
    from validator.scope import Spot
    from validator.sse import Event

_LINE_END = re.compile("\r\n|\r|\n")

#: How many characters an excerpt shows before and after what it marks, and of it.
BEFORE, AFTER, MARKED = 40, 40, 80

#: How many bytes around it are looked through for keys.
NEAR = 4096


#: From this size on it pays to keep what was found in a payload, in bytes.
LARGE = 4096


class Locator:
    """Locates spots, many of which may stand in the same event: of a large one it keeps where things are."""

    def __init__(self) -> None:
        self._event: Event | None = None
        self._spans: jsonspans.Spans | None = None

    def locate(self, spot: Spot) -> Where:
        """Return the place of a spot, as the function `locate` does."""
        event = spot.event
        if event is None or len(event.raw) < LARGE or event.data is None:
            return locate(spot)
        if event is not self._event or self._spans is None:
            self._event, self._spans = event, jsonspans.Spans(event.data)
        return locate(spot, self._spans)


def locate(spot: Spot, spans: jsonspans.Spans | None = None) -> Where:
    """Return the place of a spot; for a value that is not there, of the nearest thing around it.

    `spans` are those of its event's data, where somebody keeps them.
    """
    event = spot.event
    if event is None:
        offset, length = spot.span or (0, 0)
        return Where(None, 1, 1, offset, length)
    at: str | None = None
    if spot.span is not None:
        offset, length = spot.span
    elif spot.root == "event":
        offset, length = framing.locate(event, spot.path)
    elif spot.root == "json" and event.data is not None:
        found, path = None, spot.path
        while (found := spans.span(path) if spans else jsontext.span(event.data, path)) is None and path:
            path = path[:-1]
        at = pointer(path)
        offset, length = event.data_span(*(found or (0, len(event.data))))
    else:
        offset, length = event.offset, len(event.raw.rstrip(b"\r\n"))
    return _where(event, offset, length, at)


def _where(event: Event, offset: int, length: int, at: str | None) -> Where:
    if not event.lines or not event.offset <= offset < event.offset + len(event.raw):
        return Where(event.number, event.line, 1, offset, length, at)
    line = event.line_at(offset)
    start = offset - line.offset
    column = len(line.raw[:start].decode("utf-8", "replace")) + 1
    extent = _extent(event, line, offset, length)
    return Where(event.number, line.number, column, offset, length, at, _excerpt(line, start, length), extent)


def in_text(data: bytes, offset: int, length: int, at: str | None = None) -> Where:
    """Return the place of a span, in bytes, of a text that is no stream; `at` is its pointer."""
    ends = [end for end in (data.find(b"\n", offset), data.find(b"\r", offset)) if end >= 0]
    start = max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset)) + 1
    before = data[:start]
    number = before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
    line = Line(data[start : min(ends, default=len(data))], start, number, b"")
    column = characters(line.raw[: offset - start]) + 1
    return Where(None, number, column, offset, length, at, _excerpt(line, offset - start, length))


def _extent(event: Event, line: Line, offset: int, length: int) -> Extent | None:
    """Return a place in characters, if those before the event were counted and it does not go beyond the event."""
    before = getattr(event, "characters", None)
    start = offset - event.offset
    if before is None or start + length > len(event.raw):
        return None
    text = event.raw[start : start + length].decode("utf-8", "replace")
    *whole, last = _LINE_END.split(text)
    column = characters(line.raw[: offset - line.offset]) + 1 if not whole else 1
    return Extent(before + characters(event.raw[:start]), len(text), line.number + len(whole), column + len(last))


def characters(raw: bytes) -> int:
    """Return how many characters bytes are, each that is not UTF-8 counted as the one that stands in for it."""
    return len(raw) if raw.isascii() else len(raw.decode("utf-8", "replace"))


def _excerpt(line: Line, start: int, length: int) -> Excerpt:
    from validator.cover import covered  # late: only findings need it

    # a key is covered as a whole, of whatever part is shown; with as many bytes, so that places stay
    first, end = max(0, start - NEAR), start + length
    head = covered(line.raw[first : end + NEAR] if length < NEAR else line.raw[first : start + NEAR])
    tail = head[end - first :] if length < NEAR else covered(line.raw[end : end + NEAR])
    before = head[max(0, start - first - 4 * BEFORE) : start - first].decode("utf-8", "replace")
    marked = head[start - first : start - first + min(length, 4 * MARKED)].decode("utf-8", "replace")
    after = tail[: 4 * AFTER].decode("utf-8", "replace")
    shown = marked if len(marked) <= MARKED else marked[: MARKED - 1] + "…"
    return Excerpt(
        before[-BEFORE:] + shown + after[:AFTER],
        len(before[-BEFORE:]),
        max(len(shown), 1),
        cut_before=start > len(before[-BEFORE:].encode()),
        cut_after=start + length + len(after[:AFTER].encode()) < len(line.raw),
    )
