"""Time grows with the length of a stream and with nothing else: four times the stream takes four times the steps.

Steps are calls, of Python and of C, so that the machine's load does not matter. What one C call may cost beyond its
count is held by the processor time, where ``CHUNKSPEC_PROPERTIES=deep`` asks for it.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.formats.streams import chunk, stream
from tests.properties import DEEP
from validator import StreamValidator
from validator.judge import Judge
from validator.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = chunk({"role": "assistant", "content": "", "refusal": None})
END = chunk({}, "stop")
TOKEN = {"token": "a", "logprob": -1.0, "bytes": [97]}


def answer(*chunks: dict[str, Any]) -> bytes:
    return stream([ROLE, *chunks, END])


def choices(count: int, **delta: Any) -> dict[str, Any]:
    """Return a chunk of so many choices; all their numbers are beyond what anybody asks for, so all are errors."""
    one = chunk(delta)["choices"][0]
    return chunk({}) | {"choices": [{**one, "index": 1000 + n} for n in range(count)]}


def call(index: int, arguments: str = "{}") -> dict[str, Any]:
    function = {"name": "f", "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": function}


def one_payload(inside: str) -> bytes:
    return f'data: {{"id":"a","choices":[],"x":{inside}}}\n\n'.encode() + answer()


#: How much of it, and the stream made of that. With both, a fourth and all, no rule sets in that is silent otherwise.
SHAPES: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "many-events": (100, lambda n: answer(*[chunk({"content": f"word {k}"}) for k in range(n)])),
    "many-alike-events": (300, lambda n: answer(*[chunk({"content": "word"})] * n)),
    "events-with-an-error-each": (50, lambda n: answer(*[ROLE] * n)),
    "events-with-another-error-each": (50, lambda n: answer(*[chunk({}) | {f"x_{k}": k} for k in range(n)])),
    "many-kinds-of-one-error": (50, lambda n: answer(*[chunk({f"x_{k}": k}) for k in range(n)])),
    "ids-that-change": (50, lambda n: answer(*[chunk({"content": "a"}) | {"id": f"id-{k}"} for k in range(n)])),
    "one-huge-event": (20_000, lambda n: answer(chunk({"content": "x" * n}))),
    "one-huge-comment": (20_000, lambda n: b":" + b"x" * n + b"\n\n" + answer()),
    "many-comments": (200, lambda n: b": ping\n\n" * n + answer()),
    "many-blank-lines": (200, lambda n: b"\n" * n + answer()),
    "many-short-lines-in-one-event": (300, lambda n: b":\n" * n + b"\n" + answer()),
    "many-data-lines-in-one-event": (300, lambda n: b"data: 1\n" * n + b"\n" + answer()),
    "many-unknown-fields": (300, lambda n: b"".join(b"f%d: x\n" % k for k in range(n)) + b"\n" + answer()),
    "carriage-returns-alone": (200, lambda n: answer(*[chunk({"content": "a"})] * n).replace(b"\n", b"\r")),
    "mixed-line-ends": (200, lambda n: b": a\r\n: b\r: c\n\n" * n + answer()),
    "many-choices-in-one-payload": (200, lambda n: answer(choices(n, content="a"))),
    "many-choices-with-an-error-each": (200, lambda n: answer(choices(n, role=5))),
    "many-choices-each-twice": (200, lambda n: answer(choices(n, role="assistant"), choices(n, role="assistant"))),
    "many-choices-one-by-one": (
        200,
        lambda n: answer(*[chunk({}) | {"choices": [{**END["choices"][0], "index": 1000 + k}]} for k in range(n)]),
    ),
    "choices-beyond-the-limit": (150, lambda n: answer(*[choices(n, content="a")] * 2)),
    "many-tool-calls-in-one-payload": (60, lambda n: answer(chunk({"tool_calls": [call(k) for k in range(n)]}))),
    "many-tool-calls-one-by-one": (60, lambda n: answer(*[chunk({"tool_calls": [call(k)]}) for k in range(n)])),
    "many-fragments-of-arguments": (100, lambda n: answer(*[chunk({"tool_calls": [call(0, "x")]})] * n)),
    "growing-arguments": (
        60,
        lambda n: answer(*[chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"a":"'}}]})] * n),
    ),
    "long-arguments-that-are-no-json": (5_000, lambda n: answer(chunk({"tool_calls": [call(0, "[" * n)]}))),
    "values-in-a-row-as-arguments": (3_000, lambda n: answer(chunk({"tool_calls": [call(0, "{}" * n)]}))),
    "nesting-to-the-limit-often": (30, lambda n: one_payload("[" + ",".join(["[" * 60 + "]" * 60] * n) + "]")),
    "nesting-beyond-all-limits": (20_000, lambda n: one_payload("[" * n + "]" * n)),
    "nesting-that-never-ends": (20_000, lambda n: one_payload("[" * n)),
    "objects-that-never-end": (5_000, lambda n: one_payload('{"a":' * n)),
    "a-string-of-escapes": (5_000, lambda n: one_payload('"' + r"\u00e9\n" * n + '"')),
    "a-string-of-lone-surrogates": (400, lambda n: one_payload('"' + r"\ud83d" * n + '"')),
    "a-string-that-never-ends": (20_000, lambda n: one_payload('"' + "x" * n)),
    "many-duplicate-keys": (400, lambda n: one_payload("{" + ",".join(['"a":1'] * n) + "}")),
    "many-duplicate-keys-at-the-top": (200, lambda n: b"data: {" + b'"x":1,' * n + b'"id":"a"}\n\n' + answer()),
    "many-members": (400, lambda n: answer(chunk({}) | {f"x{k}": 1 for k in range(n)})),
    "a-long-integer": (20_000, lambda n: one_payload("9" * n)),
    "a-long-fraction": (20_000, lambda n: one_payload("0." + "9" * n)),
    "many-long-integers": (100, lambda n: one_payload("[" + ",".join(["9" * 40] * n) + "]")),
    "many-numbers-too-great": (200, lambda n: one_payload("[" + ",".join(["1e400"] * n) + "]")),
    "many-payloads-that-are-no-json": (60, lambda n: b'data: {"a":\n\n' * n + answer()),
    "many-sentinels": (60, lambda n: answer() + b"data: [DONE]\n\n" * n),
    "no-stream-at-all": (20_000, lambda n: b"x" * n),
    "html": (2_000, lambda n: b"<html>\n" + b"<p>no stream\n" * n),
    "zeros": (20_000, lambda n: b"data: " + b"\0" * n + b"\n\n"),
    "bytes-that-are-no-text": (2_000, lambda n: b"data: " + b"\xff\xc3" * n + b"\n\n"),
    "many-logprobs": (
        100,
        lambda n: answer(
            chunk({"content": "a"})
            | {
                "choices": [
                    {
                        **chunk({"content": "a" * n})["choices"][0],
                        "logprobs": {"content": [{**TOKEN, "top_logprobs": []}] * n},
                    }
                ]
            }
        ),
    ),
}  # fmt: skip


JUDGE = Judge(limits=Limits().changed({"instances": 100, "lines": 10**9}, "test"))


def judged(data: bytes) -> int:
    one = StreamValidator(judge=JUDGE)
    for at in range(0, len(data), 8192):
        one.feed(data[at : at + 8192])
    text = json.dumps(one.close().to_dict())
    return len(text)


def steps(data: bytes) -> int:
    """Return how many calls judging a stream takes."""
    count = 0

    def called(frame: object, event: str, arg: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        judged(data)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_stream_takes_four_times_the_steps(shape: str) -> None:
    size, made = SHAPES[shape]
    judged(made(2))
    usual = steps(made(2))
    once, more = (steps(made(size * k)) - usual for k in (1, 4))
    # what is told of a stream is bounded, so that less than four times is no wonder
    assert more <= 4.4 * max(once, 0) + usual / 2, (usual, once, more)


@pytest.mark.skipif(not DEEP, reason="takes minutes: CHUNKSPEC_PROPERTIES=deep")
@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_a_long_stream_takes_about_four_times_the_time(shape: str) -> None:
    size, made = SHAPES[shape]
    data = made(size)
    size = max(size, 60_000 * size // len(data))

    def seconds(times: int) -> float:
        long = made(size * times)
        gc.collect()
        begun = time.process_time()
        judged(long)
        return time.process_time() - begun

    once = seconds(1)
    assert seconds(4) <= 7 * once + 0.1
