"""The whole corpus: what each case says must be found is found, exactly, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

import validator
from tests.corpus import CORPUS, Case, cases
from validator import catalogue

RULES = cases("rules")
STREAMS = cases("streams")


def _missing(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Return the expectations that nothing found meets, and what was found that nothing expects."""
    left = list(found)
    unmet = []
    for wish in expected:
        met = next((one for one in left if wish.items() <= one.items()), None)
        if met is None:
            unmet.append(wish)
        else:
            left.remove(met)
    told = ("rule", "severity", "event", "line", "byte_offset", "pointer", "choice", "count", "message", "got")
    return unmet, [{key: one[key] for key in told if key in one} for one in left]


@pytest.mark.parametrize("case", RULES + STREAMS, ids=lambda case: case.id)
def test_exactly_what_the_case_lists_is_found(case: Case) -> None:
    report = validator.check(case.path, profile=case.profile)
    found = [finding.to_dict() for finding in report.findings]
    assert _missing(case.finds, found) == ([], [])
    if case.ending is not None:
        assert report.ending == case.ending


def test_every_capture_has_a_case_and_every_case_a_capture() -> None:
    stated = {case.path for case in RULES + STREAMS}
    there = set(CORPUS.rglob("*.sse"))
    assert stated == there


def test_what_is_called_good_or_bad_is_so() -> None:
    """Near misses that another rule speaks of are called near-*."""
    wrong = []
    for case in RULES:
        told = {find["rule"] for find in case.finds}
        if (case.path.name.startswith("good-") and told) or (
            case.path.name.startswith("bad-") and case.folder not in told
        ):
            wrong.append(case.id)
    assert wrong == []


def test_every_rule_has_a_good_and_a_bad_case_that_speaks_of_it() -> None:
    wanting = []
    for name in catalogue.protocol_folders():
        for rule in catalogue.protocol(name).rules:
            mine = [case for case in RULES if case.folder == rule]
            good = [case for case in mine if case.path.name.startswith("good-") and not case.finds]
            bad = [
                case for case in mine if case.path.name.startswith("bad-") and rule in {f["rule"] for f in case.finds}
            ]
            if not good or not bad:
                wanting.append(rule)
    assert wanting == []


@pytest.mark.parametrize(
    "case", [case for case in RULES if case.path.name.startswith("good-")], ids=lambda case: case.id
)
def test_a_good_case_gives_its_rule_something_to_judge(case: Case) -> None:
    report = validator.check(case.path, profile=case.profile)
    assert case.folder in report.streams[0].exercised


@pytest.mark.parametrize("case", [case for case in RULES if case.finds], ids=lambda case: case.id)
def test_what_is_found_was_judged(case: Case) -> None:
    (report,) = validator.check(case.path, profile=case.profile).streams
    assert {finding.rule for finding in report.findings} <= {*report.exercised, *report.not_judged}
