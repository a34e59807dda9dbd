"""How much of the traces of a run is kept in memory, all of its streams together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validator.report import StreamReport


class Room:
    """How many bytes the events of all streams of a run may take together.

    Once half of it is taken, streams without findings keep little; once all of it is, no stream keeps events.
    """

    #: How many events a stream without findings keeps, its first and its last, when room is scarce.
    FEW = 40

    def __init__(self, size: int = 16 * 2**20) -> None:
        self._size = size
        self._taken = 0

    def admit(self, stream: StreamReport) -> StreamReport:
        """Return the report of a stream with as much of its trace as there is room for."""
        trace = stream.trace
        if trace is None or not trace.events:
            return stream
        events = trace.events
        if self._taken >= self._size:
            events = ()
        elif 2 * self._taken >= self._size and not stream.findings and len(events) > self.FEW:
            events = (*events[: self.FEW // 2], *events[-self.FEW // 2 :])
        self._taken += sum(2 * len(seen.text) + 400 for seen in events)
        return stream if events is trace.events else replace(stream, trace=replace(trace, events=events))
