"""Any difference is told, at its place; any bytes can be compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compare.answers import EVERY, START, USAGE, at, call, chunk, compared, told
from tests.rechunked import stream
from validator.meaning import meaning

if TYPE_CHECKING:
    from pathlib import Path


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
