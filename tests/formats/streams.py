"""Streams for reports to speak of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.command import chunkspec
from tests.corpus import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GOOD = CORPUS / "streams" / "openai" / "hello-world.sse"
BAD = CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse"

#: What acts somewhere if it is taken for more than text: a terminal, XML, HTML, Markdown, a CI log, SARIF.
HOSTILE = (
    "\x1b[31mred\x07 \u202ertl\u2028 ]]></failure><b>x</b><script>fetch('http://evil.example/a')</script>"
    "<img src=x onerror=\"document.title='owned'\"> ``` ```` **b** [l](http://evil.example) ![i](http://evil.example/i.png)"
    " @someone #1 | {0} \n::error::one\n ::set-output name=a::b\r\n##[error]two ##vso[task.complete]%0A::error::three"
)


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a chunk of an answer."""
    return {
        "id": "chatcmpl-A", "object": "chat.completion.chunk", "created": 1784532064,
        "model": "gpt-5.1-mini-2026-05-01", "service_tier": "default", "system_fingerprint": "fp_d38cc003e7",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}], **more,
    }  # fmt: skip


def stream(payloads: Iterable[Any], *, done: bool = True, end: str = "\n", ascii_only: bool = False) -> bytes:
    """Return a stream of payloads."""
    lines = [json.dumps(one, ensure_ascii=ascii_only, separators=(",", ":")) for one in payloads]
    return "".join(f"data: {line}{end}{end}" for line in [*lines, *(["[DONE]"] if done else [])]).encode()


def answer(*texts: str, end: str = "\n") -> bytes:
    """Return the stream of an answer in pieces."""
    pieces = [chunk({"content": text}) for text in texts]
    return stream([chunk({"role": "assistant", "content": "", "refusal": None}), *pieces, chunk({}, "stop")], end=end)


def hostile(folder: Path) -> Path:
    """Write a stream whose every text, and whose name, would like to act."""
    file = folder / "a`b|<i>,c%0A;[x](y) @z.sse"
    file.write_bytes(
        stream(
            [
                chunk({"role": HOSTILE, "content": HOSTILE}),
                chunk({"role": HOSTILE, HOSTILE: HOSTILE, "content": HOSTILE}, model=HOSTILE),
                chunk({"content": 5}, HOSTILE),
            ],
            ascii_only=True,
        )
        + f"{HOSTILE}: {HOSTILE}\n\n: {HOSTILE}\n\ndata: {HOSTILE}\n\n".encode()
    )
    return file


def check(*args: object) -> tuple[int, str, str]:
    """Run ``chunkspec check`` in this process, and return the exit code, stdout and stderr."""
    return chunkspec("check", *map(str, args))
