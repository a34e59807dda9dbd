"""Captures to compare, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.corpus import CORPUS
from validator.compare import compare
from validator.meaning import meaning

if TYPE_CHECKING:
    from pathlib import Path

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
