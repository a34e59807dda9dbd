"""The benchmarks measure what they say: clean streams, read to their end by all; and each of them runs."""

from __future__ import annotations

import pytest

from tests.benchmarks import benchmarks, made, readers


@pytest.mark.parametrize("make", made.LONG.values(), ids=made.LONG)
def test_the_streams_are_clean_and_all_readers_read_the_whole(make: made.Make) -> None:
    payloads = list(make(600))
    body = made.stream(payloads)
    report = readers.by_chunkspec(body)
    assert report.streams[0].findings == ()
    assert report.streams[0].ending == "finished"
    assert report.streams[0].stats["chunks"] == len(payloads) == 603
    assert readers.OpenAI()(body) == len(payloads)
    assert readers.Plain()(body) == []


def test_the_plain_approach_finds_something() -> None:
    payloads = list(made.LONG["content"](10))
    assert readers.Plain()(made.stream(payloads[1:])) == ["no role at the start"] * 11
    assert readers.Plain()(made.stream(payloads[:-2])) == ["no finish_reason"]


def test_short_streams_differ() -> None:
    bodies = made.short(20)
    assert len(set(bodies)) == 20
    assert all(2_300 < len(body) < 2_700 for body in bodies)


@pytest.mark.parametrize("name", benchmarks.ALL)
def test_a_benchmark_runs(name: str) -> None:
    rows = list(benchmarks.ALL[name](0.003, 1))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) > 2
