"""Spans that are kept are those that are found one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.test_jsontext import RANDOM, VALUES, paths, write
from validator.jsonspans import Spans
from validator.jsontext import span

if TYPE_CHECKING:
    from random import Random

ABSENT = [("a", "a"), ("", 0, "b"), ("", 1), (0,), (0, 0), (0, "a"), (-1,)]


@given(VALUES, RANDOM)
def test_kept_spans_are_those_that_are_found_one_by_one(value: object, random: Random) -> None:
    for whole, around in ((value, "%s"), ({"a": value, "": [{"a": 1}]}, '{"a":1,"a":%s,"":[{"a":1}]}')):
        data = (around % write(value, random)).encode()
        kept = Spans(data)
        for path in [path for path, _ in paths(whole)] + ABSENT:
            assert kept.span(path) == span(data, path), path


@given(VALUES, RANDOM, st.integers(0, 40), st.binary(max_size=3))
def test_of_what_is_no_json_all_is_found_that_stands_before(
    value: object, random: Random, cut: int, more: bytes
) -> None:
    """And nothing raises, or takes for ever."""
    text = b'{"a":1,"b":%b' % write(value, random).encode()
    for data in (text, text[: max(len(text) - cut, 0)] + more, more + text, more):
        kept = Spans(data)
        assert [kept.span(path) for path in ABSENT] == [None] * len(ABSENT) or more
        if data.startswith(b'{"a":1,"b"'):
            assert kept.span(("a",)) == (5, 1)


def test_kept_spans_cost_two_walks_and_not_a_thousand() -> None:
    data = b'{"a":[' + b'{"b":1},' * 20_000 + b"{}]}"
    kept = Spans(data)
    assert [kept.span(("a", at, "b")) for at in range(20_000)] == [(6 + 8 * at + 5, 1) for at in range(20_000)]
