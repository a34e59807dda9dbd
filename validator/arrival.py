"""When bytes came: from the reads of a capture to the time of any byte of the stream."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Arrivals:
    """The reads of a capture, in their order, and what they tell of the bytes.

    Args:
        reads: for each read the seconds since the request was sent and the number of bytes that it brought, as the
            sidecar has them. A last one of 0 bytes is the end of the response. Of a stream that goes on, more may be
            appended.

    """

    __slots__ = ("_ends", "_falling", "_reads", "_shown")

    def __init__(self, reads: Sequence[Sequence[float]]) -> None:
        self._reads = reads
        #: of each read that was looked at, the offset in the stream after its last byte
        self._ends: list[int] = []
        self._shown = 0
        self._falling = False

    def _look(self) -> None:
        """Look at the reads that were appended."""
        reads, ends = self._reads, self._ends
        for position in range(len(ends), len(reads)):
            seconds, size = reads[position]
            ends.append((ends[-1] if position else 0) + int(size))
            if position and seconds < reads[position - 1][0]:
                self._falling = True

    @property
    def falling(self) -> bool:
        """Whether the times go back somewhere: then none of them is to be believed."""
        self._look()
        return self._falling

    @property
    def closed(self) -> float | None:
        """The seconds until the response ended; None when that is not known."""
        reads = self._reads
        return reads[-1][0] if reads and not reads[-1][1] and not self.falling else None

    @property
    def open(self) -> float | None:
        """The seconds from the last byte until the response ended; None when that is not known."""
        closed = self.closed
        last = self.at(self._ends[-1] - 1) if closed is not None and self._ends[-1] else None
        return closed - last if closed is not None and last is not None else None

    def at(self, offset: int) -> float | None:
        """Return the time of the byte at an offset, in seconds since the request; None when it is not known."""
        self._look()
        position = bisect_right(self._ends, offset)
        return None if self._falling or position == len(self._ends) else self._reads[position][0]

    def until(self, end: int | None) -> Iterator[tuple[dict[str, Any], tuple[int, int]]]:
        """Yield, once each, the reads that begin before an offset (None: all), with the span of their bytes.

        Each is the tree of ``@read``: `seconds` since the request, `bytes`, `since` the read before, and `silence`,
        the seconds without a byte that it ends (null where these are not known).
        """
        self._look()
        while self._shown < len(self._reads):
            position = self._shown
            seconds, size = self._reads[position]
            start = self._ends[position] - int(size)
            if end is not None and start >= end:
                return
            self._shown += 1
            since = seconds - self._reads[position - 1][0] if position else None
            before = self.at(start - 1) if size and start else None
            silence = seconds - before if before is not None else None
            yield {"seconds": seconds, "bytes": size, "since": since, "silence": silence}, (start, int(size))
