"""What reports for people say in the same words: numbers, places, endings."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from validator.finding import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.finding import FailOn, Finding, Severity, Where
    from validator.report import Ending, Lapse, Report, StreamReport

#: What an ending means that is not the one of a whole stream.
ENDINGS: Mapping[Ending, str] = {
    "no-done": "the answer is complete, but the event that ends a stream never came",
    "done-without-finish": "the stream says that it is over, but never that the answer is",
    "cut": "the stream stopped before the answer was over",
    "error": "the server reported an error in the stream",
    "empty": "no event with data came",
    "left": "the reader left before the end",
    "answered": "what was asked for is no stream, and none came",
}

#: The severities that reports tell, the gravest first.
TOLD: tuple[Severity, ...] = ("error", "warning", "info")


def number(count: int, noun: str) -> str:
    """Return a number of things, in the singular for one."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def counts(stream: StreamReport) -> str:
    """Return how many findings of each severity a stream has."""
    told = [number(stream.count(severity), severity) for severity in TOLD if stream.count(severity)]
    told += [f"{stream.suppressed} suppressed"] if stream.suppressed else []
    return ", ".join(told) or "no findings"


def lacking(stream: StreamReport) -> dict[str, list[str]]:
    """Return the rules that the capture cannot show to hold, by the reason why."""
    rules: dict[str, list[str]] = {}
    for rule, reason in stream.not_judged.items():
        rules.setdefault(reason, []).append(rule)
    return rules


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by their severity, those of one severity as they were."""
    return sorted(findings, key=lambda one: -rank(one.severity))


def to_tell(
    report: Report, *, verbose: bool
) -> tuple[list[tuple[StreamReport, Sequence[Finding]]], Mapping[str, Sequence[str]]]:
    """Return the findings to tell of each stream, and where else the defect of a fingerprint is found.

    Suppressed ones are told only if `verbose`. So is, of a probe, what an answer before has: its many answers have
    their defects in common.
    """
    if report.probe is None or verbose:
        return [(stream, stream.findings if verbose else stream.counting) for stream in report.streams], {}
    streams: list[tuple[StreamReport, Sequence[Finding]]] = []
    again: dict[str, list[str]] = {}
    seen: set[str] = set()
    for stream in report.streams:
        here = {finding.fingerprint for finding in stream.counting}
        for name in here & seen:
            again.setdefault(name, []).append(PurePath(stream.source).name.removesuffix(".sse"))
        streams.append((stream, [one for one in stream.counting if one.fingerprint not in seen]))
        seen |= here
    return streams, again


def failing(report: Report, fail_on: FailOn) -> int:
    """Return how many findings and lapses fail the run by ``--fail-on`` though none of them is an error."""
    return report.at_least(fail_on) if report.ok and fail_on != "never" else 0


def lapse_text(lapse: Lapse) -> str:
    """Return what is wrong with an entry of a baseline, and what to do."""
    what = f"the baseline accepts {lapse.rule} ({lapse.fingerprint}) in {lapse.path}"
    if lapse.state == "stale":
        return f"{what}, which is no longer found; take the entry out"
    return f"{what} until {lapse.expires}, which is over; mend it, or say until when"


def place(where: Where) -> str:
    """Return a place in words."""
    event = f"event {where.event}, " if where.event is not None else ""
    return f"{event}line {where.line}, column {where.column}"


def spot(finding: Finding) -> list[str]:
    """Return the part of the stream that a finding belongs to, and how often it occurs there, in words."""
    told = [f"{name.replace('_', ' ')} {key}" for name, key in finding.scope.items() if key is not None]
    return [*told, f"{finding.count} times"] if finding.count > 1 else told
