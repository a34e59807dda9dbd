"""What means the same is no difference, or a minor one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.compare.answers import EVERY, STREAMS, UPSTREAM, call, chunk, compared, name, told
from tests.rechunked import rechunked, stream
from validator.compare import compare
from validator.meaning import meaning
from validator.place import PlaceError

if TYPE_CHECKING:
    from pathlib import Path


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
