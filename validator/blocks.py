"""A stream as blocks that can be left out, and that parts of their payloads can be cut out of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from validator import jsontext, sse
from validator.payload import Json, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from validator.place import Path
    from validator.sse import Event


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the stream as it is now, and when its bytes came, as pairs of seconds and bytes."""

    raw: bytes
    came: tuple[tuple[float, int], ...] = ()
    start: int = 0  # of its data in raw, where it has one line of data
    end: int = 0

    def without(self, path: Path) -> Block | None:
        """Return the block without a member or item of its payload; None where there is none."""
        data = self.raw[self.start : self.end]
        span = _part(data, path)
        if span is None:
            return None
        raw = self.raw[: self.start + span[0]] + self.raw[self.start + span[1] :]
        came = ((self.came[-1][0], len(raw)),) if self.came else ()
        return Block(raw, came, self.start, self.end - span[1] + span[0])

    def parts(self) -> list[tuple[Path, int]]:
        """Return the paths of the members and items of the payload, outer ones first, with their sizes in bytes."""
        found = _spans(self.raw[self.start : self.end])
        return sorted(((path, end - start) for path, (start, end) in found.items()), key=lambda one: len(one[0]))


def is_document(data: bytes) -> bool:
    """Whether a body is one JSON object or array, as a server sends that has no stream to send."""
    return data.lstrip()[:1] in (b"{", b"[") and isinstance(decode(data), Json)


def blocks_of(data: bytes, reads: Sequence[Sequence[float]]) -> list[Block]:
    """Return the blocks of a stream, with the times of its reads; a byte order mark is one of its own.

    A body that is no stream but one JSON document is one block, its payload the document.
    """
    if is_document(data):
        return list(_timed([Block(data, end=len(data))], reads))
    events = sse.events(data)
    found = [Block(data[: events[0].offset if events else len(data)])] + [_block(event) for event in events]
    return [one for one in _timed(found, reads) if one.raw]


def _block(event: Event) -> Block:
    lines = [line for line in event.lines if line.name == b"data"]
    if len(lines) != 1 or not isinstance(decode(lines[0].value), Json):
        return Block(event.raw)
    start = lines[0].value_offset - event.offset
    return Block(event.raw, (), start, start + len(lines[0].value))


def _timed(blocks: list[Block], reads: Sequence[Sequence[float]]) -> Iterator[Block]:
    """Yield blocks with the times at which their bytes came."""
    left = [[seconds, int(size)] for seconds, size in reads if size]
    for block in blocks:
        wanted, came = len(block.raw), []
        while wanted and left:
            size = min(wanted, int(left[0][1]))
            came.append((left[0][0], size))
            wanted -= size
            left[0][1] -= size
            if not left[0][1]:
                left.pop(0)
        yield replace(block, came=tuple(came))


def _spans(data: bytes) -> dict[Path, tuple[int, int]]:
    """Return where each member (with its key) and each item of a JSON text stands."""
    found: dict[Path, tuple[int, int]] = {}
    steps: list[str | int] = []
    starts: list[int] = []
    begun = 0
    for kind, start, end in jsontext.tokens(data) if data else ():
        if kind == "key":
            steps[-1], begun = jsontext.string(data, start, end), start
            continue
        if kind in "}]":
            steps.pop()
            begun = starts.pop()
        elif steps and isinstance(steps[-1], int):
            steps[-1] += 1
            begun = start
        if kind in "{[":
            starts.append(begun)
            steps.append("" if kind == "{" else -1)
        elif steps:
            found[tuple(steps)] = begun, end
    return found


def _part(data: bytes, path: Path) -> tuple[int, int] | None:
    """Return what to cut out of a JSON text to take a member or item away: it and one comma."""
    span = _spans(data).get(path)
    if span is None:
        return None
    start, end = span
    after = end + len(data[end:]) - len(data[end:].lstrip())
    if data[after : after + 1] == b",":
        behind = data[after + 1 :]
        return start, len(data) - len(behind.lstrip())
    before = data[:start].rstrip()
    return (len(before) - 1 if before.endswith(b",") else start), end
