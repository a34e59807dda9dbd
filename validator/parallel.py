"""Captures judged by several processes, with results in their order: the same report as one process gives.

What is handed to a process is a batch: of files, which it reads itself, or of streams of one file, which this process
reads. Each process has a pipe of its own, so it is known what one had when it ended. If that was a batch, each of it
is handed out alone then; what ends its process alone is told as a failure, and the others go on.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from validator import captures
from validator.captures import STDIN
from validator.onefile import outcomes, read
from validator.report import Failure
from validator.worker import Worker
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from multiprocessing.context import BaseContext
    from pathlib import Path

    from validator.captures import Capture
    from validator.judge import Judge
    from validator.report import StreamReport
    from validator.trace import Wanted
    from validator.worker import Outcomes

#: How many captures for each process, and how many bytes of streams, may be read or judged before the first that is
#: not.
_AHEAD, _HELD = 256, 64 * 2**20

#: The most that a batch has: captures, and bytes of them.
_MOST, _LARGE = 64, 256 * 2**10

#: Fewer bytes of names than this find room in a pipe that holds nothing else, on every system (8 KiB at least).
_SMALL = 6000

#: A file of so many bytes that holds several streams is read by this process, and its streams by the others.
_SHARED = 2**20


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


class _Slot:
    """A place in the order of what is told: a file, a stream of a file, or the end of a file of streams.

    `file` is the file's position. `given` is what to judge: a name, or the parts of a Capture with its bytes; None if
    nothing is. `found` are the outcomes, None until they are known. `last`: the file ends here. `alone`: no batch is
    made with it.
    """

    __slots__ = ("alone", "file", "found", "given", "last", "size")

    def __init__(self, file: int, given: Any, size: int, found: Outcomes | None = None, *, last: bool) -> None:
        self.file, self.given, self.size, self.found, self.last = file, given, size, found, last
        self.alone = False


class Crew:
    """Processes that judge captures.

    Args:
        judge: what to judge by.
        meta: the metadata of every capture, in place of its sidecar.
        wanted: what to keep of the streams beside their findings.
        jobs: how many processes.
        context: how to start them; default: as the system does.

    """

    def __init__(
        self, judge: Judge, meta: Path | None, wanted: Wanted | None, jobs: int, context: BaseContext | None = None
    ) -> None:
        self._task = (judge, meta, wanted)
        self._jobs = jobs
        self._context = context or multiprocessing.get_context()
        self._crew: list[Worker[_Slot]] = []
        #: what many streams have alike, kept once
        self._same: dict[Any, Any] = {}
        #: what is not told yet, in order, and of that what is not handed out
        self._slots: deque[_Slot] = deque()
        self._waiting: deque[_Slot] = deque()
        self._held = 0
        self._files: Sequence[str] = ()
        self._coming: Iterator[_Slot] = iter(())
        self._tell: Callable[[str], None]

    def judge(self, files: Sequence[str], tell: Callable[[str], None]) -> Iterator[Iterable[StreamReport | Failure]]:
        """Yield what is found in each file, in their order; standard input is judged by this process.

        Each is to be taken to its end before the next. `tell` is called with each file that is judged.
        """
        self._files, self._tell = files, tell
        self._coming = self._to_judge()
        judge = self._task[0]
        few = len(files) < self._jobs and not any(is_shared(file, judge) for file in files)
        try:
            # before anything is read, so that there is little that each process has a copy of
            self._crew = [self._worker() for _ in range(len(files) if few else self._jobs)]
            for file in files:
                yield self._of_next(file)
        finally:
            for worker in self._crew:
                worker.end()

    def _of_next(self, file: str) -> Iterator[StreamReport | Failure]:
        """Yield the outcomes of the file that is told next."""
        last = False
        while not last:
            self._go_on()
            slot = self._slots[0]
            while slot.found is None and slot.given != STDIN:
                self._collect()
                self._go_on()
            if slot.found is None:
                judge, meta, wanted = self._task
                yield from outcomes(judge, file, meta, wanted)
            self._slots.popleft()
            last = slot.last
            if (slot.given is None and last) or slot.given == STDIN:
                self._tell(file)
            yield from slot.found or ()

    def later(self) -> Iterator[tuple[Outcomes, bool]]:
        """Yield what was found and is not told yet, and whether a file ends with it."""
        for slot in self._slots:
            if slot.found is not None:
                yield slot.found, slot.last

    def _to_judge(self) -> Iterator[_Slot]:
        judge, meta, _ = self._task
        for position, file in enumerate(self._files):
            size = _size(file)
            if size < _SHARED or not is_shared(file, judge):
                yield _Slot(position, file, size, last=True)
                continue
            for one in read(judge, file, meta):
                yield _slot(position, one)
            yield _Slot(position, None, 0, [], last=True)

    def _go_on(self) -> None:
        """Read what there is place for, and hand out what waits."""
        while len(self._slots) < _AHEAD * self._jobs and (self._held < _HELD or not self._slots):
            slot = next(self._coming, None)
            if slot is None:
                break
            self._slots.append(slot)
            if slot.found is None and slot.given != STDIN:
                self._waiting.append(slot)
                self._held += slot.size if type(slot.given) is not str else 0
        while self._waiting:
            worker = min(self._crew, key=lambda one: len(one.batches))
            if len(worker.batches) > 1 or (worker.batches and type(self._waiting[0].given) is not str):
                break
            batch = self._batch()
            if worker.batches and not _fits_in_pipe(batch):
                self._waiting.extendleft(reversed(batch))
                break
            worker.hand(batch)

    def _batch(self) -> list[_Slot]:
        """Return what to hand out next: the less, the less there is, so that all are done at about the same time."""
        most = min(_MOST, len(self._waiting) // (2 * self._jobs))
        batch = [self._waiting.popleft()]
        size = batch[0].size
        while self._waiting and len(batch) < most and not batch[0].alone and not self._waiting[0].alone:
            size += self._waiting[0].size
            if size > _LARGE:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _worker(self) -> Worker[_Slot]:
        return Worker(self._context, self._task, self._same)

    def _collect(self) -> None:
        """Wait until a process is done with a batch, or has ended."""
        busy = [worker for worker in self._crew if worker.batches]
        ready = wait([worker.pipe for worker in busy])
        for worker in (one for one in busy if one.pipe in ready):
            found = worker.take()
            if found is None:
                self._ended(worker)
                continue
            for slot, of_it in zip(worker.batches.popleft(), found, strict=True):
                self._done(slot, of_it)

    def _ended(self, worker: Worker[_Slot]) -> None:
        """Go on without a process that has ended, and find out which capture it was that ended it."""
        how = worker.end()
        self._crew[self._crew.index(worker)] = self._worker()
        slots, *later = worker.batches
        self._waiting.extendleft(slot for batch in reversed(later) for slot in reversed(batch))
        if len(slots) > 1:
            for slot in reversed(slots):
                slot.alone = True
                self._waiting.appendleft(slot)
            return
        source = slots[0].given if type(slots[0].given) is str else slots[0].given[0]
        reason = f"{source}: the process that judged it ended ({how}); perhaps memory ran out"
        self._done(slots[0], [Failure(source, reason)])

    def _done(self, slot: _Slot, found: Outcomes) -> None:
        slot.found = found
        if type(slot.given) is str:
            self._tell(self._files[slot.file])
        else:
            self._held -= slot.size
            slot.given = ()


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size  # noqa: PTH116 - a path for each of many files takes longer than this
    except (OSError, ValueError):
        return 0


def _fits_in_pipe(batch: Sequence[_Slot]) -> bool:
    """Whether a batch can wait in a pipe while its reader is at work, so that nobody has to wait for it later."""
    names = [slot.given for slot in batch if type(slot.given) is str and slot.given.isascii()]
    return len(names) == len(batch) and sum(map(len, names)) < _SMALL


def is_shared(file: str, judge: Judge) -> bool:
    """Whether the streams of a file are judged by several processes, each some of them."""
    return _size(file) >= _SHARED and captures.holds_several(file, judge.limits)


def _slot(position: int, one: Capture | Failure) -> _Slot:
    if isinstance(one, Failure):
        return _Slot(position, None, 0, [one], last=False)
    try:
        body = b"".join(one.pieces())
    except ConfigError as error:
        return _Slot(position, None, 0, [Failure(one.source, str(error))], last=False)
    return _Slot(position, (one.source, body, one.meta, one.file, one.plain), len(body), last=False)
