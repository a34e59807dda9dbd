"""When bytes came: from the reads of a capture to the time of any byte of the stream."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Arrivals:
    """The reads of a capture, in their order, and what they tell of the bytes.

    Args:
        reads: for each read the seconds since the request was sent and the number of bytes that it brought, as the
            sidecar has them. A last one of 0 bytes is the end of the response.

    Attributes: `falling`, whether the times go back somewhere: then none of them is to be believed; `closed`, the
    seconds until the response ended, and `open`, those from the last byte until then; None when that is not known.

    """

    __slots__ = ("_ends", "_reads", "_shown", "closed", "falling", "open")

    def __init__(self, reads: Sequence[Sequence[float]]) -> None:
        self._reads = reads
        #: of each read, the offset in the stream after its last byte
        self._ends = list(accumulate(int(size) for _, size in reads))
        self._shown = 0
        self.falling = any(later[0] < earlier[0] for earlier, later in pairwise(reads))
        self.closed = reads[-1][0] if reads and not reads[-1][1] and not self.falling else None
        last = self.at(self._ends[-1] - 1) if self.closed is not None and self._ends[-1] else None
        self.open = self.closed - last if self.closed is not None and last is not None else None

    def at(self, offset: int) -> float | None:
        """Return the time of the byte at an offset, in seconds since the request; None when it is not known."""
        position = bisect_right(self._ends, offset)
        return None if self.falling or position == len(self._ends) else self._reads[position][0]

    def until(self, end: int | None) -> Iterator[tuple[dict[str, Any], tuple[int, int]]]:
        """Yield, once each, the reads that begin before an offset (None: all), with the span of their bytes.

        Each is the tree of ``@read``: `seconds` since the request, `bytes`, `since` the read before, and `silence`,
        the seconds without a byte that it ends (null where these are not known).
        """
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
