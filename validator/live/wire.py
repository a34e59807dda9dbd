"""A response as it goes over the wire: its bytes, where they are cut, when each piece is sent, and how it ends.

Theory of operation. A recorded response is bytes, marks that say when which of them came, and an end. What is wanted
otherwise of it (other reads, other times, faults) changes one of these and nothing else, so any of it goes together.
At last the bytes are cut into pieces; each piece is one write of the server, and one chunk of the transfer coding.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from validator import sse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from validator.sse import Event

#: How a response ends: as HTTP has it; with a closed connection, but not the end of the transfer coding; with a reset
#: (TCP RST); never, until the client leaves.
End = Literal["close", "cut", "reset", "stall"]


@dataclass(frozen=True, slots=True)
class Piece:
    """What is written at once, and how many seconds after the request that is."""

    data: bytes
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Wire:
    """A response that is to be sent.

    `marks` are the ends of recorded reads, as offsets in bytes, with the seconds from the request to each. `cuts` are
    offsets at which a piece ends. `pauses` are seconds to wait at offsets. `head` says that status and headers are
    sent at all, `over` how many seconds after the request the response is over, where that is recorded.
    """

    data: bytes
    marks: tuple[tuple[int, float], ...] = ()
    cuts: frozenset[int] = frozenset()
    pauses: tuple[tuple[int, float], ...] = ()
    end: End = "close"
    head: bool = True
    over: float | None = None

    @classmethod
    def of(cls, data: bytes, reads: Sequence[Sequence[float]] = (), end: End = "close") -> Wire:
        """Return the response that a capture recorded; `reads` are those of its sidecar."""
        marks, offset, over = [], 0, None
        for seconds, size in reads:
            offset = min(offset + int(size), len(data))
            if size:
                marks.append((offset, float(seconds)))
            else:
                over = float(seconds)
        return cls(data, tuple(marks), end=end, over=over)

    @property
    def events(self) -> list[Event]:
        """The blocks of the stream, with a byte order mark before them left out."""
        return sse.events(self.data)

    def without(self, start: int, stop: int) -> Wire:
        """Return it without the bytes from one offset to another."""

        def moved(offset: int) -> int:
            return offset if offset <= start else max(offset - (stop - start), start)

        return replace(
            self,
            data=self.data[:start] + self.data[stop:],
            marks=tuple((moved(offset), seconds) for offset, seconds in self.marks),
            cuts=frozenset(map(moved, self.cuts)),
            pauses=tuple((moved(offset), seconds) for offset, seconds in self.pauses),
        )

    def cut_at(self, offsets: Iterable[int]) -> Wire:
        """Return it with a piece that ends at each of these offsets."""
        return replace(self, cuts=self.cuts | {one for one in offsets if 0 < one < len(self.data)})

    def read_by(self, how: str) -> Wire:
        """Return it cut as `how` says; see `READS`.

        Raises:
            ValueError: there is no such way.

        """
        if how == "recorded" and self.marks:
            return self.cut_at(offset for offset, _ in self.marks)
        if how in ("recorded", "event"):
            return self.cut_at(event.offset + len(event.raw) for event in self.events)
        if how == "whole":
            return self
        return self.cut_at(range(0, len(self.data), read_size(how)))

    def pieces(self, timing: str = "none") -> Iterator[Piece]:
        """Yield the pieces; `timing` is ``none``, ``recorded``, or the milliseconds from one piece to the next.

        Recorded, a piece is sent when the last byte of it came.

        Raises:
            ValueError: there is no such timing.

        """
        step = 0.0 if timing in ("none", "recorded") else interval(timing)
        known = [offset for offset, _ in self.marks]
        start = 0
        for number, stop in enumerate(sorted({*self.cuts, *(one for one, _ in self.pauses), len(self.data)} - {0})):
            at = number * step
            if timing == "recorded" and known:
                at = self.marks[min(bisect_left(known, stop), len(known) - 1)][1]
            at += sum(seconds for offset, seconds in self.pauses if offset <= start)
            yield Piece(self.data[start:stop], at)
            start = stop

    def ends_at(self, timing: str) -> float:
        """Return how many seconds after the request the response ends, if not right after the last piece: else 0."""
        late = sum(seconds for _, seconds in self.pauses)
        last = self.over if timing == "recorded" and self.over is not None else 0.0
        return last + late


#: How a response can be cut into pieces.
READS = {
    "recorded": "the sizes of the recorded reads; event by event where none are recorded",
    "event": "event by event",
    "byte": "byte by byte",
    "whole": "all at once",
    "N": "N bytes at a time",
}

#: The longest interval between two pieces, in milliseconds: a server that sleeps longer is taken for dead.
LONGEST = 600_000


def read_size(how: str) -> int:
    """Return how many bytes ``byte`` or ``N`` is.

    Raises:
        ValueError: it is neither, or not at least 1.

    """
    if how == "byte":
        return 1
    if not (how.isascii() and how.isdigit() and len(how) < 10 and int(how) > 0):
        raise ValueError(
            f"reads are {', '.join(list(READS)[:-1])}, or a number of bytes of at least 1, not {how!r:.60}"
        )
    return int(how)


def interval(timing: str) -> float:
    """Return the seconds from one piece to the next that a timing in milliseconds says.

    Raises:
        ValueError: it is no number of milliseconds.

    """
    if not (timing.isascii() and timing.isdigit() and len(timing) < 10 and int(timing) <= LONGEST):
        most = f"at most {LONGEST}"
        raise ValueError(f"timing is none, recorded, or milliseconds between pieces, {most}, not {timing!r:.60}")
    return int(timing) / 1000
