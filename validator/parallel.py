"""Files judged by several processes, with results in the order of the files: the same report as one process gives.

Each process has a pipe of its own and is handed one file at a time, so that it is known which file a process had when
it ended: that file is told as a failure, and the others go on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from validator.captures import STDIN
from validator.report import Failure, StreamReport
from validator.run import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from multiprocessing.context import BaseContext
    from pathlib import Path

    from validator.judge import Judge
    from validator.rule import Rule
    from validator.trace import Wanted

    Outcomes = list[StreamReport | Failure]

#: How many files for each process may be judged before the first that is not.
_AHEAD = 16


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


class Crew:
    """Processes that judge files.

    Args:
        judge: what to judge by.
        meta: the metadata of every capture, in place of its sidecar.
        wanted: what to keep of the streams beside their findings.
        jobs: how many processes.
        context: how to start them; default: as the system does.

    Attributes: `done`, what was found in files that are judged but not yet told, by their position.

    """

    def __init__(
        self, judge: Judge, meta: Path | None, wanted: Wanted | None, jobs: int, context: BaseContext | None = None
    ) -> None:
        self._task = (judge, meta, wanted)
        self._jobs = jobs
        self._context = context or multiprocessing.get_context()
        self._crew: list[_Member] = []
        #: what many streams have alike, kept once
        self._same: dict[Any, Any] = {}
        self.done: dict[int, Outcomes] = {}

    def judge(self, files: Sequence[str], tell: Callable[[str], None]) -> Iterator[Iterable[StreamReport | Failure]]:
        """Yield what is found in each file, in their order; standard input is read by this process.

        `tell` is called with each file that is judged, as soon as it is.
        """
        waiting = [position for position, file in enumerate(files) if file != STDIN][::-1]
        self._crew = [self._member() for _ in range(min(self._jobs, len(waiting)))]
        try:
            for position, file in enumerate(files):
                if file == STDIN:
                    self._hand_out(files, waiting, position + _AHEAD * self._jobs)
                    judge, meta, wanted = self._task
                    yield outcomes(judge, file, meta, wanted)
                    tell(file)
                    continue
                while position not in self.done:
                    self._hand_out(files, waiting, position + _AHEAD * self._jobs)
                    self._collect(files, tell)
                yield self.done.pop(position)
        finally:
            for member in self._crew:
                member.end()

    def _member(self) -> _Member:
        with _uninterrupted():
            return _Member(self._context, self._task, self._same)

    def _hand_out(self, files: Sequence[str], waiting: list[int], before: int) -> None:
        for member in self._crew:
            if member.position is None and waiting and waiting[-1] < before:
                member.hand(waiting.pop(), files)

    def _collect(self, files: Sequence[str], tell: Callable[[str], None]) -> None:
        """Wait until a process is done with a file, or has ended."""
        busy = {member.pipe: member for member in self._crew if member.position is not None}
        for pipe in wait(list(busy)):
            member = busy[pipe]  # type: ignore[index]  # these are the pipes that were given
            position = member.position
            assert position is not None  # noqa: S101 - it is busy
            found = member.take()
            if found is None:
                reason = (
                    f"{files[position]}: the process that judged it ended ({member.end()}); perhaps memory ran out"
                )
                found = [Failure(files[position], reason)]
                self._crew[self._crew.index(member)] = self._member()
            self.done[position] = found
            tell(files[position])


class _Member:
    """One process, and the position of the file that it has, None while it has none."""

    def __init__(self, context: BaseContext, task: tuple[Any, ...], same: dict[Any, Any]) -> None:
        self.pipe, theirs = context.Pipe()
        self.position: int | None = None
        self._process = context.Process(target=_serve, args=(theirs, *task), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        theirs.close()
        self._same = same
        #: the rules that it sent, by what it calls them
        self._rules: dict[int, Mapping[str, Rule]] = {}

    def hand(self, position: int, files: Sequence[str]) -> None:
        self.position = position
        with suppress(OSError):  # if it has ended, that is seen when its answer is waited for
            self.pipe.send(files[position])

    def take(self) -> Outcomes | None:
        """Return what was found in its file; None if it has ended."""
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            return None
        self.position = None
        if isinstance(found, str):
            raise RuntimeError(found)
        return [self._whole(*one) for one in found]

    def _whole(self, outcome: StreamReport | Failure, key: int, rules: Mapping[str, Rule] | None) -> Any:
        if isinstance(outcome, Failure):
            return outcome
        if rules is not None:
            self._rules[key] = rules
        trace = outcome.trace
        return replace(
            outcome,
            exercised=self._same.setdefault(outcome.exercised, outcome.exercised),
            unexercised=self._same.setdefault(outcome.unexercised, outcome.unexercised),
            trace=replace(trace, rules=self._rules[key]) if trace is not None else None,
        )

    def end(self) -> str:
        """End the process and say how it ended."""
        self.pipe.close()
        self._process.terminate()
        self._process.join()
        code = self._process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, from their first moment on: it is for this process to end them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, judge: Judge, meta: Path | None, wanted: Wanted | None) -> None:
    """Judge the files that come through a pipe until it is closed; the answer to each is what was found in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sent: dict[int, Mapping[str, Rule]] = {}
    with suppress(EOFError, OSError):
        while True:
            file = pipe.recv()
            try:
                answer: Any = [_slim(outcome, sent) for outcome in outcomes(judge, file, meta, wanted)]
            except Exception:
                answer = f"{file}: {traceback.format_exc()}"
            pipe.send(answer)


def _slim(
    outcome: StreamReport | Failure, sent: dict[int, Mapping[str, Rule]]
) -> tuple[StreamReport | Failure, int, Mapping[str, Rule] | None]:
    """Return an outcome without the rules that it was judged by, and these apart the first time they are met."""
    if isinstance(outcome, Failure) or outcome.trace is None:
        return outcome, 0, None
    rules = outcome.trace.rules
    new = id(rules) not in sent
    sent[id(rules)] = rules
    return replace(outcome, trace=replace(outcome.trace, rules={})), id(rules), rules if new else None
