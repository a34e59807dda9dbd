"""What came of a scenario's expectations, added as findings to what the rules say of its answers.

One defect is told once. So a difference that a rule speaks of already is left to that rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from validator.finding import Finding, Where, fingerprint
from validator.probed import ASKED
from validator.report import StreamReport, Verdict
from validator.trace import Trace

if TYPE_CHECKING:
    from validator.finding import Severity
    from validator.judge import Judge
    from validator.live.answer import Answer
    from validator.live.expect import Breach, Held
    from validator.live.scenario import Expectation, Scenario
    from validator.place import Place
    from validator.protocol import Protocol
    from validator.trace import Wanted

#: Where an expectation that is not met stands: an answer is at fault as a whole.
_WHOLE = Where(None, 1, 1, 0, 0)

#: Where rules look that judge how events and payloads are written.
_WRITTEN = frozenset({"event", "payload"})

#: Why nothing more is said of answers that differ.
_TOLD = "where the answers differ, rules say what is wrong"


class Remarks:
    """Adds to reports what only asking can tell.

    Args:
        protocol: of the answers.
        judge: what they are judged by.
        profile: by which profile, where an answer shows no other; None: the default one.
        wanted: what is kept of streams beside their findings.

    Attributes: `profile`, the name of the profile; `expected`, the names of the expectations that were told of.

    """

    def __init__(self, protocol: Protocol, judge: Judge, profile: str | None, wanted: Wanted | None) -> None:
        plan, references = judge.plans(profile)
        self.profile = plan.grades.profile.name
        self.expected: set[str] = set()
        self._verdicts = [grades.profile.name for grades, _ in references]
        self._protocol = protocol
        self._rules = judge.rules(protocol)
        self._wanted = wanted

    def bare(self, source: str, file: str | None, answer: Answer) -> StreamReport:
        """Return the report of an answer that is no stream, by right."""
        return StreamReport(
            source=source,
            protocol=self._protocol.name,
            profile=self.profile,
            ending="answered",
            findings=(),
            exercised=(),
            unexercised=(),
            not_judged={},
            stats={"bytes": len(answer.body), "events": 0, "chunks": 0},
            verdicts={name: Verdict(0, 0, 0) for name in self._verdicts},
            file=file,
            plain=False,
        )

    def left(self, found: Held, report: StreamReport | None) -> Held:
        """Return what came of an expectation without what the rules say of the answer already.

        A rule speaks of a place of a payload if it looks there, above or below; a rule on how events or payloads are
        written speaks of all that is in them. What else differs where a rule tells of an error comes of that error.
        """
        if report is None or not any(one.place is not None for one in found.breaches):
            return found
        spoken: list[tuple[Place, Severity]] = []
        for finding in report.findings:
            rule = self._rules.get(finding.rule)
            if rule is None or finding.severity == "info":
                continue
            if any(place.root in _WRITTEN for place in rule.on):
                return replace(found, breaches=(), idle=_TOLD)
            spoken += [(place, finding.severity) for place in rule.on if place.root == "json" and place.steps]
        told = {severity for one in found.breaches for place, severity in spoken if _of(one, place)}
        left = [one for one in found.breaches if not any(_of(one, place) for place, _ in spoken)]
        if "error" in told or not left:
            return replace(found, breaches=(), idle=_TOLD)
        return replace(found, breaches=tuple(left))

    def noted(self, report: StreamReport, scenario: Scenario, expectation: Expectation, found: Held) -> StreamReport:
        """Return a report with what came of an expectation."""
        self.expected.add(expectation.id)
        findings = tuple(
            self._finding(scenario, expectation, breach, number) for number, breach in enumerate(found.breaches)
        )
        verdicts = {
            name: Verdict(
                one.errors + sum(finding.severity == "error" for finding in findings),
                one.warnings + sum(finding.severity == "warning" for finding in findings),
                one.infos + sum(finding.severity == "info" for finding in findings),
                one.rules,
            )
            for name, one in report.verdicts.items()
        }
        trace = report.trace
        if self._wanted is not None and self._wanted.rules:
            trace = trace or Trace({})
            trace = replace(trace, rules={**trace.rules, expectation.id: expectation.rule()})
        return replace(
            report,
            trace=trace,
            findings=(*report.findings, *findings),
            exercised=(*report.exercised, expectation.id),
            verdicts=verdicts,
        )

    def _finding(self, scenario: Scenario, expectation: Expectation, breach: Breach, number: int) -> Finding:
        return Finding(
            rule=expectation.id,
            layer=ASKED,
            severity=expectation.severity if expectation.given else breach.severity or expectation.severity,
            title=expectation.title,
            message=breach.message,
            expected=expectation.expect,
            got=breach.got,
            where=breach.where or _WHOLE,
            scope={spec.name: None for spec in self._protocol.scopes},
            fix=expectation.fix,
            places=(breach.where or _WHOLE,),
            fingerprint=fingerprint(expectation.id, ASKED, scenario.id, str(number)),
        )


def _of(breach: Breach, place: Place) -> bool:
    """Whether a breach is at a place, above it, or below."""
    return breach.place is not None and (breach.place.within(place) or place.within(breach.place))
