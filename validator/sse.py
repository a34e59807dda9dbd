"""Server-sent events from bytes: what a linter needs, incremental and without I/O.

Source of the grammar: WHATWG HTML, "Server-sent events", sections on parsing and interpreting a stream.
"""

# Theory of operation: a stream is cut into blocks, the lines up to and with the blank line that closes them. A block
# keeps its bytes as they came, and lines, fields and data are worked out from these when somebody asks. So nothing is
# lost: the byte order mark, if there is one, and the blocks, joined again, are the stream.
#
# A line ends with CR LF, LF or CR. A CR that is the last byte so far may yet be half of a CR LF. That matters only
# where it would close a block, and there the block waits for one more byte or for close(), as does a byte order mark
# that has come in part. So the events do not show how the bytes were split over reads.
#
# `_pending` holds the block that is not closed yet, from its first byte, and has been searched in vain. A blank line
# that new bytes complete follows a line end that is among the 2 bytes before them (LF CR | LF) or in them: only these
# are searched. When a block does close, all that is buffered is copied once; the old bytes leave with that block, and
# the rest came with this read. So every byte is searched and copied a bounded number of times.
#
# Nearly every block of an LLM stream is one line, `data: {...}` LF LF: `_cut` knows this shape by one byte search and
# three comparisons. Others cost a few searches by expressions that start with a fixed byte, which is what makes `re`
# fast; only a CR without LF, which hardly anybody sends, needs the slow one.

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BLOCK = 64 * 2**20  # how many bytes a block may have, unless the caller says otherwise
BOM = b"\xef\xbb\xbf"  # the byte order mark that a stream may start with
_FIRST_BLANK = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a blank line that is a whole block; a last CR must wait
_BLANK = re.compile(rb"(?:\n|\r\n?+)(?:\r\n|\n|\r(?!\Z))")  # the end of a line, then a blank line
_BLANK_LF = re.compile(rb"\n\r?\n")  # the same where no CR is without LF
_LONE_CR = re.compile(rb"\r(?!\n)")
_DATA = re.compile(rb"data(?<![^\r\n]data)(?:[:\r\n]|\Z)")  # a line that is a `data` field


class BlockTooLong(ValueError):  # noqa: N818  # names what is wrong, and is caught by that name
    """A block is longer than the decoder may hold, in however many reads it came.

    Attributes: `offset` (bytes) and `line` (from 1) of the block's start, `limit` (bytes), and `events`, the
    blocks before it that the same `feed` completed and could not return; `option`, what sets the limit.
    """

    option = "block=SIZE"

    def __init__(self, offset: int, line: int, limit: int, events: list[Event]) -> None:
        super().__init__(
            f"the event that starts at byte {offset} (line {line}) has no end, a blank line, within {limit} bytes, "
            "the limit; is this a text/event-stream? If it is, raise the limit"
        )
        self.offset, self.line, self.limit, self.events = offset, line, limit, events


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
    """One block: lines and the blank line that closes them, or an extra blank line alone; not to be changed."""

    raw: bytes  # all bytes of the block, the closing blank line's end included
    offset: int  # of raw[0] in the stream, in bytes
    line: int  # number of the first line, from 1
    number: int | None  # from 1, among the blocks with a `data` field; None for a block without
    terminated: bool  # closed by a blank line: all but the rest at the end of a stream
    plain: bool  # exactly `data: X` LF LF, and X does not start with a space
    characters: int = field(init=False, repr=False, compare=False)  # that come before it, where somebody counts them
    _lines: tuple[Line, ...] | None = field(default=None, init=False, repr=False, compare=False)
    _fields: dict[bytes, bytes] | None = field(default=None, init=False, repr=False, compare=False)
    _places: list[tuple[int, int]] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def last_line(self) -> int:
        """Number of the last line, the closing blank line included."""
        return self.line + _count_lines(self.raw) - 1

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
        return self.raw[-2 if self.raw.endswith(b"\r\n") else -1 :] if self.terminated else b""

    @property
    def data(self) -> bytes | None:
        """The values of the `data` fields, joined by LF; None when there is no such field."""
        return self.raw[6:-2] if self.plain else self._field(b"data")

    @property
    def event(self) -> bytes | None:
        """The value of the last `event` field, if there is one."""
        return None if self.plain else self._field(b"event")

    @property
    def id(self) -> bytes | None:
        """The value of the last `id` field, if there is one, even one that EventSource ignores (U+0000)."""
        return None if self.plain else self._field(b"id")

    @property
    def retry(self) -> bytes | None:
        """The value of the last `retry` field, if there is one, even when it is no number."""
        return None if self.plain else self._field(b"retry")

    @property
    def comments(self) -> tuple[bytes, ...]:
        """What follows the colon of every comment."""
        return tuple(text[1:] for text in self.raw.splitlines() if text.startswith(b":"))

    def data_span(self, start: int, length: int) -> tuple[int, int]:
        """Return the place in the stream, (offset, length) in bytes, of a span of `data`.

        A span over several `data` lines runs to the end of its last byte, over line ends and field names; the LF
        that joins two values stands at the first byte of the line end. What goes beyond the data is cut off.
        ValueError: there is no `data` field.
        """
        if self.plain:  # whose data stands there as it is; it is not copied, as it may be long and asked about often
            size = len(self.raw) - len(b"data: \n\n")
            start = min(max(start, 0), size)
            return self.offset + len(b"data: ") + start, min(max(length, 0), size - start)
        if (data := self.data) is None:
            raise ValueError(f"the event at byte {self.offset} has no data, so no place in it")
        size = len(data)
        start = min(max(start, 0), size)
        length = min(max(length, 0), size - start)
        first = self._place(start)
        return first, (self._place(start + length - 1) + 1 - first if length else 0)

    def line_at(self, offset: int) -> Line:
        """Return the line that holds a byte, also in its line end; the closing blank line is one, too.

        The end of an unterminated block belongs to its last line. ValueError: the offset is outside.
        """
        end = self.offset + len(self.raw)
        if not (self.offset <= offset < end or (offset == end and not self.terminated)):
            raise ValueError(f"byte {offset} is not in the event of bytes {self.offset} to {end}")
        if self.terminated and offset >= end - len(self.blank_end):
            return Line(b"", end - len(self.blank_end), self.last_line, self.blank_end)
        return self.lines[bisect_right(self.lines, offset, key=lambda line: line.offset) - 1]

    def _place(self, position: int) -> int:
        """Return the offset in the stream of a position in `data`."""
        if self._places is None:
            self._places, start = [], 0
            for line in self.lines:
                if line.name == b"data":
                    self._places.append((start, line.value_offset))
                    start += len(line.value) + 1
        start, offset = self._places[bisect_right(self._places, position, key=lambda place: place[0]) - 1]
        return offset + position - start

    def _field(self, name: bytes) -> bytes | None:
        """Return the value of the last field of a name; of `data`, all values joined by LF."""
        if self._fields is None:
            data, self._fields = [], {}
            for text in self.raw.splitlines():
                found, value = text.partition(b":")[0], text[_value_start(text) :]
                self._fields[found] = value
                if found == b"data":
                    data.append(value)
            if data:
                self._fields[b"data"] = b"\n".join(data)
        return self._fields.get(name)


class Reader(Protocol):
    """Takes blocks of the form `data: X` and a blank line, of two lines each, before they become events.

    Attributes: `active`, whether it wants to be asked.
    """

    active: bool

    def run(self, data: bytes, start: int, offset: int, line: int, number: int) -> tuple[int, int]:
        """Take blocks that stand from `start` on in `data`; return where the last ends, and how many they are.

        `offset` (bytes) and `line` are those of `start` in the stream, `number` of the last block with data before.
        """


class Decoder:
    """Cuts a stream into blocks as its bytes come.

    Attributes: `bom`, whether the stream starts with a byte order mark, which is of no block but counts in offsets;
    `bytes`, the number fed; `events`, the number of blocks with a `data` field; `reader`, who takes some blocks as
    they are, so that they are not among the events.
    """

    __slots__ = ("_closed", "_fresh", "_limit", "_line", "_offset", "_pending", "bom", "bytes", "events", "reader")

    def __init__(self, *, max_block: int = MAX_BLOCK) -> None:
        self.bom, self.bytes, self.events = False, 0, 0
        self._limit = max_block
        self._pending = bytearray()
        self._offset = 0  # of _pending[0] in the stream
        self._line = 1  # number of the line that starts there
        self._fresh = True  # whether a byte order mark may yet come
        self._closed = False
        self.reader: Reader | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes, return the blocks they complete.

        BlockTooLong: a block exceeds `max_block` bytes; this closes the decoder. ValueError: it is closed.
        """
        events: list[Event] = []
        try:
            events.extend(self.read(data))
        except BlockTooLong as error:
            error.events = events
            raise
        return events

    def read(self, data: bytes) -> Iterator[Event]:
        """Take the next bytes, yield the blocks they complete, each before the next is looked for; as `feed` else."""
        if self._closed:
            raise ValueError("the decoder is closed; a new stream needs a new decoder")
        self.bytes += len(data)
        pending = self._pending
        if pending or self._fresh:
            searched = max(len(pending) - 2, 0)
            pending += data
            if self._fresh:
                if len(pending) < len(BOM) and BOM.startswith(pending):
                    return
                self._fresh = False
                if pending.startswith(BOM):
                    self.bom, self._offset = True, len(BOM)
                    del pending[: len(BOM)]
            if not (_FIRST_BLANK.match(pending) or _BLANK.search(pending, searched)):
                self._check()
                return
            data = bytes(pending)
            pending.clear()
        yield from self._cut(data)

    def close(self) -> list[Event]:
        """End the stream, return the block that its end completes or leaves unterminated, if there is one."""
        self._closed = True
        if not (raw := bytes(self._pending)):
            return []
        self._pending.clear()
        terminated = raw == b"\r" or raw.endswith((b"\r\r", b"\n\r"))
        self.events += (carries := _DATA.search(raw) is not None)
        return [Event(raw, self._offset, self._line, self.events if carries else None, terminated, False)]

    def _cut(self, data: bytes) -> Iterator[Event]:
        """Cut all complete blocks from the front of the data; what is left is pending."""
        find, at, size, limit = data.find, data.startswith, len(data), self._limit
        start, base, line, count = 0, self._offset, self._line, self.events
        cr = lf = lone_cr = -1  # each: the first from start on; if there is none, the end (cr: the last byte)
        while True:
            if (reader := self.reader) is not None and reader.active:
                start, blocks = reader.run(data, start, base + start, line, count)
                if blocks:
                    line, count = line + 2 * blocks, count + blocks
                    continue
            if cr < start and (cr := find(b"\r", start)) < 0:
                cr = size - 1
            if lf < start and (lf := find(b"\n", start)) < 0:
                lf = size
            end = lf + 2
            if lf < cr and data[lf + 1] == 0x0A and at(b"data: ", start) and end - start <= limit:
                count += 1
                yield Event(data[start:end], base + start, line, count, True, data[start + 6] != 0x20)
                start, line = end, line + 2
                continue
            if lone_cr < start:
                lone_cr = match.start() if (match := _LONE_CR.search(data, start)) else size
            blank = _FIRST_BLANK.match(data, start) or _BLANK_LF.search(data, start, lone_cr)
            if not (blank := blank or _BLANK.search(data, start)) or blank.end() - start > limit:
                break
            raw = data[start : blank.end()]
            count += (carries := _DATA.search(raw) is not None)
            yield Event(raw, base + start, line, count if carries else None, True, False)
            start = blank.end()
            line += raw.count(b"\n") if lone_cr >= start else _count_lines(raw)
        self._offset, self._line, self.events = base + start, line, count
        self._pending += data[start:]
        self._check()

    def _check(self) -> None:
        """Raise BlockTooLong if what is pending may not stay so."""
        if len(self._pending) > self._limit:
            self._closed = True
            self._pending.clear()
            raise BlockTooLong(self._offset, self._line, self._limit, [])


def events(data: bytes) -> list[Event]:
    """Return the blocks of a whole stream, of any length."""
    decoder = Decoder(max_block=max(len(data), 1))
    return [*decoder.feed(data), *decoder.close()]


def count(data: bytes) -> int:
    """Return how many blocks of a whole stream have a `data` field."""
    return sum(event.number is not None for event in events(data))


def _count_lines(raw: bytes) -> int:
    ends = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    return ends + (not raw.endswith((b"\n", b"\r")))


def _value_start(raw: bytes) -> int:
    """Return where the value of a line starts; the line's end when there is no colon."""
    colon = raw.find(b":")
    spaced = colon > 0 and raw.startswith(b" ", colon + 1)
    return len(raw) if colon < 0 else colon + 1 + spaced
