"""The run: captures in, a report out; what cannot be judged is told, and the rest is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator import captures
from validator.report import Failure, Report
from validator.sse import BlockTooLong
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from validator.judge import Judge
    from validator.report import StreamReport
    from validator.trace import Wanted


def run(judge: Judge, given: Iterable[str], meta: Path | None = None, wanted: Wanted | None = None) -> Report:
    """Judge all captures that the arguments name; what fails is told in the report.

    `wanted` is what to keep of the streams beside their findings.

    Raises:
        ConfigError: what to judge by cannot be used, so that nothing can be judged.

    """
    judge.ready()
    streams: list[StreamReport] = []
    failures: list[Failure] = []
    room = None
    if wanted is not None:
        from validator.trace import Room  # late: only some reports want it

        room = Room()
    for argument in given:
        for outcome in _outcomes(judge, argument, meta, wanted):
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                streams.append(outcome if room is None else room.admit(outcome))
    return Report(tuple(streams), tuple(failures))


def _outcomes(
    judge: Judge, argument: str, meta: Path | None, wanted: Wanted | None
) -> Iterator[StreamReport | Failure]:
    try:
        files = captures.files(argument)
    except ConfigError as error:
        yield Failure(argument, str(error))
        return
    nothing: list[str] = []
    told = False
    for file in files:
        for outcome in outcomes(judge, file, meta, wanted):
            if isinstance(outcome, Nothing) and len(files) > 1:
                nothing.append(outcome.reason)
            else:
                told = True
                yield outcome
    if nothing and not told:
        more = f"; and {len(nothing) - 1} files more" if len(nothing) > 1 else ""
        yield Failure(argument, f"{argument}: holds no event stream: {nothing[0]}{more}")


def outcomes(
    judge: Judge, file: str, meta: Path | None = None, wanted: Wanted | None = None
) -> Iterator[StreamReport | Failure]:
    """Judge the streams of one file, as `captures.files` names it; what fails is told, as Nothing if it has none."""
    found = captures.read(file, meta)
    while True:
        try:
            capture = next(found, None)
        except captures.NoStream as error:
            yield Nothing(file, str(error))
            return
        except ConfigError as error:
            yield Failure(file, str(error))
            return
        if capture is None:
            return
        try:
            yield judged(judge, capture, wanted)
        except ConfigError as error:
            yield Failure(capture.source, str(error))
        except BlockTooLong as error:
            yield Failure(capture.source, f"{capture.source}: {error} (--limit block=SIZE)")


class Nothing(Failure):
    """A file of HTTP exchanges, none of which is a stream: no failure where a folder or a pattern named it."""


def judged(judge: Judge, capture: captures.Capture, wanted: Wanted | None = None) -> StreamReport:
    """Judge one capture.

    Raises:
        ConfigError: it cannot be read or judged.
        BlockTooLong: a block is longer than the decoder's limit.

    """
    stream = StreamValidator(
        meta=capture.meta, source=capture.source, judge=judge, wanted=wanted, file=capture.file, plain=capture.plain
    )
    for piece in capture.pieces():
        stream.feed(piece)
    return stream.close().streams[0]
