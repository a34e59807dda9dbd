"""The verdict of a stream, and the report of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from validator.finding import rank
from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from validator.finding import FailOn, Finding, Severity
    from validator.probed import Probed
    from validator.trace import Trace

#: How a stream ended: `finished` (finish and sentinel), `no-done` (finish, no sentinel), `done-without-finish`,
#: `cut` (neither), `error` (an in-band error), `empty` (no event with data), `left` (by its reader, before its end),
#: `answered` (what `probe` asked for was no stream, and none came).
Ending = Literal["finished", "no-done", "done-without-finish", "cut", "error", "empty", "left", "answered"]


def tool_version() -> str:
    """Return the installed version of chunkspec, or ``0+unknown`` in a bare checkout."""
    from importlib.metadata import PackageNotFoundError, version  # late: it is slow, and few runs tell the version

    try:
        return version("chunkspec")
    except PackageNotFoundError:
        return "0+unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one profile makes of a stream: how many findings of each severity.

    `rules` maps each rule that is broken to its gravest severity; the JSON form does not have it.
    """

    errors: int
    warnings: int
    infos: int
    rules: Mapping[str, Severity] = field(default_factory=dict)

    @classmethod
    def of(cls, findings: Collection[Finding]) -> Verdict:
        """Count the findings, the suppressed ones too: they are what the stream shows."""
        if not findings:
            return CLEAN
        found = sorted(findings, key=lambda one: rank(one.severity))
        counts = Counter(finding.severity for finding in found)
        rules = {finding.rule: finding.severity for finding in found}
        return cls(counts["error"], counts["warning"], counts["info"], rules)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"ok": self.errors == 0, "errors": self.errors, "warnings": self.warnings, "infos": self.infos}


#: The verdict on a stream without findings.
CLEAN = Verdict(0, 0, 0)


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What is said of one stream.

    `exercised` lists the rules that had something to judge, `unexercised` those that had not: passing those
    means nothing. `not_judged` maps a rule to the reason why this capture cannot show whether it holds. `verdicts`
    are those of the profiles that the protocol names for every report, the strictest first.
    `because` says why the profile was chosen, where the stream itself chose it. `trace` is what else was kept of it,
    when somebody asked for that; the JSON form does not have it. `file` is the path of the file that it stands in, if
    any, and `plain` says that the file is the stream and nothing else, so that places in one are places in the other.
    """

    source: str
    protocol: str
    profile: str
    ending: Ending
    findings: tuple[Finding, ...]
    exercised: tuple[str, ...]
    unexercised: tuple[str, ...]
    not_judged: Mapping[str, str]
    stats: Mapping[str, int]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    because: str | None = None
    trace: Trace | None = None
    file: str | None = None
    plain: bool = True

    @property
    def counting(self) -> tuple[Finding, ...]:
        """The findings that are not suppressed."""
        if not self.findings:
            return ()
        return tuple(finding for finding in self.findings if finding.suppressed is None)

    @property
    def suppressed(self) -> int:
        """How many findings are suppressed."""
        return sum(finding.suppressed is not None for finding in self.findings)

    @property
    def ok(self) -> bool:
        """Whether no finding is an error, but for suppressed ones."""
        return self.count("error") == 0

    def count(self, severity: Severity) -> int:
        """Return how many findings have this severity and are not suppressed."""
        if not self.findings:
            return 0
        return sum(finding.severity == severity for finding in self.counting)

    def at_least(self, severity: Severity) -> int:
        """Return how many findings have this severity or a graver one and are not suppressed."""
        return sum(rank(finding.severity) >= rank(severity) for finding in self.counting)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the report contract."""
        return {
            "source": self.source,
            "protocol": self.protocol,
            "profile": self.profile,
            "because": self.because,
            "ending": self.ending,
            "ok": self.ok,
            "verdicts": {name: verdict.to_dict() for name, verdict in self.verdicts.items()},
            "findings": [finding.to_dict() for finding in self.findings],
            "exercised": list(self.exercised),
            "unexercised": list(self.unexercised),
            "not_judged": dict(self.not_judged),
            "stats": dict(self.stats),
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be judged: where, and why in one line."""

    source: str
    reason: str

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"source": self.source, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Lapse:
    """An entry of a baseline that suppresses nothing: its finding is gone (``stale``) or its day (``expired``)."""

    state: Literal["stale", "expired"]
    path: str
    rule: str
    fingerprint: str
    reason: str
    expires: str | None

    def to_dict(self) -> dict[str, str | None]:
        """Return the JSON form."""
        return {
            "state": self.state,
            "path": self.path,
            "rule": self.rule,
            "fingerprint": self.fingerprint,
            "reason": self.reason,
            "expires": self.expires,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What is said of all streams of a run, of inputs that could not be read, and of a baseline's idle entries.

    `probe` is there where a running server was asked: what for, and what came of it.
    """

    streams: tuple[StreamReport, ...]
    failures: tuple[Failure, ...] = field(default=())
    lapses: tuple[Lapse, ...] = ()
    #: whether the run was ended before it had judged all
    interrupted: bool = False
    probe: Probed | None = None

    def __str__(self) -> str:
        """Return the report as ``chunkspec check`` prints it, at 80 columns and without colour."""
        import io  # late, as is the next: reports are mostly written by the command

        from validator.reporters import writer

        out = io.StringIO()
        writer("text")(self, out)
        return out.getvalue().rstrip("\n")

    @property
    def ok(self) -> bool:
        """Whether every input could be judged and no stream has an error."""
        return not self.failures and all(stream.ok for stream in self.streams)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all streams, in order."""
        return tuple(finding for stream in self.streams for finding in stream.findings)

    @property
    def ending(self) -> Ending:
        """How the only stream ended.

        Raises:
            ValueError: the report is not of exactly one stream.

        """
        if len(self.streams) != 1:
            msg = f"a report of {len(self.streams)} streams has no one ending: ask each of .streams"
            raise ValueError(msg)
        return self.streams[0].ending

    @property
    def failed(self) -> int:
        """How many streams have an error."""
        return sum(not stream.ok for stream in self.streams)

    @property
    def suppressed(self) -> int:
        """How many findings of all streams are suppressed."""
        return sum(stream.suppressed for stream in self.streams)

    def count(self, severity: Severity) -> int:
        """Return how many findings of all streams have this severity."""
        return sum(stream.count(severity) for stream in self.streams)

    def at_least(self, severity: Severity) -> int:
        """Return how many findings of all streams have this severity or a graver one; a lapse counts as a warning."""
        lapses = len(self.lapses) if rank(severity) <= rank("warning") else 0
        return sum(stream.at_least(severity) for stream in self.streams) + lapses

    def fails(self, fail_on: FailOn) -> bool:
        """Whether a finding or a lapse fails the run; failures are not looked at."""
        return fail_on != "never" and self.at_least(fail_on) > 0

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the report contract."""
        return {
            "version": 1,
            "tool": {"name": "chunkspec", "version": tool_version()},
            "streams": [stream.to_dict() for stream in self.streams],
            "failures": [failure.to_dict() for failure in self.failures],
            "lapses": [lapse.to_dict() for lapse in self.lapses],
            "summary": {
                "streams": len(self.streams),
                "failed": self.failed,
                "errors": self.count("error"),
                "warnings": self.count("warning"),
                "infos": self.count("info"),
                "suppressed": self.suppressed,
            },
            **({"probe": self.probe.to_dict()} if self.probe is not None else {}),
        }
