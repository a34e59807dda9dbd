"""What the request says is anybody's JSON: it steers the rules, and never harms them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import validator
from validator import StreamValidator, catalogue
from validator.judge import Judge
from validator.meta import have

CHAT = catalogue.protocol("chat.completions")
PLAN, _ = Judge(select=("request",)).plans("openai", have({"request": {}}))


def _findings(request: Any, *payloads: Any) -> list[tuple[str, str]]:
    stream = StreamValidator(meta={"request": request}, plan=PLAN)
    for payload in payloads:
        stream.feed(b"data: " + (payload if type(payload) is bytes else json.dumps(payload).encode()) + b"\n\n")
    return [(finding.rule, finding.severity) for finding in stream.close().streams[0].findings]


def _choice(delta: Any, finish: Any = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _call(name: str, arguments: str, index: int = 0) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"name": name, "arguments": arguments}}]}


def _tool(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


DONE = b"[DONE]"
ASKED = {"stream": True}


@pytest.mark.parametrize(
    ("request_", "delta", "found"),
    [
        pytest.param({"functions": [{"name": "f"}]}, {"function_call": {"name": "f", "arguments": "{}"}}, [],
                     id="a-legacy-function-is-declared"),
        pytest.param({"functions": [{"name": "f"}]}, {"function_call": {"name": "g", "arguments": "{}"}},
                     [("tool-declared", "error")], id="a-legacy-function-is-not-declared"),
        pytest.param({"functions": [{"name": "f", "parameters": {"required": ["a"]}}]},
                     {"function_call": {"name": "f", "arguments": "{}"}}, [("tool-arguments-schema", "warning")],
                     id="arguments-of-a-legacy-function"),
        pytest.param({"function_call": "none", "functions": [{"name": "f"}]},
                     {"function_call": {"name": "f", "arguments": "{}"}}, [("tool-choice-none", "error")],
                     id="function-call-none"),
        pytest.param({"tools": [{"type": "custom", "custom": {"name": "f"}}]},
                     {"tool_calls": [{"index": 0, "custom": {"name": "f", "input": "a"}}]}, [],
                     id="a-custom-tool-is-declared"),
        pytest.param({"tools": [{"type": "custom", "custom": {"name": "f"}}]},
                     {"tool_calls": [{"index": 0, "custom": {"name": "g", "input": "a"}}]},
                     [("tool-declared", "error")], id="a-custom-tool-is-not-declared"),
        pytest.param({"tools": [_tool("f")], "tool_choice": {"type": "tool", "name": "f"}}, _call("f", "{}"), [],
                     id="a-tool-choice-of-another-dialect"),
        pytest.param({"tools": {"f": {}}}, _call("f", "{}"), [], id="tools-of-another-dialect"),
        pytest.param({"tools": [_tool("f")]}, {"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}, [],
                     id="a-call-without-index"),
        pytest.param({"tools": [_tool("ff")]}, _call("f", "{}"), [("tool-declared", "error")], id="part-of-a-name"),
        pytest.param({"stop": "a"}, {"content": [{"type": "text", "text": "a"}]}, [], id="content-that-is-a-list"),
        pytest.param({"n": True}, {"content": "a"}, [], id="n-that-is-no-number"),
    ],
)  # fmt: skip
def test_forms_of_tools_and_options(request_: dict[str, Any], delta: Any, found: list[tuple[str, str]]) -> None:
    finish = "tool_calls" if "content" not in delta else "stop"
    assert _findings({**ASKED, **request_}, _choice(delta), _choice({}, finish), DONE) == found


def test_a_name_in_fragments_is_put_together() -> None:
    request = {**ASKED, "tools": [_tool("get_weather")]}
    fragments = [_choice(_call("get_", "")), _choice(_call("weather", "{}")), _choice({}, "tool_calls"), DONE]
    assert _findings(request, *fragments) == []


def test_a_name_said_again_and_again_is_one_name() -> None:
    request = {**ASKED, "tools": [_tool("f", parameters={"required": ["a"]})]}
    fragments = [_choice(_call("f", '{"a"')), _choice(_call("f", ":1}")), _choice({}, "tool_calls"), DONE]
    assert _findings(request, *fragments) == []


def test_a_surrogate_pair_in_two_fragments_is_one_character() -> None:
    request = {**ASKED, "tools": [_tool("f", strict=True, parameters={"properties": {"a": {"maxLength": 1}}})]}
    fragments = [_choice(_call("f", '{"a":"\\ud83d')), _choice(_call("", '\\ude00"}')), _choice({}, "tool_calls")]
    assert _findings(request, *fragments, DONE) == []


def test_a_stop_sequence_is_found_wherever_the_text_is_cut() -> None:
    text = "one, two, three, four"
    for cut in range(len(text)):
        pieces = [_choice({"content": piece}) for piece in (text[:cut], "", text[cut:])]
        found = _findings({**ASKED, "stop": ["three", "xyz"]}, *pieces, _choice({}, "stop"), DONE)
        assert found == [("stop-sequence-excluded", "warning")]


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(
            {"tools": [_tool(f"f{n}", parameters={"type": "object"}) for n in range(20_000)]}, id="many-tools"
        ),
        pytest.param({"stop": ["a" * n for n in range(1, 3000)]}, id="many-stop-sequences"),
        pytest.param({"tools": [_tool("f1", parameters={"anyOf": [{"$ref": "#"}] * 3})]}, id="forking-schema"),
    ],
)
def test_a_large_request_costs_little(request_: dict[str, Any]) -> None:
    calls = [_choice(_call(f"f{n}", "{}", n)) for n in range(500)]
    texts = [_choice({"content": "b" * 50}) for _ in range(500)]
    start = time.process_time()
    _findings({**ASKED, **request_}, *calls, *texts, _choice({}, "tool_calls"), DONE)
    assert time.process_time() - start < 5


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | st.sampled_from(
        ["", "auto", "none", "required", "function", "stop", "length", "f", "json_schema", "json_object", "{}", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "type", "function", "name", "parameters", "strict", "json_schema", "schema", "mode", "tools", "allowed_tools",
        "index", "delta", "content", "tool_calls", "function_call", "arguments", "audio", "id", "data", "logprobs",
        "top_logprobs", "finish_reason", "completion_tokens", "include_usage", "properties", "$ref", "items"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_REQUEST = st.dictionaries(st.sampled_from([
    "model", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens", "stop", "tools", "functions",
    "tool_choice", "function_call", "parallel_tool_calls", "logprobs", "top_logprobs", "response_format",
    "modalities", "moderation", "service_tier", "messages", "prompt"]), _JSON, max_size=6)  # fmt: skip
_CHOICE = st.dictionaries(st.sampled_from(["index", "delta", "finish_reason", "logprobs"]), _JSON) | _JSON
_PAYLOAD = st.fixed_dictionaries({}, optional={
    "choices": st.lists(_CHOICE, max_size=2) | _JSON, "usage": _JSON, "model": _JSON, "service_tier": _JSON,
    "moderation": _JSON, "obfuscation": _JSON})  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(request=_REQUEST, payloads=st.lists(_PAYLOAD, max_size=4))
def test_any_request_and_any_payloads_are_survived(request: Any, payloads: list[Any]) -> None:
    _findings(request, *payloads, DONE)


def test_a_sidecar_without_a_request_leaves_the_rules_of_the_request_unjudged() -> None:
    report = validator.check([b"data: [DONE]\n\n"], meta={"ended": "close"}).streams[0]
    assert {"usage-iff-requested", "tool-declared", "json-schema-valid"} <= set(report.not_judged)
