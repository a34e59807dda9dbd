"""Asking again: what was put off is, a few times, and it costs what was allowed."""

from __future__ import annotations

import time

import pytest

from tests.live.hostile import Flaky, answering, unused
from tests.live.once import asked
from validator.live.ask import Unreachable
from validator.live.budget import Budget, Spent


@pytest.mark.parametrize(
    "flaky", [Flaky(2), Flaky(1, 503), Flaky(1, 429, "0"), Flaky(1, 429, "Thu, 01 Jan 1970 00:00:00 GMT")]
)
def test_what_is_put_off_is_sent_again(flaky: Flaky) -> None:
    budget = Budget(10, 1000)
    refusals = flaky.left
    with answering(flaky) as url:
        answer = asked(url, budget=budget, retries=2)
    assert answer.body == b"ok"
    assert flaky.came == budget.asked == refusals + 1


@pytest.mark.parametrize(
    ("flaky", "came"), [(Flaky(9), 3), (Flaky(9, 429, "3600"), 1), (Flaky(9, 500), 1), (Flaky(9, 400), 1)]
)
def test_nothing_is_sent_again_too_often_too_late_or_for_other_reasons(flaky: Flaky, came: int) -> None:
    started = time.monotonic()
    with answering(flaky) as url:
        answer = asked(url, retries=2)
    assert answer.status is not None
    assert answer.status >= 400
    assert flaky.came == came
    assert time.monotonic() - started < 60


def test_a_server_that_is_not_there_is_tried_again_and_told() -> None:
    budget = Budget(10, 1000)
    with pytest.raises(Unreachable, match="cannot be reached"):
        asked(unused(), budget=budget, retries=2)
    assert budget.asked == 3


def test_the_budget_holds_for_what_is_sent_again_too() -> None:
    with answering(Flaky(9)) as url, pytest.raises(Spent, match="--max-requests 2 is reached"):
        asked(url, budget=Budget(2, 1000), retries=5)
    with answering(Flaky(9)) as url, pytest.raises(Spent, match="--max-tokens 12 is reached"):
        asked(url, budget=Budget(10, 12), retries=5)
