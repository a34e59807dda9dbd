"""When bytes came: the time of every byte, and the reads in the order of the stream."""

from __future__ import annotations

from typing import Any

import pytest

from validator.arrival import Arrivals

READS = [[0.5, 10], [0.6, 0], [0.9, 5], [2.0, 5], [2.25, 0]]


@pytest.mark.parametrize(
    ("offset", "seconds"), [(0, 0.5), (9, 0.5), (10, 0.9), (14, 0.9), (15, 2.0), (19, 2.0), (20, None), (900, None)]
)
def test_a_byte_has_the_time_of_the_read_that_brought_it(offset: int, seconds: float | None) -> None:
    assert Arrivals(READS).at(offset) == seconds


def shown(arrivals: Arrivals, end: int | None) -> list[tuple[dict[str, Any], tuple[int, int]]]:
    return list(arrivals.until(end))


def test_each_read_is_shown_once_and_not_before_its_bytes() -> None:
    arrivals = Arrivals([[0.5, 10], [1.5, 5], [4.0, 5]])
    assert shown(arrivals, 10) == [({"seconds": 0.5, "bytes": 10, "since": None, "silence": None}, (0, 10))]
    assert shown(arrivals, 10) == []
    assert shown(arrivals, 16) == [
        ({"seconds": 1.5, "bytes": 5, "since": 1.0, "silence": 1.0}, (10, 5)),
        ({"seconds": 4.0, "bytes": 5, "since": 2.5, "silence": 2.5}, (15, 5)),
    ]
    assert shown(arrivals, None) == []


def test_a_read_without_bytes_ends_no_silence() -> None:
    silences = [read["silence"] for read, _ in Arrivals(READS).until(None)]
    assert silences == [None, None, pytest.approx(0.4), pytest.approx(1.1), None]


def test_a_last_read_without_bytes_is_the_end() -> None:
    assert Arrivals(READS).closed == 2.25
    assert Arrivals(READS[:-1]).closed is None


def test_a_response_stays_open_from_its_last_byte_to_its_end() -> None:
    assert Arrivals(READS).open == pytest.approx(0.25)
    assert Arrivals(READS[:-1]).open is None
    assert Arrivals([[3.0, 0]]).open is None


def test_times_that_go_back_are_not_believed() -> None:
    arrivals = Arrivals([[0.5, 10], [9.0, 5], [0.7, 5], [3.0, 0]])
    assert arrivals.falling
    assert (arrivals.at(3), arrivals.closed) == (None, None)
    reads = list(arrivals.until(None))
    assert [read["silence"] for read, _ in reads] == [None] * 4
    assert [read["since"] for read, _ in reads] == [None, 8.5, pytest.approx(-8.3), pytest.approx(2.3)]
