"""The checks of streamed text: what they find does not depend on how the text is cut into deltas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator import StreamValidator, catalogue
from validator.grades import Grades
from validator.plan import Plan
from validator.rule import Rule
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from validator.finding import Finding

CHAT = catalogue.protocol(catalogue.DEFAULT_PROTOCOL)


def plan_of(check: dict[str, Any]) -> Plan:
    entry = {"id": "house", "on": "choices[].delta.content", "per": "choice", "check": check}
    rules = {"house": Rule.from_entry(entry, "house", "house.yaml")}
    return Plan(Grades(CHAT, catalogue.profile(CHAT, CHAT.default_profile), rules=rules))


def found(plan: Plan, pieces: list[str]) -> list[Finding]:
    stream = StreamValidator(plan=plan)
    for piece in pieces:
        payload = {"choices": [{"index": 0, "delta": {"content": piece}}]}
        stream.feed(b"data: " + json.dumps(payload).encode() + b"\n\n")
    return [*stream.close().streams[0].findings]


MARKUP = plan_of(
    {
        "free_of": {
            "openings": "<",
            "window": 24,
            "start": {"opening": ["<think>"]},
            "anywhere": {"token": [r"<\|[a-z_]+\|>"], "call": [r"<call>\s*\{"]},
        }
    }
)


@given(st.data())
def test_markup_is_found_once_however_the_text_is_cut(data: st.DataObject) -> None:
    text = "  <think> so < then <|im_end|> and <<call> \n{"
    cuts = data.draw(st.lists(st.integers(0, len(text))).map(sorted))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    told = {(one.got, one.count) for one in found(MARKUP, pieces)}
    assert told == {('"<think>"', 1), ('"<|im_end|>"', 1), ('"<call> \\n{"', 1)}


def test_a_tag_after_the_start_is_text_about_tags() -> None:
    assert found(MARKUP, ["The tag ", "<think>", " opens."]) == []


def test_markup_longer_than_the_window_is_not_held() -> None:
    assert found(MARKUP, ["<|", "a" * 30, "|>"]) == []


@pytest.mark.parametrize("option", ["start", "anywhere"])
def test_a_pattern_that_is_none_is_refused(option: str) -> None:
    with pytest.raises(ConfigError, match=r"house\.yaml: rule house: '\(\(' is not a regular expression"):
        plan_of({"free_of": {"openings": "(", option: {"broken": ["(("]}}})


INCREMENTS = plan_of({"increments": {"run": 3, "length": 12, "distinct": 8, "limit": 40}})


def test_text_sent_whole_each_time_is_told_from_the_third_time_on() -> None:
    whole = "The quick brown fox jumps"
    (one,) = found(INCREMENTS, [whole[:end] for end in (3, 9, 15, 19, 25)])
    assert (one.where.event, one.count) == (4, 2)


@given(st.lists(st.text("ab ", max_size=4), max_size=12))
def test_words_that_repeat_are_increments(pieces: list[str]) -> None:
    assert found(INCREMENTS, pieces) == []


def test_an_increment_that_starts_like_the_text_is_one() -> None:
    assert found(INCREMENTS, ["The", "Therefore we ", "go", "Therefore we go", " on and further on"]) == []


def test_text_beyond_the_limit_is_not_held() -> None:
    text = "".join(map(chr, range(48, 120)))
    assert found(INCREMENTS, [text[:end] for end in (3, 6, 45, 50, 60, 70)]) == []
