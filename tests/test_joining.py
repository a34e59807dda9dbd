"""Joined arguments of tool calls: how they come in pieces must not matter, and what is kept of them has a limit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from validator import StreamValidator, catalogue
from validator.grades import Grades
from validator.plan import Plan

PROTOCOL = catalogue.protocol("chat.completions")
OPENAI = catalogue.profile(PROTOCOL, "openai")
ARGUMENTS = {name: rule for name, rule in PROTOCOL.rules.items() if rule.check == "joined_object"}
PLAN = Plan(Grades(PROTOCOL, OPENAI, rules=ARGUMENTS))


def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def judged(*pieces: str, finish: str = "tool_calls", plan: Plan = PLAN, calls: int = 1) -> list[tuple[str, str]]:
    """Return what the rules of arguments say of calls whose arguments come in these pieces."""
    stream = StreamValidator(plan=plan)
    for index in range(calls):
        for piece in pieces:
            stream.feed(chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}))
    stream.feed(chunk({}, finish))
    return [(finding.rule, finding.severity) for finding in stream.close().streams[0].findings]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a":[1,{"b":null}]}', []),
        (' {"a":"\\u00e5"} ', []),
        ("", [("tool-arguments-empty", "warning")]),
        (" \n", [("tool-arguments-empty", "warning")]),
        ("null", [("tool-arguments-object", "warning")]),
        ("[]", [("tool-arguments-object", "warning")]),
        ("12.5", [("tool-arguments-object", "warning")]),
        ('"Oslo"', [("tool-arguments-object", "warning")]),
        ('"[1]"', [("tool-arguments-object", "warning")]),
        ('"{\\"a\\":1}"', [("tool-arguments-double-encoded", "warning")]),
        ('{"a":1}{"a":1}', [("tool-arguments-cumulative", "warning")]),
        ("{} [1]", [("tool-arguments-cumulative", "warning")]),
        ('{"a":1} and', [("tool-arguments-json", "warning")]),
        ('{"a":1', [("tool-arguments-json", "error")]),
        ('{"a', [("tool-arguments-json", "error")]),
        ('{"a":-', [("tool-arguments-json", "error")]),
        ("{'a':1}", [("tool-arguments-json", "warning")]),
        ('{"a":Infinity}', [("tool-arguments-json", "warning")]),
        ("[" * 2000 + "]" * 2000, [("tool-arguments-json", "warning")]),
    ],
)
def test_exactly_one_rule_speaks_of_a_call_whole_or_in_two_pieces(text: str, found: list[tuple[str, str]]) -> None:
    assert judged(text) == found
    for cut in {1, len(text) // 2, max(len(text) - 1, 0)}:
        assert judged(text[:cut], text[cut:]) == found


@pytest.mark.parametrize("finish", ["length", "content_filter", "end_turn"])
def test_nothing_is_said_of_arguments_that_were_cut_short_by_the_servers_own_word(finish: str) -> None:
    assert judged('{"a":1', finish=finish) == []
    assert judged("", finish=finish) == []


def test_halves_of_a_surrogate_pair_may_come_in_two_fragments() -> None:
    assert judged('{"a":"\ud83c', '\udf27"}') == []


def test_beyond_the_limit_of_a_stream_nothing_is_judged() -> None:
    few = {name: replace(rule, options={**rule.options, "limit": 20}) for name, rule in ARGUMENTS.items()}
    plan = Plan(Grades(PROTOCOL, OPENAI, rules=few))
    assert judged("{'a':", "'0123'}", plan=plan) == [("tool-arguments-json", "warning")]
    assert judged("{'a':", "'0123456789abcdef'}", plan=plan) == []
    assert judged("{'a':", "'0123'}", plan=plan, calls=3) == [("tool-arguments-json", "warning")]


def test_the_rules_of_one_text_keep_it_once() -> None:
    assert len(PLAN.bound) == len(ARGUMENTS) == 5
    assert {bound.slot for bound in PLAN.bound} == {1}
    assert len(PLAN.starts["tool_call"]) == 2  # theirs, and none for checks without any
