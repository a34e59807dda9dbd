"""Scenarios are data: users add their own, and what is wrong with one is said with file, line and key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.live.provider import MODEL, Provider
from validator import catalogue
from validator.live.asking import Asking
from validator.live.scenario import load
from validator.live.serve import serving

if TYPE_CHECKING:
    from pathlib import Path

ASKING = Asking.of(catalogue.protocol(catalogue.DEFAULT_PROTOCOL))
SCENARIOS = load([ASKING.scenarios], ASKING)

OWN = """
- id: knock-knock
  title: A joke
  request: {messages: [{role: user, content: "Tell a joke."}], stop: ["!"]}
  asks: [stop]
  tokens: 64
  requests: [{as: one}, {as: other, request: {seed: 3}}]
  exercised: {on: "choices[].delta.content", where: {type: string, pattern: joke}, else: there was no joke}
  expect:
    - {id: same-joke, title: The joke is the same, check: {same: {of: one, as: other}}, expect: the same joke}
"""


def test_every_capability_is_asked_for_and_every_expectation_has_words() -> None:
    assert {name for one in SCENARIOS for name in one.asks} == set(ASKING.capabilities)
    ids = [one.id for scenario in SCENARIOS for one in scenario.expect]
    rules = catalogue.rule_names()
    for scenario in SCENARIOS:
        for one in scenario.expect:
            assert one.id not in rules
            assert one.why, one.id
            assert one.fix, one.id
    assert {"twins-equal", "bad-key-refused", "survives-disconnect", "streams-apart"} <= set(ids)


def test_all_scenarios_together_stay_within_what_is_allowed_by_default() -> None:
    total = sum(ask.tokens * ask.members.get("n", 1) for one in SCENARIOS for ask in one.requests)
    assert total < 15_000
    assert sum(len(one.requests) for one in SCENARIOS) < 50


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("tools", "tools is not supported by this model"),
        ("tools", '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        ("n", "n > 1 is not supported"),
        ("n", "'n' must be 1 for this model"),
        ("n", "Number of choices must be at most 1"),
        ("logprobs", "This model does not support logprobs."),
        (
            "json-schema",
            "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
        ),
        ("usage", "Unknown field: stream_options"),
        ("parallel-tools", "parallel_tool_calls=False is not supported"),
    ],
)
def test_a_refusal_is_understood_by_the_name_of_what_is_lacking(name: str, refusal: str) -> None:
    assert ASKING.capabilities[name].named.search(json.dumps({"error": {"message": refusal}}))


@pytest.mark.parametrize("name", list(ASKING.capabilities))
def test_another_refusal_is_no_lack_of_anything(name: str) -> None:
    told = {"error": {"message": "Invalid value for messages: content is an empty string", "code": "bad_request"}}
    assert not ASKING.capabilities[name].named.search(json.dumps(told))


def own(tmp_path: Path, text: str, *args: str) -> tuple[int, str, str]:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with serving(Provider().app()) as url:
        return chunkspec(
            "probe", "--base-url", f"{url}/v1", "--model", MODEL, "--no-config", "--scenarios", str(tmp_path), *args
        )


def test_users_add_scenarios(tmp_path: Path) -> None:
    code, out, err = own(tmp_path, OWN, "--only", "knock-knock", "--format", "json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    (outcome,) = report["probe"]["scenarios"]
    assert outcome["sources"] == ["knock-knock-one", "knock-knock-other"]
    assert outcome["not_exercised"] is None
    assert outcome["layers"]["asked"] == "pass"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: A joke", "titel: A joke", "own.yaml:2: /0: unknown key 'titel'; did you mean 'title'?"),
        ("asks: [stop]", "asks: [stopp]", "scenario 'knock-knock': unknown capability 'stopp': known are "),
        ("as: other}}", "as: third}}", "same-joke: there is no request 'third'"),
        ("{as: one}", "{}", "each of several requests has a name of its own, `as`"),
        ('"choices[].delta.content"', '"@request.n"', "'@request.n' is no place of a payload"),
        ('"choices[].delta.content"', '"a..b"', "'a..b' is not a place"),
        ("pattern: joke", "pattern: '('", "exercised: not a usable JSON Schema"),
        ("id: knock-knock", "id: plain-text", "scenario 'plain-text' is already in "),
        ("check: {same:", "check: {alike:", "own.yaml:10: "),
        ("- id: knock-knock", "- [", "not YAML"),
    ],
)
def test_a_wrong_scenario_is_refused_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in OWN
    code, out, err = own(tmp_path, OWN.replace(old, new))
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_scenarios_that_are_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    for path, said in (
        (tmp_path / "none", "there is no scenario (*.yaml) in it"),
        (tmp_path / "x", "cannot be read"),
    ):
        code, _, err = chunkspec("probe", "--list", "--scenarios", str(path))
        assert code == 2
        assert said in err


def test_the_list_names_scenarios_and_capabilities() -> None:
    code, out, _ = chunkspec("probe", "--list")
    assert code == 0
    for one in SCENARIOS:
        assert f"{one.id} " in out
    for name in ASKING.capabilities:
        assert f"  {name} " in out
