"""A baseline: findings that are accepted, by fingerprint and path, with a reason and perhaps a last day.

They are marked and not dropped. An entry whose finding is gone or whose day is over is told, as a lapse. Of what was
not judged in a run nothing is said: neither of captures that it did not read nor of rules that were off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, TextIO

import yaml

from validator import pathpattern
from validator.finding import rank
from validator.report import Lapse
from validator.yamlfile import ConfigError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from validator.finding import Severity
    from validator.report import Report, StreamReport


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding; `path` is a pattern, relative to the baseline's file, `expires` the last day."""

    path: str
    rule: str
    fingerprint: str
    reason: str
    expires: date | None = None

    def to_dict(self) -> dict[str, str]:
        """Return the form of the file."""
        entry = {"path": self.path, "rule": self.rule, "fingerprint": self.fingerprint, "reason": self.reason}
        return entry if self.expires is None else {**entry, "expires": self.expires.isoformat()}

    def lapse(self, state: Literal["stale", "expired"]) -> Lapse:
        """Return what is told of it when it suppresses nothing."""
        until = None if self.expires is None else self.expires.isoformat()
        return Lapse(state, self.path, self.rule, self.fingerprint, self.reason, until)


class Baseline:
    """The accepted findings of a file.

    Args:
        entries: they.
        folder: where their paths start.
        today: the day to hold their dates to.

    """

    def __init__(self, entries: Iterable[Entry], folder: Path, today: date) -> None:
        self.entries = tuple(entries)
        self._folder = folder
        self._today = today
        #: by fingerprint: the entries of one path by that path, and those of other patterns
        self._exact: dict[tuple[str, str], list[Entry]] = {}
        self._patterns: dict[str, list[Entry]] = {}
        for entry in self.entries:
            path = pathpattern.literal(entry.path)
            if path is None:
                self._patterns.setdefault(entry.fingerprint, []).append(entry)
            else:
                self._exact.setdefault((entry.fingerprint, path), []).append(entry)

    @classmethod
    def load(cls, file: Path, today: date) -> Baseline:
        """Read a baseline.

        Raises:
            ConfigError: it cannot be read or is wrong.

        """
        entries = []
        for one in read_yaml(file, "baseline", unique=True)["accepted"]:
            expires = None
            if "expires" in one:
                try:
                    expires = date.fromisoformat(one["expires"])
                except ValueError as error:
                    raise ConfigError(f"{file}: expires: {one['expires']!r} is no date: {error}") from error
            entries.append(Entry(one["path"], one["rule"], one["fingerprint"], one["reason"], expires))
        return cls(entries, file.parent, today)

    def write(self, out: TextIO) -> None:
        """Write the form that `load` reads, in an order of its own: by path, rule and fingerprint."""
        entries = sorted(self.entries, key=lambda one: (one.path, one.rule, one.fingerprint))
        out.write(
            "# Findings that are accepted: chunkspec tells them as suppressed. Written by `chunkspec baseline`.\n"
        )
        out.write("# Say of each why; `expires: 2030-12-31` is the last day on which it is accepted.\n")
        content = {"version": 1, "accepted": [entry.to_dict() for entry in entries]}
        yaml.safe_dump(content, out, sort_keys=False, allow_unicode=True, width=120)

    def applied(self, report: Report, given: Iterable[str] = ()) -> Report:
        """Return the report with its accepted findings marked, and the entries that mark none.

        `given` are the arguments of the run: where one names a single stream of a file, the others were not judged.
        """
        found: dict[Entry, None] = {}
        streams = tuple(self._marked(stream, found) for stream in report.streams)
        expired = [entry.lapse("expired") for entry in found if self._is_over(entry)]
        stale = [entry.lapse("stale") for entry in self._stale(report, found, given)]
        return replace(report, streams=streams, lapses=(*expired, *stale))

    def marked(self, stream: StreamReport) -> StreamReport:
        """Return the report of one stream with its accepted findings marked."""
        return self._marked(stream, {})

    def updated(
        self, report: Report, given: Iterable[str], severity: Severity, reason: str | None, expires: date | None
    ) -> tuple[Baseline, Update]:
        """Return what to accept after a run: also what it found of a severity and above, and no longer what is gone.

        Args:
            report: of the run, with nothing suppressed yet.
            given: its arguments, as for `applied`.
            severity: the mildest one that is accepted anew.
            reason: why, for new entries and for those whose day is over.
            expires: their last day; without one, an entry whose day is over stays as it is.

        """
        found: dict[Entry, None] = {}
        added: dict[Entry, None] = {}
        for stream in report.streams:
            path = pathpattern.relative(stream.source, self._folder)
            for finding in stream.findings:
                fitting = list(self._fitting(finding.fingerprint, path))
                found.update(dict.fromkeys(fitting))
                if not fitting and rank(finding.severity) >= rank(severity):
                    why = reason or "found when the baseline was written"
                    added[Entry(pathpattern.exactly(path), finding.rule, finding.fingerprint, why, expires)] = None
        stale = set(self._stale(report, found, given))
        over = [entry for entry in found if self._is_over(entry)]
        kept = [entry for entry in self.entries if entry not in stale]
        if expires is not None:
            kept = [
                replace(one, expires=expires, reason=reason or one.reason) if one in over else one for one in kept
            ]
        update = Update(len(added), len(kept), len(stale), len(over) if expires is None else 0)
        return Baseline([*kept, *added], self._folder, self._today), update

    def _is_over(self, entry: Entry) -> bool:
        return entry.expires is not None and entry.expires < self._today

    def _marked(self, stream: StreamReport, found: dict[Entry, None]) -> StreamReport:
        """Return a stream with its accepted findings marked; note the entries that name one."""
        path = pathpattern.relative(stream.source, self._folder)
        findings = []
        for finding in stream.findings:
            fitting = list(self._fitting(finding.fingerprint, path))
            found.update(dict.fromkeys(fitting))
            entry = next((one for one in fitting if not self._is_over(one)), None)
            findings.append(finding if entry is None else replace(finding, suppressed=entry.reason))
        return replace(stream, findings=tuple(findings))

    def _fitting(self, fingerprint: str, path: str) -> Iterator[Entry]:
        for one in pathpattern.around(path):
            yield from self._exact.get((fingerprint, one), ())
        for entry in self._patterns.get(fingerprint, ()):
            if pathpattern.matches(entry.path, path):
                yield entry

    def _stale(self, report: Report, found: Container[Entry], given: Iterable[str]) -> Iterator[Entry]:
        """Yield the entries whose finding would have been seen in this run, and was not."""
        missing = [entry for entry in self.entries if entry not in found]
        if not missing:
            return
        broken = {failure.source for failure in report.failures}
        judged: dict[str, set[str]] = {}
        for stream in report.streams:
            if stream.source not in broken and stream.ending != "left":
                path = pathpattern.relative(stream.source, self._folder)
                judged.setdefault(path, set()).update(stream.exercised, stream.unexercised)
        single = {path for path in (pathpattern.relative(one, self._folder) for one in given) if path in judged}
        below: dict[str, list[str]] = {}
        for path in judged:
            for one in pathpattern.around(path):
                below.setdefault(one, []).append(path)
        for entry in missing:
            one_path = pathpattern.literal(entry.path)
            if one_path is None:
                paths = [path for path in judged if pathpattern.matches(entry.path, path)]
            else:
                paths = below.get(one_path, [])
            if any(path in single and pathpattern.without_part(path) != path != one_path for path in paths):
                continue
            if any(entry.rule in judged[path] for path in paths) and (
                one_path in judged or not self._are_more(entry.path, judged)
            ):
                yield entry

    def _are_more(self, pattern: str, judged: Iterable[str]) -> bool:
        """Whether a pattern fits files like those that were judged, which were not."""
        seen = {pathpattern.without_part(path) for path in judged}
        kinds = {PurePosixPath(path).suffix for path in seen}
        others = pathpattern.files(pattern, self._folder)
        return any(PurePosixPath(one).suffix in kinds and one not in seen for one in others)


@dataclass(frozen=True, slots=True)
class Update:
    """What became of a baseline: entries `added`, `kept` and `dropped`, and those kept that are `over`."""

    added: int
    kept: int
    dropped: int
    over: int
