"""Answers of a server, and what a client sees of them."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from tests.corpus import CORPUS
from tests.loopback import HEADERS, Answer
from validator.httpx_transport import AsyncValidatingTransport, ValidatingTransport

BODY = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
EVENTS = [event + b"\n\n" for event in BODY.split(b"\n\n") if event]
TWICE = [event.replace(b'{"content":"Hello"}', b'{"role":"assistant","content":"Hello"}') for event in EVENTS]
IGNORE = ["created-vs-arrival", "model-echo", "usage-iff-requested"]
ASKED = {"model": "gpt-5.1-mini", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
SSE = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}

See = Callable[[Any, Any, str], list[Any]]


def patience(url: str) -> float:
    """Return how long to wait for a response: not long for one that is to time out."""
    return 1.5 if url.endswith("/timeout") else 60


def seen_sync(library: Any, transport: Any, url: str) -> list[Any]:
    """Return what a client sees of a response: head, pieces, how it ended."""
    seen: list[Any] = []
    with library.Client(transport=transport, timeout=patience(url)) as client:
        try:
            with client.stream("POST", url, json=ASKED) as response:
                seen.append((response.status_code, sorted(response.headers.items()), response.http_version))
                seen.extend(response.iter_raw())
                seen.append((response.is_closed, response.num_bytes_downloaded))
        except Exception as error:
            seen.append((type(error), str(error)))
    return seen


def seen_async(library: Any, transport: Any, url: str) -> list[Any]:
    """Do the same with an async client."""

    async def see() -> list[Any]:
        seen: list[Any] = []
        async with library.AsyncClient(transport=transport, timeout=patience(url)) as client:
            try:
                async with client.stream("POST", url, json=ASKED) as response:
                    seen.append((response.status_code, sorted(response.headers.items()), response.http_version))
                    async for piece in response.aiter_raw():
                        seen.append(piece)  # noqa: PERF401 - what came before an error counts
                    seen.append((response.is_closed, response.num_bytes_downloaded))
            except Exception as error:
                seen.append((type(error), str(error)))
        return seen

    return asyncio.run(see())


def compressed(events: Sequence[bytes]) -> list[bytes]:
    """Return events compressed as servers do it: each flushed."""
    packer = zlib.compressobj(wbits=31)
    return [*(packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in events), packer.flush()]


PACKED = {**HEADERS, "Content-Encoding": "gzip"}
ANSWERS = {
    "/good": Answer(EVENTS, pause=0.002),
    "/twice": Answer(TWICE),
    "/odd-pieces": Answer([BODY[start : start + 100] for start in range(0, len(BODY), 100)]),
    "/gzip": Answer(compressed(TWICE), headers=PACKED),
    "/no-gzip": Answer(EVENTS, headers=PACKED),
    "/cut": Answer(EVENTS[:3], end="cut"),
    "/reset": Answer(EVENTS[:3], end="reset"),
    "/timeout": Answer(EVENTS[:3], end="hang"),
    "/json": Answer([b'{"error": {"message": "no"}}'], headers={"Content-Type": "application/json"}),
    "/refused": Answer([b'{"error": {"message": "no"}}'], headers={"Content-Type": "application/json"}, status=429),
    "/empty": Answer([]),
}


def validating(see: See, **options: Any) -> Any:
    """Return the transport for a sort of client."""
    return (ValidatingTransport if see is seen_sync else AsyncValidatingTransport)(**options)
