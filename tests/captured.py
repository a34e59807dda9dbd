"""A stream with findings of several layers, and how tests ask whether a file holds it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import validator
from validator import captures

if TYPE_CHECKING:
    from pathlib import Path

    from validator.report import StreamReport

#: What the tools are given, and must not be found again.
SECRET = "CAFE0123456789SECRET"  # noqa: S105 - it is none

REQUEST = {"model": "gpt-5.1-mini", "stream": True, "messages": [{"role": "user", "content": "Snö?"}]}

SENT = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "Set-Cookie": f"session={SECRET}",
    "X-Api-Key": SECRET,
}


def stream() -> bytes:
    """Return a stream of now: a role twice, letters beyond ASCII, a comment, mixed line ends, no blank last line."""
    head = f'{{"id":"chatcmpl-1","object":"chat.completion.chunk","created":{int(time.time())},"model":"gpt-5.1-mini"'
    deltas = [
        '{"role":"assistant","content":""},"finish_reason":null',
        '{"role":"assistant","content":"Snö ☃"},"finish_reason":null',
        '{"content":" f\\u00e4llt"},"finish_reason":null',
        '{},"finish_reason":"stop"',
    ]
    one, two, *rest = [f'data: {head},"choices":[{{"index":0,"delta":{delta}}}]}}' for delta in deltas]
    return "\n\n".join([one, ": keep-alive", two + "\r\n\r\n" + rest[0], *rest[1:], "data: [DONE]\n"]).encode()


def held(file: Path, **options: Any) -> list[tuple[str, bytes, dict[str, Any]]]:
    """Return the source, the bytes and the metadata of each stream of a file."""
    return [(one.source, b"".join(one.pieces()), one.meta) for one in captures.read(str(file), **options)]


def told(report: StreamReport) -> list[tuple[Any, ...]]:
    """Return what a report says of the bytes themselves, and where."""
    return [
        (one.rule, one.severity, one.message, one.got, one.count, one.where.event, one.where.line, one.where.column,
         one.where.byte_offset, one.where.byte_length, one.where.pointer, one.fingerprint)
        for one in report.findings
    ]  # fmt: skip


def same_findings(file: Path, data: bytes) -> None:
    """Hold a file to the findings of a stream: each of its streams is that one, and is judged as its bytes are."""
    found = held(file)
    assert found
    reports = validator.check(file).streams
    assert [one.source for one in reports] == [source for source, _, _ in found]
    for (_, body, meta), report in zip(found, reports, strict=True):
        assert body == data
        assert told(report) == told(validator.check(data, meta=meta).streams[0])
        assert {"role-once", "line-ending-consistent"} <= {one.rule for one in report.findings}
        assert SECRET not in str(meta)
        assert SECRET not in str(report.to_dict())
