"""A stream whose reader went before its end: what came is judged, and nothing is said of what is missing."""

from __future__ import annotations

import pytest

import validator
from tests.corpus import CORPUS

STREAM = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
LEFT = {"ended": "left", "response": {"status": 200, "headers": HEADERS}}


@pytest.mark.parametrize("size", [0, 200, len(STREAM) // 2, len(STREAM) - 16, len(STREAM) - 1])
def test_nothing_is_said_of_what_did_not_come(size: int) -> None:
    report = validator.check(STREAM[:size], meta=LEFT)
    assert (report.findings, report.ending) == ((), "left")
    assert validator.check(STREAM[:size]).findings


def test_rules_that_need_the_end_are_not_judged_and_the_report_says_why() -> None:
    (stream,) = validator.check(STREAM[: len(STREAM) // 2], meta=LEFT).streams
    why = "the reader left before the end of the stream"
    unproven = {rule for rule, reason in stream.not_judged.items() if reason == why}
    assert {"done-present", "finish-exactly-once", "http-status-ok", "clean-transport-end"} <= unproven
    assert unproven.isdisjoint((*stream.exercised, *stream.unexercised))
    assert {"id-constant", "content-type-event-stream", "data-valid-json"} <= set(stream.exercised)


def test_what_came_is_judged() -> None:
    twice = STREAM.replace(b'{"content":"Hello"}', b'{"role":"assistant","content":"Hello"}')
    (stream,) = validator.check(twice[: len(twice) // 2], meta=LEFT).streams
    assert [finding.rule for finding in stream.findings] == ["role-once"]
    assert stream.ending == "left"


def test_who_leaves_after_the_sentinel_has_seen_it_all() -> None:
    for more in (b"", b": half a comm"):
        (stream,) = validator.check(STREAM + more, meta=LEFT).streams
        assert (stream.findings, stream.ending) == ((), "finished")
        assert "done-present" in stream.exercised
        assert "clean-transport-end" not in stream.exercised
