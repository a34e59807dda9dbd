"""Each check matters, and only to its own rule: switched off, its bad cases fail, and no other finding changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from tests.corpus import Case, cases
from validator import StreamValidator, catalogue
from validator.judge import Judge
from validator.meta import load_meta, sidecar

#: rule -> its bad cases
BAD: dict[str, list[Case]] = defaultdict(list)
for one in cases("rules"):
    if one.path.name.startswith("bad-"):
        BAD[one.folder].append(one)


def found(case: Case, judge: Judge) -> list[tuple[str, str, int]]:
    """Return the findings of a case: rule, message, count."""
    beside = sidecar(case.path)
    meta = load_meta(beside, case.id) if beside.is_file() else {}
    stream = StreamValidator(meta=meta, judge=replace(judge, profile=case.profile))
    stream.feed(case.path.read_bytes())
    return [(one.rule, one.message, one.count) for one in stream.close().findings]


ALL = Judge()


@pytest.mark.parametrize("rule", sorted(catalogue.rule_names()))
def test_a_rule_switched_off_is_missed_and_changes_no_other_finding(rule: str) -> None:
    without = Judge(ignore=(rule,))
    assert BAD[rule]
    for case in BAD[rule]:
        before = found(case, ALL)
        assert rule in {name for name, _, _ in before}
        assert found(case, without) == [one for one in before if one[0] != rule]


@pytest.mark.parametrize("rule", sorted(catalogue.rule_names()))
def test_a_rule_that_alone_is_selected_finds_at_least_what_it_finds_among_all(rule: str) -> None:
    alone = Judge(select=(rule,))
    for case in BAD[rule]:
        told = found(case, alone)
        assert {name for name, _, _ in told} == {rule}
        assert {one for one in found(case, ALL) if one[0] == rule} <= set(told)


def test_a_rule_that_is_selected_leaves_nothing_to_one_that_is_not() -> None:
    """A stream that is cut lacks [DONE], whatever else it lacks."""
    (cut,) = (one for one in cases("rules") if one.path.stem == "near-cut-between-events")
    assert {name for name, _, _ in found(cut, ALL)} == {"finish-exactly-once"}
    assert [name for name, _, _ in found(cut, Judge(select=("done-present",)))] == ["done-present"]
    assert [name for name, _, _ in found(cut, Judge(select=("sentinel", "order")))] == ["finish-exactly-once"]
