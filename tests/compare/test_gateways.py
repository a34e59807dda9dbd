"""Differences, as gateways make them."""

from __future__ import annotations

import json
from typing import Any

from tests.compare.answers import EVERY, START, THINKS, UPSTREAM, at, call, chunk, compared, told
from tests.rechunked import stream
from validator.compare import compare
from validator.meaning import meaning


def test_reasoning_that_a_gateway_drops_is_lost() -> None:
    down = [one for one in UPSTREAM if one not in THINKS]
    a, b = stream(UPSTREAM), stream(down)
    (found,) = compared(a, b)
    assert (found.what, found.name, found.message) == ("lost", "reasoning", "choice 0: reasoning is lost")
    assert (found.a.value, found.b.value) == ("It is far.", None)
    assert found.a.where is not None
    assert (found.a.where.event, found.a.where.pointer) == (2, "/choices/0/delta/reasoning_content")
    assert at(a, found.a.where) == '"It is "'
    assert found.b.where is not None
    assert (found.b.where.event, found.b.where.pointer) == (1, "/choices/0/delta")


def test_reasoning_under_another_name_has_moved() -> None:
    down = [
        chunk({"reasoning": one["choices"][0]["delta"]["reasoning_content"]}) if one in THINKS else one
        for one in UPSTREAM
    ]
    (found,) = compared(stream(UPSTREAM), stream(down))
    assert found.what == "moved"
    assert found.message == (
        "choice 0: reasoning moved from choices[].delta.reasoning_content to choices[].delta.reasoning"
    )


def test_tool_calls_that_a_gateway_gives_one_index_are_merged() -> None:
    down = json.loads(json.dumps(UPSTREAM).replace('"tool_calls": [{"index": 1', '"tool_calls": [{"index": 0'))
    a, b = stream(UPSTREAM), stream(down)
    found = compared(a, b)
    assert "choice 0: tool call 1 is lost; what it has is now in tool call 0" in told(found)
    (arguments,) = (one for one in found if one.name == "arguments")
    assert arguments.message == "choice 0, tool call 0: arguments: 15 characters are added, at character 15"
    assert arguments.b.where is not None
    assert (arguments.b.where.event, at(b, arguments.b.where)) == (9, "{")


def test_usage_that_a_gateway_drops_is_lost() -> None:
    (found,) = compared(stream(UPSTREAM), stream([one for one in UPSTREAM if "usage" not in one]))
    assert (found.what, found.name, found.message) == ("lost", "usage", "usage is lost")
    assert found.a.where is not None
    assert (found.a.where.event, found.a.where.pointer) == (11, "/usage")


def test_only_the_last_logprobs_that_a_gateway_keeps_are_told() -> None:
    def token(text: str) -> dict[str, Any]:
        return {"content": [{"token": text, "logprob": -0.5}]}

    up = [chunk({"content": text}) for text in "ab"]
    for one, text in zip(up, "ab", strict=True):
        one["choices"][0]["logprobs"] = token(text)
    down = [chunk({"content": "a"}), up[1]]
    (found,) = compared(stream(up), stream(down))
    assert found.message == "choice 0: content: differs from item 1 on (2 and 1 items)"
    assert found.place == "choices[].logprobs.content"


def test_a_call_that_streams_its_arguments_twice_differs_from_the_answer_not_streamed() -> None:
    twice = [START, chunk(call(0, '{"a":1}', id="x")), chunk(call(0, '{"a":1}'))]
    message = {"role": "assistant", "tool_calls": [{"id": "y", "function": {"arguments": '{"a":1}'}}]}
    body = json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}]}).encode()
    found = compared(body, stream(twice), separate=True)
    assert told(found) == [
        "choice 0, tool call 0: arguments: 7 characters are added, at character 8",
        "model is added",
    ]


def test_a_stop_in_place_of_an_error_is_told() -> None:
    up = [START, {"error": {"message": "overloaded", "code": 503}}]
    down = [START, chunk({}, "stop"), "[DONE]"]
    assert told(compared(stream(up), stream(down))) == [
        "choice 0: finish is added",
        "error is lost",
        "end of the stream is added",
    ]


def test_an_index_that_starts_at_one_is_told_where_the_call_has_an_id() -> None:
    a, b = stream([chunk(call(0, "{}", id="x"))]), stream([chunk(call(1, "{}", id="x"))])
    assert told(compared(a, b)) == ["choice 0, tool call 0: index of the tool call: 0 became 1"]


def test_calls_without_index_are_told_apart_by_their_ids() -> None:
    keyed = stream([chunk(call(at, "{}", id=f"x{at}")) for at in range(3)])
    bare = stream([chunk(call(None, "{}", id=f"x{at}")) for at in range(3)])
    assert compared(keyed, bare) == []


def test_usage_that_nobody_asked_for_may_be_missing_in_a_stream() -> None:
    streamed = stream([one for one in UPSTREAM if "usage" not in one])
    body = json.dumps(meaning(stream(UPSTREAM)).body()).encode()
    assert told(compared(body, streamed)) == []
    asked = {"request": {"stream_options": {"include_usage": True}}}
    assert told(compare(meaning(body), meaning(streamed, asked))) == ["usage is lost"]


def test_ids_of_calls_are_minor_only_between_two_requests() -> None:
    a, b = (stream([chunk(call(0, "{}", id=one, name="f"))]) for one in ("call_1", "call_2"))
    assert told(compared(a, b)) == ["choice 0, tool call 0: id: call_1 became call_2"]
    assert told(compared(a, b, separate=True)) == []


def test_the_legacy_protocol_is_known_by_its_payloads() -> None:
    (path, *_) = (one for one in EVERY if b'"object":"text_completion"' in one.read_bytes() and "good" in one.name)
    assert meaning(path.read_bytes()).protocol.name == "text.completion"
