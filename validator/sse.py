"""Server-sent events from bytes: what a linter needs, incremental and without I/O.

Source of the grammar: WHATWG HTML, "Server-sent events", sections on parsing and interpreting a stream.
"""

# Theory of operation
#
# A stream is cut into blocks: the lines up to and with the blank line that closes them. A reader of events
# may forget comments, unknown fields and line ends; a linter must not, so a block keeps its bytes as they
# came, and everything else (lines, fields, data) is worked out from these bytes when somebody asks. Joined
# again, the blocks (after the byte order mark, if there is one) are the stream.
#
# A line ends with CR LF, LF or CR. A CR that is the last byte so far may yet be half of a CR LF. That
# matters only where it would close a block, and there the block waits for one more byte or for close().
# A byte order mark that has come only in part waits likewise. So how the bytes were split over reads can
# not be seen in the events.
#
# `_pending` holds the block that is not closed yet, from its first byte, and has been searched in vain. A
# blank line that new bytes complete starts at most 3 bytes before them (CR LF CR | LF): only these and the
# new bytes are searched. When a block does close, all that is buffered is copied once; the old bytes leave
# with that block, and the rest came with this read. Hence every byte is searched and copied a bounded number
# of times, whatever the sizes of reads and blocks.
#
# Nearly every block of an LLM stream is one line, `data: {...}` LF LF. `_cut` knows this shape by two byte
# searches and two comparisons, and leaves all others to regular expressions.

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

_BOM = b"\xef\xbb\xbf"
_FIRST_BLANK = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a blank line that is a whole block; a last CR must wait
_BLANK = re.compile(rb"(?>\r\n|[\r\n])(?>\r\n|\n|\r(?!\Z))")  # the end of a line, then a blank line
_DATA = re.compile(rb"(?:\A|[\r\n])data(?:[:\r\n]|\Z)")  # a line that is a `data` field


class BlockTooLong(ValueError):
    """A block is longer than the decoder may hold: most likely the input is no event stream.

    Whether it is raised depends on the block's length alone, not on the reads it came in.

    Attributes: `offset` (bytes) and `line` (from 1) of the block's first line, `limit` (bytes), and `events`,
    the blocks before it that the same `feed` completed and could not return.
    """

    def __init__(self, offset: int, line: int, limit: int, events: list[Event]) -> None:
        super().__init__(
            f"the event that starts at byte {offset} (line {line}) is longer than {limit} bytes, the limit, and "
            "no blank line has ended it; is this a text/event-stream? If it is, raise the limit"
        )
        self.offset = offset
        self.line = line
        self.limit = limit
        self.events = events


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block, without its line end."""

    raw: bytes  # without the byte order mark, on the first line of a stream
    offset: int  # of raw[0] in the stream, in bytes
    number: int  # in the stream, from 1
    end: bytes  # LF, CR LF, CR, or nothing when the stream ended first

    @property
    def is_comment(self) -> bool:
        """Whether the line starts with a colon."""
        return self.raw.startswith(b":")

    @property
    def name(self) -> bytes:
        """The field's name: all before the first colon, or all; empty for a comment."""
        return self.raw.partition(b":")[0]

    @property
    def value(self) -> bytes:
        """What follows the colon: a field's without one leading space, a comment's as it is."""
        return self.raw[_value_start(self.raw) :]

    @property
    def value_offset(self) -> int:
        """Offset of value[0] in the stream, in bytes; the end of the line when the value is empty."""
        return self.offset + _value_start(self.raw)


@dataclass(slots=True)
class Event:
    """One block: the lines up to and with the blank line that closes it; not to be changed.

    An extra blank line is a block without lines.
    """

    raw: bytes  # all bytes of the block, the closing blank line's end included
    offset: int  # of raw[0] in the stream, in bytes
    line: int  # number of the first line, from 1
    last_line: int  # number of the last line, the closing blank line included
    number: int | None  # from 1, among the blocks with a `data` field; None for a block without
    terminated: bool  # closed by a blank line: all but the rest at the end of a stream
    plain: bool  # exactly `data: X` LF LF, and X does not start with a space
    _lines: tuple[Line, ...] | None = field(default=None, init=False, repr=False, compare=False)
    _fields: dict[bytes, list[bytes]] | None = field(default=None, init=False, repr=False, compare=False)
    _starts: list[int] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines, without the closing blank line."""
        if self._lines is None:
            lines, offset = [], self.offset
            for number, whole in enumerate(self.raw.splitlines(keepends=True), self.line):
                text = whole.rstrip(b"\r\n")
                lines.append(Line(text, offset, number, whole[len(text) :]))
                offset += len(whole)
            self._lines = tuple(lines[:-1] if self.terminated else lines)
        return self._lines

    @property
    def blank_end(self) -> bytes:
        """The line end of the closing blank line; empty when there is none."""
        if not self.terminated:
            return b""
        return b"\r\n" if self.raw.endswith(b"\r\n") else self.raw[-1:]

    @property
    def data(self) -> bytes | None:
        """The values of the `data` fields, joined by LF; None when there is no such field."""
        if self.plain:
            return self.raw[6:-2]
        values = self._values(b"data")
        return b"\n".join(values) if values else None

    @property
    def event(self) -> bytes | None:
        """The value of the last `event` field, if there is one."""
        return self._last(b"event")

    @property
    def id(self) -> bytes | None:
        """The value of the last `id` field, if there is one, even one that EventSource ignores (U+0000)."""
        return self._last(b"id")

    @property
    def retry(self) -> bytes | None:
        """The value of the last `retry` field, if there is one, even when it is no number."""
        return self._last(b"retry")

    @property
    def comments(self) -> tuple[bytes, ...]:
        """What follows the colon of every comment."""
        return tuple(self._values(b""))

    def data_span(self, start: int, length: int) -> tuple[int, int]:
        """The place in the stream, (offset, length) in bytes, of a span of `data`.

        A span over several `data` lines runs to the end of its last byte, over line ends and field names; the LF
        that joins two values stands at the first byte of the line end. ValueError: the span is not in `data`.
        """
        data = self.data
        if data is None or not 0 <= start <= start + length <= len(data):
            size = "no data" if data is None else f"{len(data)} bytes of data"
            raise ValueError(f"bytes {start} to {start + length} are not in an event with {size}")
        first = self._place(start)
        return first, (self._place(start + length - 1) + 1 - first if length else 0)

    def line_at(self, offset: int) -> Line:
        """The line, its end included, that holds a byte of the stream; the closing blank line is one, too.

        The end of an unterminated block belongs to its last line. ValueError: the offset is outside.
        """
        end = self.offset + len(self.raw)
        if not (self.offset <= offset < end or (offset == end and not self.terminated)):
            raise ValueError(f"byte {offset} is not in the event of bytes {self.offset} to {end}")
        if self.terminated and offset >= end - len(self.blank_end):
            return Line(b"", end - len(self.blank_end), self.last_line, self.blank_end)
        return self.lines[bisect_right(self.lines, offset, key=lambda line: line.offset) - 1]

    def _place(self, position: int) -> int:
        """The offset in the stream of the byte at a position in `data`."""
        if self.plain:
            return self.offset + 6 + position
        lines = [line for line in self.lines if line.name == b"data"]
        if self._starts is None:
            self._starts = [0, *accumulate(len(line.value) + 1 for line in lines)][:-1]
        index = bisect_right(self._starts, position) - 1
        return lines[index].value_offset + position - self._starts[index]

    def _last(self, name: bytes) -> bytes | None:
        values = self._values(name)
        return values[-1] if values else None

    def _values(self, name: bytes) -> list[bytes]:
        """The values of all fields of a name; b"" names the comments, for no field can have that name."""
        if self.plain and name != b"data":
            return []
        if self._fields is None:
            self._fields = {}
            for text in self.raw.splitlines():
                if text:
                    self._fields.setdefault(text.partition(b":")[0], []).append(text[_value_start(text) :])
        return self._fields.get(name, [])


class Decoder:
    """Cuts a stream into blocks as its bytes come.

    Attributes: `bom`, whether the stream starts with a byte order mark, which belongs to no block but counts in
    offsets; `bytes`, the number fed; `events`, the number of blocks with a `data` field.
    """

    __slots__ = ("_closed", "_fresh", "_limit", "_line", "_offset", "_pending", "bom", "bytes", "events")

    def __init__(self, *, max_block: int = 64 * 2**20) -> None:
        self.bom = False
        self.bytes = 0
        self.events = 0
        self._limit = max_block
        self._pending = bytearray()
        self._offset = 0  # of _pending[0] in the stream
        self._line = 1  # number of the line that starts there
        self._fresh = True  # whether a byte order mark may yet come
        self._closed = False

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes, return the blocks they complete.

        Raises BlockTooLong when a block exceeds `max_block` bytes, which closes the decoder, and ValueError when it
        is closed.
        """
        if self._closed:
            raise ValueError("the decoder is closed; a new stream needs a new decoder")
        self.bytes += len(data)
        pending = self._pending
        if pending or self._fresh:
            searched = max(len(pending) - 3, 0)
            pending += data
            if self._fresh:
                if len(pending) < len(_BOM) and _BOM.startswith(pending):
                    return []
                searched, self._fresh = 0, False
                if pending.startswith(_BOM):
                    self.bom = True
                    self._offset = len(_BOM)
                    del pending[: len(_BOM)]
            if _block_end(pending, 0, searched) < 0:
                if len(pending) > self._limit:
                    raise self._too_long([])
                return []
            data = bytes(pending)
            pending.clear()
        return self._cut(data)

    def close(self) -> list[Event]:
        """End the stream, return the block that its end completes or leaves unterminated, if there is one."""
        self._closed = True
        raw = bytes(self._pending)
        self._pending.clear()
        if not raw:
            return []
        terminated = raw == b"\r" or raw.endswith((b"\r\r", b"\n\r"))
        self.events += (carries := _DATA.search(raw) is not None)
        last_line = self._line + _count_lines(raw) - 1
        return [
            Event(raw, self._offset, self._line, last_line, self.events if carries else None, terminated, False)
        ]

    def _cut(self, data: bytes) -> list[Event]:
        """Cut all complete blocks from the front of the data; what is left is pending."""
        events: list[Event] = []
        add, find, at = events.append, data.find, data.startswith
        start, base, line, count, limit = 0, self._offset, self._line, self.events, self._limit
        cr = -1  # the first CR from start on
        while True:
            if cr < start:
                cr = find(b"\r", start)
                if cr < 0:
                    cr = len(data)
            lf = find(b"\n", start)
            if lf < cr and at(b"\n\n", lf) and at(b"data: ", start):
                end, last_line, carries, plain = lf + 2, line + 1, True, data[start + 6] != 0x20
            else:
                end = _block_end(data, start, start)
                if end < 0:
                    break
                raw = data[start:end]
                last_line = line + _count_lines(raw) - 1
                carries, plain = _DATA.search(raw) is not None, False
            if end - start > limit:
                break
            count += carries
            add(Event(data[start:end], base + start, line, last_line, count if carries else None, True, plain))
            start, line = end, last_line + 1
        self._offset, self._line, self.events = base + start, line, count
        if len(data) - start > limit:
            raise self._too_long(events)
        self._pending += data[start:]
        return events

    def _too_long(self, events: list[Event]) -> BlockTooLong:
        self._closed = True
        self._pending.clear()
        return BlockTooLong(self._offset, self._line, self._limit, events)


def _block_end(buffer: bytes | bytearray, start: int, searched: int) -> int:
    """The end of the block that starts there, or -1; no blank line after a line ends before `searched`."""
    match = _FIRST_BLANK.match(buffer, start) or _BLANK.search(buffer, searched)
    return match.end() if match else -1


def _count_lines(raw: bytes) -> int:
    ends = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    return ends if raw.endswith((b"\n", b"\r")) else ends + 1


def _value_start(raw: bytes) -> int:
    """Where the value of a line starts; the line's end when there is no colon."""
    colon = raw.find(b":")
    if colon < 0:
        return len(raw)
    return colon + 2 if colon and raw.startswith(b" ", colon + 1) else colon + 1
