"""The report as JUnit XML: each stream a suite, each rule that had something to judge a test.

What fails the run, by ``--fail-on``, is a failure; a milder finding stands in the output of its test, which passes;
a suppressed one makes its test skipped. An input that could not be judged is a suite with an error. Rules that had
nothing to judge, or cannot be judged, are no tests: they are named in the output of the suite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from validator.finding import fails
from validator.reporters import PLAIN, View
from validator.reporters.text_ import finding_lines
from validator.reporters.visible import visible
from validator.reporters.words import lacking, lapse_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.finding import FailOn, Finding
    from validator.probed import Probed
    from validator.report import Failure, Lapse, Report, StreamReport


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write one document."""
    root = Element("testsuites", name="chunkspec")
    for stream in report.streams:
        _suite(root, stream, view.fail_on)
    for failure in report.failures:
        _failure(root, failure)
    if report.probe is not None:
        _scenarios(root, report.probe)
    if report.lapses:
        _lapses(root, report.lapses, view.fail_on)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, 0)) for suite in root)))
    indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    ElementTree(root).write(out, encoding="unicode")
    out.write("\n")


def _suite(root: Element, stream: StreamReport, fail_on: FailOn) -> None:
    told: dict[str, list[Finding]] = {rule: [] for rule in stream.exercised}
    for finding in stream.findings:
        told.setdefault(finding.rule, []).append(finding)
    suite = SubElement(root, "testsuite", name=visible(stream.source))
    properties = SubElement(suite, "properties")
    facts = {"protocol": stream.protocol, "profile": stream.profile, "ending": stream.ending}
    facts |= {f"verdict.{name}": "fails" if one.errors else "passes" for name, one in stream.verdicts.items()}
    for name, value in facts.items():
        SubElement(properties, "property", name=name, value=visible(value))
    for rule, findings in told.items():
        _case(suite, stream, rule, findings, fail_on)
    lines = [f"had nothing to judge: {', '.join(stream.unexercised) or 'no rule'}"]
    lines += [f"cannot be judged ({reason}): {', '.join(rules)}" for reason, rules in lacking(stream).items()]
    SubElement(suite, "system-out").text = visible_lines(lines)
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))


def _case(suite: Element, stream: StreamReport, rule: str, findings: Sequence[Finding], fail_on: FailOn) -> None:
    case = SubElement(suite, "testcase", name=rule, classname=visible(stream.source))
    accepted = [finding for finding in findings if finding.suppressed is not None]
    counting = [finding for finding in findings if finding.suppressed is None]
    failing = [one for one in counting if fails(one.severity, fail_on)]
    if accepted and not counting:
        SubElement(case, "skipped").text = visible(f"suppressed: {accepted[0].suppressed}")
    for finding in failing:
        failure = SubElement(case, "failure", type=finding.severity, message=visible(finding.message))
        failure.text = visible_lines([f"{stream.source}:{finding.where.line}", *finding_lines(finding)])
    milder = [line for finding in counting if finding not in failing for line in finding_lines(finding)]
    if milder:
        SubElement(case, "system-out").text = visible_lines(milder)


def _lapses(root: Element, lapses: Sequence[Lapse], fail_on: FailOn) -> None:
    suite = SubElement(root, "testsuite", name="baseline", tests=str(len(lapses)), errors="0", skipped="0")
    failing = fails("warning", fail_on)
    suite.set("failures", str(len(lapses) if failing else 0))
    for lapse in lapses:
        case = SubElement(suite, "testcase", name=f"{lapse.rule} {lapse.fingerprint}", classname=visible(lapse.path))
        if failing:
            SubElement(case, "failure", type=lapse.state, message=visible(lapse_text(lapse)))
        else:
            SubElement(case, "system-out").text = visible(lapse_text(lapse))


def _scenarios(root: Element, probe: Probed) -> None:
    """Add a suite with a test for each scenario; one that shows nothing, or was not judged, is skipped."""
    suite = SubElement(root, "testsuite", name="scenarios", tests=str(len(probe.outcomes)), failures="0", errors="0")
    skipped = 0
    for one in probe.outcomes:
        case = SubElement(suite, "testcase", name=one.scenario, classname=visible(probe.url))
        reason = one.skipped if one.skipped is not None else one.idle
        if reason is not None:
            skipped += 1
            SubElement(case, "skipped").text = visible(reason)
    suite.set("skipped", str(skipped))


def _failure(root: Element, failure: Failure) -> None:
    suite = SubElement(root, "testsuite", name=visible(failure.source))
    for key, number in (("tests", "1"), ("failures", "0"), ("errors", "1"), ("skipped", "0")):
        suite.set(key, number)
    case = SubElement(suite, "testcase", name="can be judged", classname=visible(failure.source))
    SubElement(case, "error", type="not judged", message=visible(failure.reason))


def visible_lines(lines: Sequence[str]) -> str:
    """Return lines as text, each made visible."""
    return "\n".join(visible(line) for line in lines)
