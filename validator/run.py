"""The run: captures in, a report out; what cannot be judged is told, and the rest is judged."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from validator import captures
from validator.onefile import Interrupted, Nothing, nobody, outcomes
from validator.report import Failure, Report
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from validator.judge import Judge
    from validator.parallel import Crew
    from validator.report import StreamReport
    from validator.trace import Wanted


class Listener(Protocol):
    """Who wants to know how far a run is."""

    def begin(self, files: int) -> None:
        """Be told how many files are to be judged."""

    def read(self, file: str, size: int) -> None:
        """Be told that so many bytes more of a file were judged."""

    def done(self, file: str) -> None:
        """Be told that a file was judged."""


def run(judge: Judge, given: Iterable[str], meta: Path | None = None, wanted: Wanted | None = None) -> Report:
    """Judge all captures that the arguments name; what fails is told in the report.

    `wanted` is what to keep of the streams beside their findings.

    Raises:
        ConfigError: what to judge by cannot be used, so that nothing can be judged.

    """
    whole = Run(judge, meta, wanted)
    whole.judge(given)
    return whole.report()


class Run:
    """A run over captures, which can be asked for its report at any moment.

    Args:
        judge: what to judge by.
        meta: the metadata of every capture, in place of its sidecar.
        wanted: what to keep of the streams beside their findings.
        jobs: how many processes judge.
        watch: whom to tell how far it is.

    """

    def __init__(
        self,
        judge: Judge,
        meta: Path | None = None,
        wanted: Wanted | None = None,
        *,
        jobs: int = 1,
        watch: Listener | None = None,
    ) -> None:
        self._task = (judge, meta, wanted)
        self._jobs = jobs
        self._watch = watch
        self._streams: list[StreamReport] = []
        self._failures: list[Failure] = []
        self._crew: Crew | None = None
        self._files = self._judged = 0
        self._room = None
        if wanted is not None:
            from validator.room import Room  # late: only some reports want it

            self._room = Room()

    def judge(self, given: Iterable[str]) -> None:
        """Judge all captures that the arguments name; what fails is told in the report.

        Raises:
            ConfigError: what to judge by cannot be used, so that nothing can be judged.
            KeyboardInterrupt: Ctrl-C was pressed; the report tells what was found so far.

        """
        self._task[0].ready()
        found = [(argument, _files(argument)) for argument in given]
        files = [file for _, of_it in found if not isinstance(of_it, Failure) for file in of_it]
        self._files = len(files)
        if self._watch is not None:
            self._watch.begin(len(files))
        try:
            with closing(self._results(files)) as results:
                for argument, of_it in found:
                    if isinstance(of_it, Failure):
                        self._failures.append(of_it)
                    else:
                        self._take_all(argument, len(of_it), results)
        except KeyboardInterrupt as stopped:
            if isinstance(stopped, Interrupted):
                source = stopped.partial.source
                self._take(stopped.partial)
                self._failures.append(Failure(source, f"{source}: interrupted: its rest is not judged"))
            for known, whole in self._crew.later() if self._crew is not None else ():
                self._judged += whole
                for one in known:
                    if not isinstance(one, Nothing):
                        self._take(one)
            raise

    def report(self, *, interrupted: bool = False) -> Report:
        """Return what was found so far; `interrupted` says that this is not all."""
        failures = list(self._failures)
        if interrupted:
            reason = f"interrupted: {self._judged} of {self._files} files were judged"
            failures.append(Failure("interrupted", reason))
        return Report(tuple(self._streams), tuple(failures), interrupted=interrupted)

    def _results(self, files: Sequence[str]) -> Generator[Iterable[StreamReport | Failure]]:
        """Yield the outcomes of each file, in the order of the files."""
        judge, meta, wanted = self._task
        watch = self._watch
        if self._jobs > 1:
            from validator.parallel import Crew, is_shared  # late: most runs need none

        if self._jobs > 1 and (len(files) > 1 or any(is_shared(file, judge) for file in files)):
            self._crew = Crew(judge, meta, wanted, self._jobs)
            yield from self._crew.judge(files, watch.done if watch is not None else nobody)
            return
        for file in files:
            yield outcomes(judge, file, meta, wanted, partial(watch.read, file) if watch is not None else nobody)
            if watch is not None:
                watch.done(file)

    def _take_all(self, argument: str, files: int, results: Iterator[Iterable[StreamReport | Failure]]) -> None:
        """Take the outcomes of the files of one argument; that some hold no stream matters only if none does."""
        nothing: list[str] = []
        told = False
        for of_file in islice(results, files):
            for outcome in of_file:
                if isinstance(outcome, Nothing) and files > 1:
                    nothing.append(outcome.reason)
                else:
                    told = True
                    self._take(outcome)
            self._judged += 1
        if nothing and not told:
            more = f"; and {len(nothing) - 1} files more" if len(nothing) > 1 else ""
            self._failures.append(Failure(argument, f"{argument}: holds no event stream: {nothing[0]}{more}"))

    def _take(self, outcome: StreamReport | Failure) -> None:
        if isinstance(outcome, Failure):
            self._failures.append(outcome)
        else:
            self._streams.append(outcome if self._room is None else self._room.admit(outcome))


def _files(argument: str) -> list[str] | Failure:
    try:
        return captures.files(argument)
    except ConfigError as error:
        return Failure(argument, str(error))
