"""probe: a sound provider gives a clean matrix, and each scenario asks for what it says."""

from __future__ import annotations

import json

from tests.live.probed import found, probed, reasons
from tests.live.provider import Provider


def test_a_sound_provider_gives_a_clean_matrix() -> None:
    code, report, err = probed(Provider(), "--fail-on", "info")
    assert (code, err) == (0, "")
    assert found(report) == {}
    scenarios = report["probe"]["scenarios"]
    assert len(scenarios) >= 35
    assert {state for one in scenarios for state in one["layers"].values()} == {"pass", "idle"}
    assert reasons(report, "not_judged") == {"bad-key": "the server asks for no key"}
    assert list(reasons(report, "not_exercised")) == ["refusal-prone"]
    for score in report["probe"]["scores"].values():
        assert score["passed"] == score["exercised"] > 120
        assert score["failed"] == score["warned"] == []


def test_each_scenario_asks_for_what_it_says() -> None:
    provider = Provider()
    _, report, _ = probed(provider)
    asked = provider.asked
    assert report["probe"]["requests"] == len(asked) + 3  # those that are refused
    assert {one.get("n") for one in asked} == {None, 2}
    assert {str(one.get("tool_choice")) for one in asked} >= {"auto", "required", "none"}
    assert any(type(one.get("tool_choice")) is dict for one in asked)
    assert {json.dumps(one.get("stream_options")) for one in asked} >= {
        "null", '{"include_usage": true}', '{"include_usage": false}', '{"include_obfuscation": false}',
    }  # fmt: skip
    assert {one["response_format"]["type"] for one in asked if "response_format" in one} == {
        "json_object",
        "json_schema",
    }
    assert any(one.get("top_logprobs") for one in asked)
    assert sum(not one.get("stream") for one in asked) == 2
    assert not any("stream_options" in one for one in asked if not one.get("stream"))
