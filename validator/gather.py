"""Gathers a matrix: reads the folders of providers, judges what is in them, looks again at what is to be shown."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.matrix import Matrix, Provider, judged, rules_of
from validator.report import Failure, Report
from validator.reported import PROBE, read
from validator.room import Room
from validator.trace import Wanted
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from validator.judge import Judge
    from validator.report import StreamReport

    #: Judges what arguments name, keeping what is wanted.
    Work = Callable[[Judge, Sequence[str], Wanted | None], Report]

#: What a page shows of each stream, and how many bytes of events all of it.
SHOWN, PAGE = Wanted(rules=True, events=240), 6 * 2**20


@dataclass(frozen=True, slots=True)
class Named:
    """A folder of captures, and what its provider or version is called."""

    name: str
    folder: str


class Stopped(Exception):  # noqa: N818 - it says what happened
    """Ctrl-C was pressed before all was judged."""


def named(given: Iterable[str]) -> list[Named]:
    """Return the folders of arguments: each a path, or ``NAME=PATH``.

    Without a name, it is the end of the path, as much of it as tells one from the others.

    Raises:
        ConfigError: two have the same name.

    """
    found: list[tuple[str | None, str]] = []
    for one in given:
        name, sign, path = one.partition("=")
        found.append((name, path) if sign and name and not Path(one).exists() else (None, one))
    paths = [Path(os.path.abspath(path)).parts for name, path in found if name is None]  # noqa: PTH100 - links stay
    longest = max(map(len, paths), default=1)
    enough = (size for size in range(1, longest) if len({path[-size:] for path in paths}) == len(paths))
    length = next(enough, longest)
    ends = iter(paths)
    named = [
        Named(name if name is not None else Path(*next(ends)[-length:]).as_posix(), path) for name, path in found
    ]
    twice = next((name for name, count in Counter(one.name for one in named).items() if count > 1), None)
    if twice is not None:
        raise ConfigError(f"two folders are called {twice!r}: name them as NAME=DIR")
    return named


def gather(judge: Judge, folders: Sequence[Named], work: Work) -> Matrix:
    """Judge the captures of all folders.

    Args:
        judge: what each stream is judged by.
        folders: where they are.
        work: judges what arguments name.

    Raises:
        ConfigError: what to judge by cannot be used.
        Stopped: Ctrl-C was pressed.

    """
    providers = tuple(_provider(judge, one, work) for one in folders)
    return Matrix(providers, rules_of(judge, (stream for one in providers for stream in one.streams)))


def _provider(judge: Judge, given: Named, work: Work) -> Provider:
    report = _worked(work, judge, [given.folder], None)
    others: dict[str, list[str]] = {}
    for stream in report.streams:
        strictest = next(iter(stream.verdicts), stream.profile)
        if strictest != stream.profile:
            others.setdefault(strictest, []).append(stream.source)
    strict = {
        stream.source: stream
        for profile, sources in others.items()
        for stream in _worked(work, replace(judge, profile=profile), sources, None).streams
    }
    streams = tuple(judged(judge, one, strict.get(one.source, one)) for one in report.streams)
    failures = list(report.failures)
    probe = None
    try:
        probe = _probe(Path(given.folder))
    except ConfigError as error:
        failures.append(Failure(given.folder, str(error)))
    return Provider(given.name, given.folder, streams, tuple(failures), probe)


def _worked(work: Work, judge: Judge, paths: Sequence[str], wanted: Wanted | None) -> Report:
    report = work(judge, paths, wanted)
    if report.interrupted:
        raise Stopped
    return report


def _probe(folder: Path) -> Mapping[str, Any] | None:
    """Return what a probe left in a folder, if one did."""
    file = folder / PROBE
    if not file.is_file():
        return None
    probe: Mapping[str, Any] | None = read(file).get("probe")
    return probe


def shown(judge: Judge, matrix: Matrix, work: Work) -> list[dict[int, StreamReport]]:
    """Return, for each provider, the streams to which cells lead, by their positions, with their events.

    Their findings are those by their own profile, and after these what only the strictest finds, as suppressed.

    Raises:
        Stopped: Ctrl-C was pressed.

    """
    room = Room(PAGE)
    found: list[dict[int, StreamReport]] = []
    for at, provider in enumerate(matrix.providers):
        cells = (cell for row in matrix.rows for by in row.cells.values() for cell in (by[at],))
        wanted = sorted({cell.example for cell in cells if cell.example is not None})
        sources = {provider.streams[position].own.source: position for position in wanted}
        again = _worked(work, judge, list(sources), SHOWN) if sources else Report(())
        of_it: dict[int, StreamReport] = {}
        for stream in again.streams:
            position = sources.get(stream.source)
            if position is not None:
                of_it[position] = room.admit(_with_strict(stream, provider.streams[position].strict))
        found.append(of_it)
    return found


def _with_strict(own: StreamReport, strict: StreamReport) -> StreamReport:
    rules = {one.rule for one in own.findings}
    more = [
        replace(one, suppressed=f"no finding by the profile {own.profile}; one by {strict.profile}")
        for one in strict.counting
        if one.rule not in rules
    ]
    return replace(own, findings=(*own.findings, *more))
