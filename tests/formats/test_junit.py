"""The JUnit report: by the published schema; what fails the run fails there, and nothing else."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest
import xmlschema

from tests.corpus import CORPUS
from tests.formats import published
from tests.formats.streams import BAD, GOOD, HOSTILE, check, hostile
from validator.judge import standard
from validator.report import Lapse
from validator.reporters import View, writer
from validator.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from validator.finding import FailOn
    from validator.report import Report

LAPSE = Lapse("stale", HOSTILE, "role-once", "0" * 16, HOSTILE, None)


def junit(report: Report, fail_on: FailOn = "error") -> str:
    out = io.StringIO()
    writer("junit")(report, out, View(fail_on=fail_on))
    return out.getvalue()


def judged(*paths: object) -> Report:
    return run(standard(None), [str(path) for path in paths])


def tree(report: Report, fail_on: FailOn = "error") -> Element:
    return fromstring(junit(report, fail_on))  # noqa: S314 - what we wrote ourselves


def test_it_is_by_the_published_schema(tmp_path: Path) -> None:
    schema = xmlschema.XMLSchema(str(published.junit()))
    captures = [*sorted((CORPUS / "rules").glob("*/bad-*.sse"))[::9], hostile(tmp_path), "nowhere\x1b<.sse"]
    report = judged(*captures)
    first = report.streams[0]
    accepted = replace(first, findings=tuple(replace(one, suppressed=HOSTILE) for one in first.findings))
    report = replace(report, streams=(accepted, *report.streams[1:]), lapses=(LAPSE,))
    schema.validate(junit(report))
    schema.validate(junit(report, "info"))
    schema.validate(junit(judged()))


def test_each_rule_that_was_judged_is_a_test_and_a_broken_one_fails() -> None:
    report = judged(BAD, GOOD)
    bad, good = tree(report)
    assert [len(suite.findall("testcase")) for suite in (bad, good)] == [len(one.exercised) for one in report.streams]
    (failed,) = (case for case in bad.findall("testcase") if case.find("failure") is not None)
    assert failed.get("name") == "role-once"
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("type") == "error"
    assert "expected  exactly one delta" in (failure.text or "")
    assert (bad.get("tests"), bad.get("failures"), bad.get("errors")) == ("99", "1", "0")
    assert good.find("testcase/failure") is None
    assert "had nothing to judge: " in (good.findtext("system-out") or "")


@pytest.mark.parametrize(("fail_on", "fails"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)])
def test_a_failure_is_what_fails_the_run(fail_on: FailOn, fails: int, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    code, _, _ = check(BAD, "--severity", "role-once=warning", "--fail-on", fail_on, "--format", f"junit:{file}")
    root = fromstring(file.read_text())  # noqa: S314 - what we wrote ourselves
    assert (code, root.get("failures")) == (fails, str(fails))
    if not fails:
        assert "role-once" in (root.findtext("testsuite/testcase[@name='role-once']/system-out") or "")


def test_a_suppressed_finding_is_a_skipped_test() -> None:
    report = judged(BAD)
    (first,) = report.streams
    findings = tuple(replace(one, suppressed="known") for one in first.findings)
    (suite,) = tree(replace(report, streams=(replace(first, findings=findings),)))
    assert suite.findtext("testcase[@name='role-once']/skipped") == "suppressed: known"
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")


def test_an_input_that_cannot_be_judged_is_an_error() -> None:
    (suite,) = tree(judged("nowhere.sse"))
    error = suite.find("testcase/error")
    assert error is not None
    assert error.get("message") == "nowhere.sse: there is no such file"
    assert suite.get("errors") == "1"


@pytest.mark.parametrize(("fail_on", "fails"), [("error", "0"), ("warning", "1")])
def test_a_lapse_of_the_baseline_fails_as_a_warning(fail_on: FailOn, fails: str) -> None:
    root = tree(replace(judged(GOOD), lapses=(LAPSE,)), fail_on)
    assert root.get("failures") == fails
    assert root[1].get("name") == "baseline"
