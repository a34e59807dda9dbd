"""The well-formed provider breaks no rule on any request, and each variant of it exactly those that it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import validator
from tests.live.asked import HARM, NAMED, REQUESTS, SAY, TIME, WEATHER, request
from validator import catalogue
from validator.compare import compare
from validator.live.reply import Asked, Reply
from validator.meaning import meaning
from validator.providers.chat_completions import PROTOCOL, sources, variants

if TYPE_CHECKING:
    from validator.report import StreamReport

FAMILY = "well-formed"

#: Requests whose answers are of the same kinds as those of others, which are enough to show what a variant breaks.
ALIKE = {"long", "tier", "refusal", "limit of calls", "tools allowed", "after a tool", "tool without arguments"}


def answered(body: Any, model: str = FAMILY, key: str | None = None, only: str | None = None) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sources(only)[model].answer(Asked(data, {}, stream=True, key=key))


def judged(model: str, kind: str) -> StreamReport:
    body = request(model, kind)
    reply = answered(body, model)
    assert reply.status == 200, reply.wire.data
    meta = {"request": body, "response": {"status": reply.status, "headers": dict(reply.headers)}}
    return validator.check(reply.wire.data, meta=meta).streams[0]


@pytest.mark.parametrize("kind", REQUESTS)
def test_nothing_is_found_in_any_answer(kind: str) -> None:
    report = judged(FAMILY, kind)
    assert (report.findings, report.ending) == ((), "finished")


@pytest.mark.parametrize("kind", REQUESTS)
def test_the_answer_in_one_piece_means_what_the_stream_means(kind: str) -> None:
    streamed, whole = request(FAMILY, kind), request(FAMILY, kind, stream=False)
    first = meaning(answered(streamed).wire.data, {"request": streamed})
    second = meaning(answered(whole).wire.data, {"request": whole})
    assert [one for one in compare(first, second) if not one.minor] == []


def test_what_is_asked_for_is_what_comes() -> None:
    def message(kind: str) -> dict[str, Any]:
        choice: dict[str, Any] = json.loads(answered(request(FAMILY, kind, stream=False)).wire.data)["choices"][0]
        return {**choice["message"], "finish": choice["finish_reason"]}

    def called(kind: str) -> list[str]:
        return [one["function"]["name"] for one in message(kind).get("tool_calls", ())]

    assert message("limit")["finish"] == "length"
    assert message("limit of calls")["finish"] == "length"
    assert "Zürich" in message("text")["content"]
    assert "Zürich" not in message("stop")["content"]
    assert message("refusal")["refusal"]
    assert (called("tool"), called("tool required"), called("tool forbidden")) == (
        ["get_weather"],
        ["get_weather"],
        [],
    )
    assert (called("tool named"), called("tools allowed")) == (["get_time"], ["get_time"])
    assert called("tools in parallel") == ["get_weather", "get_time"]
    assert called("one tool twice") == ["get_weather"] * 2
    assert (called("not in parallel"), called("after a tool")) == (["get_weather"], [])
    arguments = json.loads(message("tool")["tool_calls"][0]["function"]["arguments"])
    jsonschema.validate(arguments, WEATHER["function"]["parameters"])
    jsonschema.validate(json.loads(message("json of a schema")["content"]), WEATHER["function"]["parameters"])
    assert isinstance(json.loads(message("json")["content"]), dict)


def test_there_are_variants_enough() -> None:
    assert len(variants()) > 50  # as the README says
    known = set(catalogue.protocol(PROTOCOL).rules)
    assert {rule for one in variants().values() for rule in one.finds} <= known


@pytest.mark.parametrize("name", variants())
def test_a_variant_breaks_exactly_what_it_says(name: str) -> None:
    found = {one.rule for kind in REQUESTS.keys() - ALIKE for one in judged(f"{FAMILY}/{name}", kind).findings}
    assert found == set(variants()[name].finds)


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (b"{", 400, None),
        (b"[]", 400, None),
        (b"", 400, None),
        ({"model": FAMILY}, 400, None),
        ({"messages": SAY}, 400, None),
        ({"model": FAMILY, "messages": []}, 400, "messages"),
        ({"model": FAMILY, "messages": "hello"}, 400, "messages"),
        ({"model": FAMILY, "messages": [{"role": "robot", "content": "x"}]}, 400, "messages.0.role"),
        ({"model": "gpt-none", "messages": SAY}, 404, "model"),
        ({"model": FAMILY, "messages": SAY, "n": 0}, 400, "n"),
        ({"model": FAMILY, "messages": SAY, "temperature": 3}, 400, "temperature"),
        ({"model": FAMILY, "messages": SAY, "top_logprobs": 2}, 400, "top_logprobs"),
        ({"model": FAMILY, "messages": SAY, "stream_options": {"include_usage": True}}, 400, "stream_options"),
        ({"model": FAMILY, "messages": SAY, "tool_choice": "required"}, 400, "tool_choice"),
        ({"model": FAMILY, "messages": SAY, "tools": [WEATHER], "tool_choice": NAMED}, 400, "tool_choice"),
        ({"model": FAMILY, "messages": HARM, "functions": [TIME["function"]]}, 400, "functions"),
    ],
)
def test_what_cannot_be_answered_is_an_error(body: Any, status: int, param: str | None) -> None:
    reply = answered(body)
    error = json.loads(reply.wire.data)["error"]
    assert (reply.status, error["type"], error["param"]) == (status, "invalid_request_error", param)
    assert dict(reply.headers)["content-type"] == "application/json"


HOSTILE: list[Any] = [
    {"type": "object", "properties": {name: {"$ref": "#"} for name in "abcdefghij"}},
    {"type": "array", "minItems": 40, "items": {"$ref": "#"}},
    {"type": "integer", "minimum": "three"},
    {"type": "string", "minLength": 10**12},
    {"anyOf": [{"$ref": "#"}]},
    {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
    {"type": "object", "properties": [1]},
    {"type": 7, "enum": []},
    {"allOf": [7, {"type": "object"}]},
    {"type": "number", "multipleOf": "x", "maximum": 1e400},
]


@pytest.mark.parametrize("schema", HOSTILE, ids=str)
def test_no_schema_harms_the_provider(schema: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    for more in ({"response_format": form}, {"tools": [tool], "tool_choice": "required"}):
        reply = answered({"model": FAMILY, "messages": SAY, **more})
        assert reply.status in (200, 400)
        assert len(reply.wire.data) < 100_000
        json.loads(reply.wire.data)


def test_another_key_is_refused_and_never_said() -> None:
    for key in (None, "", "sk-of-somebody-else"):
        reply = answered(request(FAMILY, "text"), key=key, only="sk-the-only-one")
        assert reply.status == 401
        assert b"sk-" not in reply.wire.data
    assert answered(request(FAMILY, "text"), key="sk-the-only-one", only="sk-the-only-one").status == 200
