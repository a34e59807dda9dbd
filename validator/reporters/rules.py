"""What a report says of the rules themselves: why each is there, by which sources, and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from validator.finding import Finding
    from validator.report import Report


def rules_of(report: Report) -> dict[str, Rule]:
    """Return the rules that have findings, by their ids in the order of these."""
    found: dict[str, Rule] = {}
    for stream in report.streams:
        known = stream.trace.rules if stream.trace is not None else {}
        for finding in stream.findings:
            if finding.rule not in found:
                found[finding.rule] = known.get(finding.rule) or _as_found(finding)
    return found


def _as_found(finding: Finding) -> Rule:
    """Return as much of a rule as a finding says of it."""
    return Rule(
        id=finding.rule, title=finding.title, severity=finding.severity, layer=finding.layer, on=(), check="",
        expect=finding.expected, fix=finding.fix, breaks=finding.breaks,
    )  # fmt: skip


def source_text(source: Mapping[str, str]) -> str:
    """Return a source of a rule in one line, without its address."""
    return ", ".join(source[key] for key in ("title", "section", "date") if key in source)


def parts(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield what a rule says, each under its label."""
    yield "Expected", rule.expect
    yield "Why", rule.why
    for client, what in rule.breaks.items():
        yield "Breaks", f"{client}: {what}"
    yield "Change", rule.fix or ""
    yield "Note", rule.note or ""
    yield "Basis", ", ".join(rule.basis)
    for source in rule.sources:
        yield "Source", source_text(source)
