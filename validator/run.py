"""The run: captures in, a report out; what cannot be judged is told, and the rest is judged."""

from __future__ import annotations

from contextlib import closing, suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from validator import captures
from validator.report import Failure, Report
from validator.sse import BlockTooLong
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from validator.judge import Judge
    from validator.parallel import Crew
    from validator.report import StreamReport
    from validator.trace import Wanted


class Watch(Protocol):
    """Who wants to know how far a run is."""

    def begin(self, files: int) -> None:
        """Be told how many files are to be judged."""

    def read(self, file: str, size: int) -> None:
        """Be told that so many bytes more of a file were judged."""

    def done(self, file: str) -> None:
        """Be told that a file was judged."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in the midst of a stream, of which `partial` says what was found so far."""

    def __init__(self, partial: StreamReport) -> None:
        super().__init__()
        self.partial = partial


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
        watch: Watch | None = None,
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
            from validator.trace import Room  # late: only some reports want it

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
            yield from self._crew.judge(files, watch.done if watch is not None else _nobody)
            return
        for file in files:
            yield outcomes(judge, file, meta, wanted, partial(watch.read, file) if watch is not None else _nobody)
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


def _nobody(_: object) -> None:
    """Tell nobody how far a run is."""


def _files(argument: str) -> list[str] | Failure:
    try:
        return captures.files(argument)
    except ConfigError as error:
        return Failure(argument, str(error))


def outcomes(
    judge: Judge,
    file: str,
    meta: Path | None = None,
    wanted: Wanted | None = None,
    tell: Callable[[int], None] = _nobody,
) -> Iterator[StreamReport | Failure]:
    """Judge the streams of one file, as `captures.files` names it; what fails is told, as Nothing if it has none.

    `tell` is called with the number of bytes whenever some were judged.
    """
    for one in read(judge, file, meta):
        yield one if isinstance(one, Failure) else outcome(judge, one, wanted, tell)


def read(judge: Judge, file: str, meta: Path | None = None) -> Iterator[captures.Capture | Failure]:
    """Yield the captures of one file, as `captures.files` names it; what fails is told, as Nothing if it has none."""
    try:
        yield from captures.read(file, meta, judge.limits)
    except captures.NoStream as error:
        yield Nothing(file, str(error))
    except ConfigError as error:
        yield Failure(file, str(error))


def outcome(
    judge: Judge, capture: captures.Capture, wanted: Wanted | None = None, tell: Callable[[int], None] = _nobody
) -> StreamReport | Failure:
    """Judge one capture; that it cannot be judged is told."""
    try:
        return judged(judge, capture, wanted, tell)
    except ConfigError as error:
        return Failure(capture.source, str(error))
    except BlockTooLong as error:
        return Failure(capture.source, f"{capture.source}: {error} (--limit {error.option})")


class Nothing(Failure):
    """A file of HTTP exchanges, none of which is a stream: no failure where a folder or a pattern named it."""


def judged(
    judge: Judge, capture: captures.Capture, wanted: Wanted | None = None, tell: Callable[[int], None] = _nobody
) -> StreamReport:
    """Judge one capture.

    Raises:
        ConfigError: it cannot be read or judged.
        BlockTooLong: a block is longer than the decoder's limit.
        Interrupted: Ctrl-C was pressed.

    """
    stream = StreamValidator(
        meta=capture.meta, source=capture.source, judge=judge, wanted=wanted, file=capture.file, plain=capture.plain
    )
    begun = False
    try:
        for piece in capture.pieces():
            begun = True
            stream.feed(piece)
            tell(len(piece))
    except KeyboardInterrupt:
        with suppress(Exception):  # it may have been stopped at any point
            if begun:
                raise Interrupted(stream.leave().streams[0]) from None
        raise
    return stream.close().streams[0]
