"""What the walk leaves out changes no report: calls, conditions, values that came before, blocks of a known form."""

from __future__ import annotations

import gc
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.altered import STREAMS, altered, beside, stretched
from validator import StreamValidator, node
from validator.checks.base import At, Check
from validator.conditions import WORDS, decided
from validator.judge import Judge
from validator.node import Node
from validator.plan import Plan

if TYPE_CHECKING:
    from validator import Report

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"

#: One value of each type, and empty ones.
VALUES: list[Any] = [None, True, False, 0, 3, 0.0, 1.5, "", "stop", [], [None], {}, {"a": 1}]


def _everything(patch: pytest.MonkeyPatch) -> None:
    """Have the walk show all checks everything, whatever it knows."""
    patch.setattr(Check, "sees", classmethod(lambda cls, kind: True))
    patch.setattr(node, "decided", lambda test, kind: True if test is None else None)
    patch.setattr(Node, "steady", False)
    patch.setattr(Plan, "_is_own", lambda plan, bound: False)
    patch.setattr(At, "here", property(lambda at: None, lambda at, spot: None))


class Both:
    """Judges as usual, and with everything shown; the first stream of a profile is judged by plans of its own."""

    def __init__(self) -> None:
        self._usual: dict[str | None, Judge] = {}
        self._whole: dict[str | None, Judge] = {}

    def reports(self, data: bytes, meta: dict[str, Any], profile: str | None = None) -> tuple[Report, Report]:
        """Return both reports on a stream."""
        usual = self._usual.setdefault(profile, Judge(profile))
        whole = self._whole.setdefault(profile, Judge(profile))
        report = self._report(usual, data, meta)
        with pytest.MonkeyPatch.context() as patch:
            _everything(patch)
            return report, self._report(whole, data, meta)

    def _report(self, judge: Judge, data: bytes, meta: dict[str, Any]) -> Report:
        stream = StreamValidator(judge=judge, meta=json.loads(json.dumps(meta)))
        stream.feed(data)
        return stream.close()


@pytest.fixture(scope="module")
def both() -> Both:
    return Both()


def test_corpus_is_judged_the_same(both: Both) -> None:
    for path in STREAMS:
        one, other = both.reports(path.read_bytes(), beside(path))
        assert one == other, path


@pytest.mark.parametrize("seed", range(4))
def test_streams_with_other_values_are_judged_the_same(both: Both, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - it makes test data
    for path in chance.sample(STREAMS, 60):
        blocks = stretched(path.read_bytes(), chance)
        data = b"".join(altered(block, chance) if chance.random() < 0.1 else block for block in blocks)
        one, other = both.reports(data, beside(path), chance.choice([None, "compatible"]))
        assert one == other, path


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside the project")
def test_recordings_are_judged_the_same(both: Both) -> None:
    for path in sorted(RECORDINGS.rglob("*.sse"))[::7]:
        one, other = both.reports(path.read_bytes(), beside(path))
        assert one == other, path


@pytest.mark.parametrize("word", WORDS)
def test_a_condition_is_decided_only_where_it_says_the_same_of_all_values_of_a_type(word: str) -> None:
    test = WORDS[word]
    for value in VALUES:
        assert decided(test, type(value)) in (None, test(value)), value
    assert decided(test, type(None)) is test(None)


def _house(tmp_path: Path, place: str, check: str) -> Judge:
    file = tmp_path / "house.yaml"
    file.write_text(f'[{{id: mine, title: Mine, severity: error, on: "{place}", check: {check}}}]')
    return Judge(more=(file,), select=("mine",))


def _found(judge: Judge, data: bytes) -> list[tuple[str, int]]:
    stream = StreamValidator(judge=judge)
    stream.feed(data)
    (report,) = stream.close().streams
    return [(one.rule, one.count) for one in report.findings]


def _blocks(*texts: str) -> bytes:
    return b"".join(b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % one.encode() for one in texts)


def test_a_rule_of_ones_own_on_blocks_sees_each_of_them(tmp_path: Path) -> None:
    judge = _house(tmp_path, "@event.data", "{lacks: {texts: [client]}}")
    assert _found(judge, _blocks(*["a"] * 20, "client", *["b"] * 20, "client")) == [("mine", 2)]
    assert _found(judge, _blocks(*["a"] * 20)) == []


def test_what_one_stream_has_in_its_first_block_is_not_taken_for_what_another_has(tmp_path: Path) -> None:
    judge = Judge()
    clean, marked = b'data: {"object":""}\n\n', b'\xef\xbb\xbfdata: {"object":""}\n\n'
    for _ in range(2):
        assert "no-bom" not in dict(_found(judge, clean))
        assert "no-bom" in dict(_found(judge, marked))


@pytest.mark.parametrize("value", ["true", "1.0", "1.5", '"1"', "null", "2"])
def test_a_value_that_is_equal_but_no_other_is_shown(tmp_path: Path, value: str) -> None:
    judge = _house(tmp_path, "created", "{matches: {const: 1}}")
    data = b"".join(b'data: {"created":%b}\n\n' % one.encode() for one in ("1", value, "1", value))
    assert _found(judge, data) == ([] if value == "1.0" else [("mine", 2)])


def test_a_stream_leaves_nothing_to_the_garbage_collector() -> None:
    data = next(path for path in STREAMS if path.name == "good-role-once.sse").read_bytes()
    report = _report_of(data)
    gc.collect()
    gc.disable()
    try:
        assert _report_of(data) == report
        assert gc.collect() == 0
    finally:
        gc.enable()


def _report_of(data: bytes) -> Report:
    stream = StreamValidator()
    stream.feed(data)
    return stream.close()
