"""Blocks that look alike are judged by what is in their slots alone, and the report is the same to the last byte."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.altered import STREAMS, beside, repeated, stretched
from validator import StreamValidator, stream
from validator.judge import Judge
from validator.limits import Limits
from validator.lookalikes import Lookalikes, finder
from validator.lookalikes.anyvalue import takes_any
from validator.schema import BASE, SchemaSet

if TYPE_CHECKING:
    from validator.finding import Finding
    from validator.report import Report

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"


def judged(
    data: bytes,
    size: int,
    meta: dict[str, Any] | None = None,
    profile: str | None = None,
    limits: Limits | None = None,
    *,
    fully: bool = False,
) -> tuple[Report, list[Finding], int]:
    """Return the report of a stream, its findings in the order they were told, and how many look-alikes it had."""
    judge = Judge(profile, limits=limits) if limits is not None else None
    validator = StreamValidator(profile, json.loads(json.dumps(meta or {})), judge=judge)
    if fully:
        validator._in_full = 0
    passed = []
    run = Lookalikes.run

    def counted(self: Lookalikes, *where: Any) -> tuple[int, int]:
        end, blocks = run(self, *where)
        passed.append(blocks)
        return end, blocks

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lookalikes, "run", counted)
        told = [one for start in range(0, len(data), size) for one in validator.feed(data[start : start + size])]
    return validator.close(), told, sum(passed)


def same(
    data: bytes,
    size: int,
    meta: dict[str, Any] | None = None,
    profile: str | None = None,
    limits: Limits | None = None,
) -> int:
    """Hold the report with look-alikes to the one without; return how many there were."""
    report, told, passed = judged(data, size, meta, profile, limits)
    assert (report, told) == judged(data, size, meta, profile, limits, fully=True)[:2]
    return passed


@pytest.fixture(autouse=True)
def _from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for likenesses from the first event on, as most streams here are short."""
    monkeypatch.setattr(stream, "WARM", 1)
    monkeypatch.setattr(finder, "PATIENCE", 1)


@pytest.mark.parametrize("size", [1 << 16, 61])
def test_corpus_is_judged_the_same(size: int) -> None:
    passed = sum(same(path.read_bytes(), size, beside(path)) for path in STREAMS)
    assert passed > 50


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside the project")
def test_recordings_are_judged_the_same() -> None:
    paths = sorted(RECORDINGS.rglob("*.sse"))
    assert sum(same(path.read_bytes(), 1 << 16, beside(path)) for path in paths[::9]) > 500


@pytest.mark.parametrize("part", range(4))
def test_what_a_stream_of_the_corpus_does_once_is_judged_the_same_where_it_does_it_again(part: int) -> None:
    passed = 0
    for path in STREAMS[part::4]:
        blocks = re.split(rb"(?<=\n\n)|(?<=\r\n\r\n)", path.read_bytes())
        data = b"".join(one for block in blocks for one in repeated(block))
        passed += same(data, 1 << 16, beside(path))
    assert passed > 1000


@pytest.mark.parametrize("seed", range(6))
def test_streams_of_many_alike_and_nearly_alike_are_judged_the_same(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - it makes test data
    passed = 0
    for path in chance.sample(STREAMS, 25):
        data = b"".join(stretched(path.read_bytes(), chance))
        profile = chance.choice([None, "compatible", None])
        passed += same(data, chance.choice([1 << 16, 997, 80]), beside(path), profile)
    assert passed > 50


def nested(number: int) -> bytes:
    """Return a block with an array that nests more or less deep."""
    depth = number % 7
    return (
        b'data: {"id":"a","object":"chat.completion.chunk","created":1772356322,"model":"m","choices":[{"index":0,'
        b'"delta":{"content":"%d","tool_calls":[{"index":%d,"function":{"arguments":"%d"}}]},'
        b'"logprobs":null,"finish_reason":null}],"x":[%s]}\n\n'
    ) % (number, number // 10, number, b"[" * depth + b"]" * depth)


@pytest.mark.parametrize(
    "limits",
    [
        *(Limits(depth=depth) for depth in (3, 5, 7, 8, 10)),
        *(Limits(joined=joined) for joined in (1, 5, 17, 60)),
        *(Limits(findings=findings, places=2) for findings in (1, 2)),
        Limits(instances=3),
        Limits(block=300),
    ],
    ids=str,
)
def test_limits_hold_for_look_alikes(limits: Limits) -> None:
    apart = [nested(number) for number in range(1, 90)]
    alone = [nested(number) for number in range(1, 200, 7)]
    streams = [b"".join(blocks) for blocks in (apart, alone)] if limits.block > 300 else [alone[0]]
    passed = sum(same(data, 1 << 16, limits=limits) for data in streams)
    assert passed > 20 or limits.depth < 7 or limits.block == 300


def test_a_short_stream_is_judged_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WARM", 8)
    block = b'data: {"id":"a","object":"chat.completion.chunk","choices":[]}\n\n'
    assert judged(block * 8, 1 << 16)[2] == 0


SCHEMAS: list[tuple[Any, bool, bool, bool, bool]] = [
    # says the same of any text that is not empty, of any text, of any whole number, of any array
    ({}, True, True, True, True),
    ({"type": "string", "title": "a text"}, True, True, True, True),
    ({"type": ["integer", "null"]}, True, True, True, True),
    ({"minLength": 1}, True, False, True, True),
    ({"minLength": 2}, False, False, True, True),
    ({"maxLength": 9}, False, False, True, True),
    ({"pattern": "a"}, False, False, True, True),
    ({"format": "date"}, False, False, True, True),
    ({"enum": [None, True]}, True, True, True, True),
    ({"enum": ["", None]}, True, False, True, True),
    ({"enum": ["a"]}, False, False, True, True),
    ({"const": 1}, True, True, False, True),
    ({"minimum": 0}, True, True, False, True),
    ({"items": {"type": "string"}}, True, True, True, False),
    ({"minItems": 1}, True, True, True, False),
    ({"const": []}, True, True, True, False),
    ({"not": {"const": "a"}}, False, False, True, True),
    ({"anyOf": [{"type": "null"}, {"type": "string"}]}, True, True, True, True),
    ({"if": {"const": "a"}, "then": {}}, False, False, True, True),
    ({"some-word-of-tomorrow": 1}, False, False, False, False),
]


@pytest.mark.parametrize(("schema", "full", "empty", "number", "array"), SCHEMAS)
def test_a_schema_takes_any_value_only_where_its_keywords_say_so(
    schema: Any, full: bool, empty: bool, number: bool, array: bool
) -> None:
    around = {"properties": {"a": {"items": {"properties": {"b": {"$ref": "#/$defs/b"}}}}}, "$defs": {"b": schema}}
    docs, place = SchemaSet({BASE + "s.json": around}), ("a", "[]", "b")
    assert takes_any(docs, "s.json", place, (str,)) is full
    assert takes_any(docs, "s.json", place, (str,), empty=True) is empty
    assert takes_any(docs, "s.json", place, (int,)) is number
    assert takes_any(docs, "s.json", place, (list,)) is array


def test_a_schema_for_whole_numbers_tells_them_from_others() -> None:
    docs = SchemaSet({BASE + "s.json": {"properties": {"a": {"type": ["integer", "null"]}}}})
    assert takes_any(docs, "s.json", ("a",), (int,))
    assert not takes_any(docs, "s.json", ("a",), (int, float))


@pytest.mark.parametrize(
    "schema",
    [
        {"const": {"a": ["x"]}},
        {"properties": {"a": {"uniqueItems": True}}},
        {"properties": {"a": {"contains": {"const": "x"}}}},
        {"patternProperties": {"^a": {"items": {"const": "x"}}}},
        {"additionalProperties": {"items": {"maxLength": 3}}},
        {"dependentSchemas": {"a": {}}},
        {"allOf": [{"properties": {"a": {"prefixItems": [{"const": "x"}]}}}]},
    ],
)
def test_a_schema_around_a_text_can_look_into_it(schema: Any) -> None:
    assert not takes_any(SchemaSet({BASE + "s.json": schema}), "s.json", ("a", "[]"), (str,))
