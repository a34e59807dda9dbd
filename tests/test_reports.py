"""The public bug reports: each is found by the rules that it names, and no error but theirs is told."""

from __future__ import annotations

import re

import pytest

from tests.reports.entries import HERE, Entry, entries
from validator import catalogue

STREAMS = [entry for entry in entries() if entry.has_stream]


@pytest.mark.parametrize("entry", STREAMS, ids=lambda entry: entry.id)
def test_a_report_is_found_by_what_it_expects_and_by_nothing_else(entry: Entry) -> None:
    found = entry.judge()
    assert {one.rule for one in found} == {*entry.expect, *entry.also}
    assert {one.rule for one in found if one.severity == "error"} <= set(entry.expect)


@pytest.mark.parametrize(
    "entry", [entry for entry in STREAMS if entry.because == "legal"], ids=lambda entry: entry.id
)
def test_what_is_legal_raises_no_alarm(entry: Entry) -> None:
    assert {one.severity for one in entry.judge()} <= {"info"}


def test_each_report_stands_once() -> None:
    written = [
        name for file in HERE.glob("*.yaml") for name in re.findall(r"^(\S+):$", file.read_text(), re.MULTILINE)
    ]
    assert sorted(written) == sorted(entry.id for entry in entries())


def test_reports_name_rules_that_there_are() -> None:
    assert {rule for entry in entries() for rule in (*entry.expect, *entry.also)} <= set(catalogue.rule_names())
