"""Finds look-alikes in a stream, and judges them in runs."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from orjson import loads

from validator import framing
from validator.lookalikes.likeness import alike
from validator.lookalikes.remains import Moved, Remains
from validator.place import ITEMS, general, value_at
from validator.sse import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from validator.engine import Engine
    from validator.finding import Finding
    from validator.lookalikes.likeness import Likeness, Run
    from validator.node import Node
    from validator.place import Path

#: How many look-alikes a likeness must have had for it to have been worth its while.
WORTH = 8

#: How many events are judged in full, at most, between two attempts in vain to find a likeness.
PATIENCE = 256

#: How many bytes the first run has at most, and any; one that is decoded has fewer, so that it leaves no garbage.
LEAST, MOST = framing.LONGEST_ORDINARY, 1 << 17


class Lookalikes:
    """Finds likenesses in a stream, and judges the look-alikes.

    Args:
        engines: those that judge the stream; the findings told are those of the first.

    Attributes: `active`, whether look-alikes may follow; `findings`, what they proved, for the caller to take.

    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = engines
        self._depth = min(engine.plan.limits.depth for engine in engines)
        self.active = False
        self.findings: list[Finding] = []
        self._like: Likeness | None = None
        self._before: Event | None = None
        self._remains: list[Remains] = []
        self._holders: list[tuple[Any, str | int]] = []
        #: how many blocks to wait before the next attempt, and after one in vain; how many the last run had
        self._wait, self._patience, self._passed = 0, 1, 0
        self._window = LEAST

    def after(self, event: Event) -> None:
        """Take note of an event that was judged in full: look-alikes of it may follow."""
        if self.active:
            self.active = False
            self._patience = 1 if self._passed >= WORTH else min(2 * self._patience, PATIENCE)
            self._wait = self._patience - 1
        if self._wait > 0:
            self._wait -= 1
            return
        before, self._before = self._before, event
        if before is not None and not self._begin(before, event):
            self._patience = min(2 * self._patience, PATIENCE)
            self._wait = self._patience

    def _begin(self, before: Event, event: Event) -> bool:
        if self._like is None or not self._like.fits(event):
            self._like = alike(before, event, self._depth, self._inseparable, self._may_be_empty)
        if self._like is None:
            return False
        tree = loads(event.data or b"")
        try:
            self._remains = [Remains(engine, self._like, tree) for engine in self._engines]
        except Moved:
            self._like = None
            return False
        self._holders = [(value_at(tree, slot.path[:-1]), slot.path[-1]) for slot in self._like.slots]
        self.active, self._passed, self._window = True, 0, LEAST
        return True

    def _inseparable(self, path: Path) -> bool:
        """Whether the items of an array are no scope instances of any engine's."""
        return not any(_opens(engine.plan.roots.get("json"), general(path)) for engine in self._engines)

    def _may_be_empty(self, path: Path) -> bool:
        """Whether a text is directly in the payload, and nothing asks whether it is empty."""
        return len(path) == 1 and not any(engine.plan.weighs(str(path[0])) for engine in self._engines)

    def run(self, data: bytes, start: int, offset: int, line: int, number: int) -> tuple[int, int]:
        """Judge the look-alikes that stand from `start` on in some bytes; return where they end, and how many.

        Args:
            data: bytes of the stream.
            start: where in them a block begins.
            offset: where in the stream that is.
            line: the number of its first line.
            number: how many blocks with data came before.

        """
        like = self._like
        assert like is not None  # noqa: S101 - it is active
        run = like.run(data, start, start + self._window)
        around = like.around
        ends = list(accumulate([len(payload) + around for payload in run.payloads]))
        if not ends:
            return start, 0

        def event(row: int) -> Event:
            begin = ends[row - 1] if row else 0
            block = like.block(run.payloads[row])
            return Event(block, offset + begin, line + 2 * row, number + row + 1, True, not like.crlf)

        count = self._judged(run, event, ends)
        if not count:
            return start, 0
        self._passed += count
        self._window = min(2 * self._window, MOST if all(slot.text for slot in like.slots) else MOST // 4)
        last = event(count - 1)
        for one in self._remains:
            one.passed(last, count)
        return start + ends[count - 1], count

    def _judged(self, run: Run, event: Callable[[int], Event], ends: Sequence[int]) -> int:
        """Judge a run, of which `event` gives the blocks, and `ends` where they end; return how many were judged."""
        remains, columns = self._remains, run.columns

        def put(row: int) -> None:
            for (holder, key), column in zip(self._holders, columns, strict=True):
                holder[key] = column[row]

        count = min(one.admits(columns, put) for one in remains)
        if count < len(run.payloads):
            self.active = False
            run.keep(count)
        if not count:
            return 0
        left = [one.take(columns, event(count - 1), ends[count - 1]) for one in remains]
        if any(left) or any(one.breaches for one in remains):
            for row in range(count):
                put(row)
                block = event(row)
                told = [one.judge(calls, block) for one, calls in zip(remains, left, strict=True)]
                self.findings += told[0]
        return count


def _opens(node: Node | None, steps: Sequence[str]) -> bool:
    """Whether the items of the array at a place open a scope."""
    for step in steps:
        node = node and (node.items if step == ITEMS else node.keys.get(step))
    return node is not None and node.items is not None and node.items.opens is not None
