"""The streams that are measured: made by a fixed seed, in the manner of OpenAI's, and clean by every rule."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, cycle, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: Words as a tokenizer cuts them: most whole, some in pieces, with punctuation, line ends, quotes and other scripts.
_WORDS = [
    [" the"], [" of"], [" a"], [" to"], [" and"], [" is"], [" stream"], [" sends"], [" each"], [" chunk"], [" in"],
    [" one"], [" event"], [","], ["."], [" server"], [" client"], [" reads"], [" it"], [" when"], [" text"],
    [" un", "mist", "ak", "ably"], [" back", "pressure"], [" re", "connect", "ion"], [" Zür", "ich"], [" nai", "ve"],
    [" Über", "tragung"], [" 日本", "語"], [" \"", "quoted", "\""], [".\n\n"], [":\n\n", "-"], [" `", "data", ":`"],
    ["\n", "```", "python", "\n"], [" 3", ".", "14"], [" C", ":\\", "temp"], [" —"], [" 🎉"],
]  # fmt: skip

_PAD = string.ascii_letters + string.digits


class Maker:
    """Makes the payloads of one stream: the same seed makes the same ones.

    Args:
        seed: what all that is made by chance depends on.
        padded: whether each chunk carries an obfuscation pad.

    """

    def __init__(self, seed: int = 1, *, padded: bool = True) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - it makes test data
        self._padded = padded
        self._head = {
            "id": f"chatcmpl-{self._letters(29)}",
            "object": "chat.completion.chunk",
            "created": 1772356322,
            "model": "gpt-4o-mini-2024-07-18",
            "service_tier": "default",
            "system_fingerprint": "fp_bfa3527827",
        }

    def content(self, chunks: int) -> Iterator[bytes]:
        """Yield the payloads of a stream with so many chunks of content."""
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        for token in islice(self._tokens(), chunks):
            yield self._chunk({"content": token})
        yield from self._end("stop", chunks)

    def tool_calls(self, chunks: int, each: int = 500) -> Iterator[bytes]:
        """Yield the payloads of a stream with so many chunks of tool calls, `each` of them for a call."""
        yield self._chunk({"role": "assistant", "content": None, "refusal": None})
        for number, start in enumerate(range(0, chunks, each)):
            function = {"name": "write_note", "arguments": ""}
            call = {"index": number, "id": f"call_{self._letters(24)}", "type": "function", "function": function}
            yield self._chunk({"tool_calls": [call]})
            fragments = chain(['{"', "text", '":"'], (json.dumps(token)[1:-1] for token in self._tokens()))
            for fragment in chain(islice(fragments, min(each, chunks - start) - 2), ['"}']):
                yield self._chunk({"tool_calls": [{"index": number, "function": {"arguments": fragment}}]})
        yield from self._end("tool_calls", chunks)

    def logprobs(self, chunks: int, others: int = 2) -> Iterator[bytes]:
        """Yield the payloads of a stream with log probabilities, of each token and of so many others in its place."""
        yield self._chunk({"role": "assistant", "content": "", "refusal": None}, {"content": [], "refusal": None})
        tokens = self._tokens()
        for token in islice(tokens, chunks):
            likely = self._likely(token, -self._chance.random())
            less = [self._likely(" or", -1 - rank - self._chance.random()) for rank in range(others - 1)]
            entry = {**likely, "top_logprobs": [likely, *less]}
            yield self._chunk({"content": token}, {"content": [entry], "refusal": None})
        yield from self._end("stop", chunks)

    def _likely(self, token: str, logprob: float) -> dict[str, Any]:
        return {"token": token, "logprob": round(logprob, 7), "bytes": list(token.encode())}

    def _tokens(self) -> Iterator[str]:
        while True:
            yield from self._chance.choice(_WORDS)

    def _letters(self, count: int) -> str:
        return "".join(self._chance.choices(_PAD, k=count))

    def _chunk(self, delta: dict[str, Any], logprobs: Any = None, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return self._payload([choice], None)

    def _payload(self, choices: list[Any], usage: Any) -> bytes:
        whole = {**self._head, "choices": choices, "usage": usage}
        if self._padded:
            whole["obfuscation"] = self._letters(self._chance.randrange(16))
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()

    def _end(self, reason: str, tokens: int) -> Iterator[bytes]:
        yield self._chunk({}, finish=reason)
        usage = {
            "prompt_tokens": 11, "completion_tokens": tokens, "total_tokens": tokens + 11,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                                          "rejected_prediction_tokens": 0},
        }  # fmt: skip
        yield self._payload([], usage)


Make = Callable[[int], Iterator[bytes]]

#: The kinds of long streams, and what makes one of so many chunks.
LONG: dict[str, Make] = {
    "content": lambda chunks: Maker().content(chunks),
    "content without pad": lambda chunks: Maker(padded=False).content(chunks),
    "tool calls": lambda chunks: Maker().tool_calls(chunks),
    "logprobs": lambda chunks: Maker().logprobs(chunks),
}


def stream(payloads: Iterable[bytes]) -> bytes:
    """Return the bytes of a stream of payloads, with the sentinel at its end."""
    return b"".join(b"data: %s\n\n" % payload for payload in chain(payloads, [b"[DONE]"]))


def short(count: int) -> list[bytes]:
    """Return so many short streams, each with a text of its own: a hello, as long as it takes to say."""
    return [stream(Maker(seed).content(4)) for seed in range(count)]


def _write(file: Path, size: int, start: bytes, body: list[bytes], end: bytes) -> None:
    """Write a start, what a body consists of again and again until the file has its size, and an end."""
    with file.open("wb", buffering=1 << 20) as out:
        written = out.write(start)
        for block in cycle(body):
            written += out.write(block)
            if written >= size:
                break
        out.write(end)


def _write_content(file: Path, size: int) -> None:
    payloads = list(Maker().content(20_000))
    _write(
        file,
        size,
        stream(payloads[:1])[:-14],
        [b"data: %s\n\n" % one for one in payloads[1:-2]],
        stream(payloads[-2:]),
    )


def _write_faults(file: Path, size: int) -> None:
    """Write a stream of which each chunk breaks a rule."""
    payloads = list(Maker().content(20_000))
    wrong = [one.replace(b'"delta":{', b'"delta":{"role":"assistant",') for one in payloads[1:-2]]
    _write(file, size, stream(payloads[:1])[:-14], [b"data: %s\n\n" % one for one in wrong], stream(payloads[-2:]))


#: The kinds of large captures, and what writes one of so many bytes.
LARGE: dict[str, Callable[[Path, int], None]] = {
    "content": _write_content,
    "faults in every chunk": _write_faults,
    "one line": lambda file, size: _write(file, size, b"data: ", [b"x" * 65_536], b"\n\n"),
    "one event of short lines": lambda file, size: _write(file, size, b"", [b"data: x\n" * 8_192], b"\n"),
}
