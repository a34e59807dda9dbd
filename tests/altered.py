"""Streams of the corpus made over: blocks several times, with other values in some places, or with other bytes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.corpus import CORPUS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

STREAMS = sorted(CORPUS.rglob("*.sse"))
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(rb"(?<=[:\[,])-?\d+(?:\.\d+)?(?=[,\]}])")

#: What stands in a text of a block that is like another, or nearly so.
TEXTS = [
    b"a", b" word", b"", b"\\n", b'\\"', b"\\\\", b"\\/", b"\\u0041", b"\\ud83d", "é".encode(), "日本".encode(),
    b"\xff", "\u2028".encode(), "\x85".encode(), b"<think>", b"<", b"think>", b"</tool_call>", "�".encode(),
    b"x" * 5000,
    b'","x":"', b'"', b"\\", b"\n", b"\r", b"\x00", b"}", b"{\\\"a\\\":", b"1}", b"[DONE]", b"stop", b"assistant",
]  # fmt: skip

PLAIN = [b"a", b" word", b"and\\n", b'\\"', "é".encode(), b" <", b"more", b"x" * 60]


def beside(path: Path) -> dict[str, Any]:
    """Return the metadata that stands beside a stream; none, if there is none."""
    meta = path.with_name(path.name.removesuffix(".sse") + ".meta.json")
    found: dict[str, Any] = json.loads(meta.read_bytes()) if meta.exists() else {}
    return found


def altered(block: bytes, chance: random.Random) -> bytes:
    """Return a block with other values in some places, or with other bytes."""
    values = [match for match in _STRING.finditer(block) if not block[match.end() :].startswith(b":")]
    spans = [(match.start() + 1, match.end() - 1) for match in values]
    spans += [match.span() for match in _NUMBER.finditer(block)] if chance.random() < 0.2 else []
    for start, end in sorted(chance.sample(spans, min(len(spans), chance.choice([1, 1, 1, 2, 3]))), reverse=True):
        number = block[start - 1 : start] != b'"'
        new = str(chance.choice([0, 1, 7, 2.5, 10**20])).encode() if number else chance.choice(TEXTS)
        block = block[:start] + new + block[end:]
    if chance.random() < 0.03:
        position = chance.randrange(len(block))
        block = block[:position] + bytes([chance.randrange(256)]) + block[position + chance.randrange(2) :]
    return block


def repeated(block: bytes) -> Iterator[bytes]:
    """Yield a block of a payload six times, each with another text where the longest of its texts stands."""
    texts = [match.span() for match in _STRING.finditer(block) if not block[match.end() :].startswith(b":")]
    if not block.startswith(b"data: {") or len(block) > 4000 or not texts:
        yield block
        return
    last = [span for span in texts if block[: span[0]].endswith((b'"content":', b'"arguments":', b'"refusal":'))]
    start, stop = (last or texts)[-1]
    yield block
    for text in (b"one", b"two", b" three", b"four\\n", b"five"):
        yield block[: start + 1] + text + block[stop - 1 :]


def stretched(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield the blocks of a stream, some of them several times over: one text changes, and at times more."""
    end = b"\r\n\r\n" if b"\r\n\r\n" in data else b"\n\n"
    for block in data.split(end):
        yield block + end
        if block.startswith(b"data: {") and chance.random() < 0.5:
            texts = [match.span() for match in _STRING.finditer(block) if not block[match.end() :].startswith(b":")]
            start, stop = chance.choice(texts) if texts else (0, 0)
            for _ in range(chance.randrange(2, 20)):
                if chance.random() < 0.25 or not texts:
                    yield altered(block, chance) + end
                else:
                    text = chance.choice(PLAIN if chance.random() < 0.8 else TEXTS[:20])
                    yield block[: start + 1] + text + block[stop - 1 :] + end
