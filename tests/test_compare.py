"""Two captures of one answer: what means the same is the same, and what does not is told with its places."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus import CORPUS
from tests.rechunked import payloads, rechunked, stream
from validator import catalogue
from validator.compare import compare
from validator.meaning import meaning
from validator.place import PlaceError

if TYPE_CHECKING:
    from validator.difference import Difference
    from validator.finding import Where

STREAMS = sorted((CORPUS / "streams").rglob("*.sse"))
EVERY = sorted(CORPUS.rglob("*.sse"))


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def compared(a: bytes, b: bytes, **options: Any) -> list[Difference]:
    return compare(meaning(a), meaning(b), **options)


def told(found: list[Difference]) -> list[str]:
    return [one.message for one in found if not one.minor]


def at(data: bytes, where: Where | None) -> str:
    assert where is not None
    return data[where.byte_offset : where.byte_offset + where.byte_length].decode()


def chunk(delta: dict[str, Any], finish: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}


def call(index: int | None, arguments: str, **more: Any) -> dict[str, Any]:
    key = {} if index is None else {"index": index}
    function = {"arguments": arguments, **({"name": more.pop("name")} if "name" in more else {})}
    return {"tool_calls": [{**key, **more, "function": function}]}


USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
START = chunk({"role": "assistant", "content": ""})
THINKS = [chunk({"reasoning_content": "It is "}), chunk({"reasoning_content": "far."})]
CALLS = [
    chunk(call(0, "", id="call_a", type="function", name="tide")),
    chunk(call(0, '{"at": "Oban"}')),
    chunk(call(1, "", id="call_b", type="function", name="tide")),
    chunk(call(1, '{"at": "Leith"}')),
]
UPSTREAM: list[Any] = [
    START, *THINKS, chunk({"content": "I look "}), chunk({"content": "it up."}), *CALLS, chunk({}, "tool_calls"),
    chunk({}, None, usage=USAGE) | {"choices": []}, "[DONE]",
]  # fmt: skip


# the same


def test_a_capture_means_the_same_as_itself() -> None:
    assert [name(path) for path in EVERY if compared(path.read_bytes(), path.read_bytes())] == []


@pytest.mark.parametrize("path", STREAMS, ids=name)
@pytest.mark.parametrize("size", [1, 3])
def test_how_the_texts_are_cut_means_nothing(path: Path, size: int) -> None:
    data = path.read_bytes()
    other = rechunked(data, lambda text: [text[start : start + size] for start in range(0, len(text), size)])
    assert told(compared(data, other)) == []
    assert told(compared(other, data)) == []


#: Providers whose streams never say who speaks, as an answer that is not streamed always does.
_NO_ROLE = ("cloudflare", "gpustack")


@pytest.mark.parametrize("path", STREAMS, ids=name)
def test_a_stream_means_the_same_as_its_answer_not_streamed(path: Path) -> None:
    streamed = meaning(path.read_bytes())
    body = json.dumps(streamed.body(), indent=2).encode()
    whole = meaning(body, protocol=streamed.protocol)
    assert whole.whole
    lost = {one.name for one in compare(streamed, whole) if not one.minor}
    assert lost <= ({"role", "text"} if path.parent.name in _NO_ROLE else set())


def test_what_two_captures_may_differ_in_is_minor() -> None:
    other = [
        one if isinstance(one, str) else {**one, "id": "c2", "created": 9, "obfuscation": "x"} for one in UPSTREAM
    ]
    found = compared(stream(UPSTREAM), stream(other))
    assert [(one.place, one.minor) for one in found] == [("id", True), ("created", True)]


def test_nulls_empty_texts_and_empty_lists_mean_nothing() -> None:
    bare = [chunk({"content": "a"}, "stop")]
    full = [chunk({"content": "", "refusal": None, "tool_calls": []}, logprobs=None), *bare, chunk({"content": ""})]
    assert compared(stream(bare), stream(full)) == []


def test_a_text_in_blocks_is_the_text() -> None:
    plain = stream([chunk({"content": "a b"})])
    blocks = stream([chunk({"content": [{"type": "text", "text": "a "}]}), chunk({"content": "b"})])
    assert compared(plain, blocks) == []
    (found,) = compared(plain, blocks.replace(b"a ", b"A "))
    assert found.b.where is not None
    assert found.b.where.pointer == "/choices/0/delta/content/0/text"


def test_arguments_written_otherwise_are_minor() -> None:
    a, b = (stream([chunk(call(0, text, id="c"))]) for text in ('{"a": 1, "b": [2]}', '{"b":[2],"a":1}'))
    (found,) = compared(a, b)
    assert (found.name, found.because) == ("arguments", "it is the same JSON, written otherwise")


def test_what_is_ignored_is_no_difference() -> None:
    a, b = stream([chunk({"content": "a"}, model="x")]), stream([chunk({"content": "a"}, model="y", seed=1)])
    assert {one.place for one in compared(a, b)} == {"model", "seed"}
    assert compared(a, b, ignore=["model", "seed"]) == []
    with pytest.raises(PlaceError):
        compared(a, b, ignore=["a b"])


# differences, as gateways make them


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


# any difference is told, at its place


@st.composite
def mutations(draw: st.DrawFn) -> tuple[bytes, bytes, str, str]:
    """Return a stream, another one, the name of what differs in it, and the pointer of the piece that does."""
    index = draw(st.integers(0, 2))
    pieces = draw(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), min_size=1, max_size=5))
    which = draw(st.sampled_from(["text", "arguments", "finish", "usage", "tool"]))
    texts = [chunk({"content": one}, index=index) for one in pieces]
    calls = [chunk(call(0, one), index=index) for one in pieces]
    first = chunk(call(0, "", id="call_a", name="tide"), index=index)
    whole = [START, *texts, first, *calls, chunk({}, "stop", index), {**START, "choices": [], "usage": USAGE}]
    other = json.loads(json.dumps(whole))
    at = draw(st.integers(0, len(pieces) - 1))
    character = draw(st.integers(0, len(pieces[at]) - 1))
    new = draw(st.characters(codec="utf-8").filter(lambda one: one != pieces[at][character]))
    changed = pieces[at][:character] + new + pieces[at][character + 1 :]
    match which:
        case "text":
            pointer = "/choices/0/delta/content"
            other[1 + at]["choices"][0]["delta"]["content"] = changed
        case "arguments":
            pointer = "/choices/0/delta/tool_calls/0/function/arguments"
            function = other[2 + len(pieces) + at]["choices"][0]["delta"]["tool_calls"][0]["function"]
            function["arguments"] = changed
        case "finish":
            pointer = "/choices/0/finish_reason"
            other[-2]["choices"][0]["finish_reason"] = f"stop{new}"
        case "usage":
            pointer = f"/usage/{draw(st.sampled_from(sorted(USAGE)))}"
            other[-1]["usage"][pointer.removeprefix("/usage/")] += 1
        case _:
            pointer = "/choices/0/delta/tool_calls/0/id"
            other[1 + len(pieces)]["choices"][0]["delta"]["tool_calls"][0]["id"] = f"call_{new}"
    return stream(whole), stream(other), which, pointer


@given(mutations())
@settings(max_examples=150, deadline=None)
def test_a_mutation_is_told_and_nothing_else(case: tuple[bytes, bytes, str, str]) -> None:
    a, b, which, pointer = case
    found = compared(a, b)
    shown = {"usage": "usage", "tool": "id"}.get(which, which)
    assert len(found) == 1
    assert found[0].name.startswith(shown)
    assert not found[0].minor or which == "arguments"
    assert found[0].a.where is not None
    assert found[0].b.where is not None
    assert found[0].a.where.event == found[0].b.where.event
    if which not in ("text", "arguments"):  # of these a text may differ first where a piece before it ends
        assert found[0].a.where.pointer == found[0].b.where.pointer == pointer
    if which == "text":
        one, other = (at(data, side.where) for data, side in ((a, found[0].a), (b, found[0].b)))
        assert json.loads(f'"{one}"') != json.loads(f'"{other}"')


@given(st.lists(st.sampled_from(EVERY), min_size=2, max_size=2), st.data())
@settings(max_examples=100, deadline=None)
def test_any_bytes_can_be_compared(paths: list[Path], data: st.DataObject) -> None:
    a, b = (path.read_bytes() for path in paths)
    start = data.draw(st.integers(0, len(b)))
    torn = b[:start] + data.draw(st.binary(max_size=8)) + b[start + data.draw(st.integers(0, 40)) :]
    for one in (compared(a, torn), compared(torn, a), compared(b, torn)):
        for difference in one:
            json.dumps(difference.to_dict())
    meaning(torn).body()


def test_what_nests_too_deep_is_compared_as_it_is_written() -> None:
    deep = '{"a":' * 400 + "1" + "}" * 400
    a, b = (f'data: {{"choices":[],"x":{text}}}\n\n'.encode() for text in (deep, deep.replace("1", "2")))
    assert compared(a, a) == []
    assert len(told(compared(a, b))) == 1


def test_what_cannot_be_read_is_told_as_such() -> None:
    data = stream([chunk({"content": "a"})])
    (found,) = compared(data + b"data: <html>\n\n", data)
    assert (found.message, found.a.value) == ("data that is no JSON is lost", "<html>")


def test_many_differences_are_told_and_places_that_would_take_long_are_those_of_their_events() -> None:
    a, b = (stream([chunk({f"{one}{at}": at for at in range(2_000)})]) for one in "xy")
    found = compared(a, b)
    assert len(found) == 4_000
    assert found[0].a.where is not None
    assert at(a, found[0].a.where) == "0"
    last = found[1_999].a.where
    assert last is not None
    assert (last.event, last.pointer, last.byte_length) == (1, "/choices/0/delta/x1999", len(a))


MADE_UP = """
name: railway
title: Railway streams
default_profile: plain
scopes:
  lane: {in: stream, each: "lanes[]", key: number, plural: lanes}
shows: [{name: load, on: "lanes[].load", says: what goes}]
meaning:
  joined: ["lanes[].load"]
  last: [weather]
  varies: [stamp]
  identity: {lane: called}
  whole:
    where: {required: [timetable]}
    needs: {"lanes[]": {platform: null}}
    set: {timetable: complete}
    keyless: [lane]
"""


def test_what_is_a_piece_of_what_says_the_protocol_alone(tmp_path: Path) -> None:
    (tmp_path / "protocol.yaml").write_text(MADE_UP)
    protocol = catalogue.load_protocol(tmp_path)
    pieces = [
        {"stamp": 1, "weather": "fair", "lanes": [{"number": 3, "called": "north", "load": "co"}]},
        {"stamp": 2, "weather": "rain", "lanes": [{"number": 3, "load": "al"}, {"number": 5, "load": "wood"}]},
    ]
    streamed = meaning(stream(pieces), protocol=protocol)
    assert streamed.body() == {
        "stamp": 2,
        "weather": "rain",
        "lanes": [{"called": "north", "load": "coal", "platform": None}, {"load": "wood", "platform": None}],
    }
    whole = {"timetable": "complete", **streamed.body()}
    assert compare(streamed, meaning(json.dumps(whole).encode(), protocol=protocol)) == []
    whole["lanes"][0]["load"] = "cool"
    (found,) = compare(streamed, meaning(json.dumps(whole).encode(), protocol=protocol))
    assert found.message == "lane 3: load: differs from character 3 on"
    assert (found.place, found.a.value, found.b.value) == ("lanes[].load", "coal", "cool")


def test_no_code_names_what_a_protocol_has() -> None:
    package = Path(catalogue.__file__).parent
    files = [package / "compare.py", package / "difference.py", *sorted((package / "meaning").glob("*.py"))]
    assert [one.name for one in files if re.search(r"choices|delta|DONE|tool_calls", one.read_text())] == []


def test_every_protocol_says_what_comes_in_pieces() -> None:
    for protocol in catalogue.protocol_folders():
        assert meaning(b"", protocol=protocol).places.joined, protocol


def test_the_example_of_both_forms_is_the_same() -> None:
    data = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
    body = meaning(data).body()
    assert body["object"] == "chat.completion"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "Hello, world!", "refusal": None}
    assert "obfuscation" not in json.dumps(body)
    assert payloads(data)[0]["object"] == "chat.completion.chunk"
    assert compared(data, json.dumps(body).encode()) == []
