"""One file: its captures judged, one after the other; what cannot be judged is told, and the rest is judged."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from validator import captures
from validator.report import Failure
from validator.sse import BlockTooLong
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from validator.judge import Judge
    from validator.report import StreamReport
    from validator.trace import Wanted


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in the midst of a stream, of which `partial` says what was found so far."""

    def __init__(self, partial: StreamReport) -> None:
        super().__init__()
        self.partial = partial


def nobody(_: object) -> None:
    """Tell nobody how far a run is."""


def outcomes(
    judge: Judge,
    file: str,
    meta: Path | None = None,
    wanted: Wanted | None = None,
    tell: Callable[[int], None] = nobody,
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
    judge: Judge, capture: captures.Capture, wanted: Wanted | None = None, tell: Callable[[int], None] = nobody
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
    judge: Judge, capture: captures.Capture, wanted: Wanted | None = None, tell: Callable[[int], None] = nobody
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
