"""Streams in a few words: a list of steps, each a deviation from a template, as bytes and a sidecar.

A step is a word (``start``, ``done``, ...: `WORDS`), or a mapping of these keys, all optional:

- ``text``, ``think``: a piece of the answer, or of the reasoning (in ``reasoning_content``).
- ``times``: how often the text stands in it.
- ``call: [index, id, name, arguments]``: the first fragment of a tool call.
- ``args: [index, arguments]``: a later one. ``fragments: [...]``: fragments as they are sent.
- ``delta``, ``choice``, ``chunk``: members that are added to the delta, the choice or the chunk.
- ``finish``: the finish reason. ``usage: [prompt, completion]``: counts of tokens, beside empty choices.
- ``without: [id, choice.delta, ...]``: what is left out.
- ``json``: a payload in place of a chunk; ``data``: one that is text; ``raw``: text in place of a whole event.
- ``frame``: how a payload is sent; ``{}`` stands for it. ``cut``: how many characters of it are sent.
- ``swap: {text: bytes}``: what stands in place of a text; bytes are written as characters up to U+00FF.
- ``at``: seconds since the request; a step without it comes with the one before.
- ``close: true``: the end of the body.
"""

from __future__ import annotations

import copy
import json
from typing import Any

CHAT = {
    "id": "chatcmpl-DkR7w2mVxQe81TzYbLs0HnJc4uGfA",
    "object": "chat.completion.chunk",
    "created": 1781002341,
    "model": "gpt-5.1-mini-2026-05-01",
    "service_tier": "default",
    "system_fingerprint": "fp_3c1a9d27be",
    "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": None}],
}
LEGACY = {
    "id": "cmpl-DkR7w2mVxQe81TzYbLs0HnJc4uGfA",
    "object": "text_completion",
    "created": 1781002341,
    "choices": [{"text": "", "index": 0, "logprobs": None, "finish_reason": None}],
    "model": "gpt-3.5-turbo-instruct:20230824-v2",
}
REQUEST = {
    "chat.completions": {
        "model": "gpt-5.1-mini",
        "messages": [{"role": "user", "content": "Which way is north?"}],
        "stream": True,
    },
    "text.completion": {"model": "gpt-3.5-turbo-instruct", "prompt": "Which way is north?", "stream": True},
}
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}

WORDS: dict[str, dict[str, Any]] = {
    "start": {"delta": {"role": "assistant", "content": "", "refusal": None}},
    "start-call": {"delta": {"role": "assistant", "content": None}},
    "stop": {"finish": "stop"},
    "called": {"finish": "tool_calls"},
    "usage": {"usage": [11, 4]},
    "done": {"data": "[DONE]"},
}


def _chunk(step: dict[str, Any], every: dict[str, Any], protocol: str) -> dict[str, Any]:
    chunk: dict[str, Any] = copy.deepcopy(CHAT if protocol == "chat.completions" else LEGACY)
    choice = chunk["choices"][0]
    chunk |= every.get("chunk", {})
    choice |= every.get("choice", {})
    said: dict[str, Any] = {**every.get("delta", {}), **step.get("delta", {})}
    if "text" in step and protocol == "text.completion":
        choice["text"] = step["text"]
    elif "text" in step:
        said["content"] = step["text"] * step.get("times", 1)
    if "think" in step:
        said["reasoning_content"] = step["think"]
    fragments = list(step.get("fragments", ()))
    if "call" in step:
        index, name, function, text = step["call"]
        named = {"name": function, "arguments": text}
        fragments.append({"index": index, "id": name, "type": "function", "function": named})
    if "args" in step:
        fragments.append({"index": step["args"][0], "function": {"arguments": step["args"][1]}})
    if fragments:
        said["tool_calls"] = fragments
    if protocol == "chat.completions" or said or "delta" in step:
        choice["delta"] = said
    if "finish" in step:
        choice["finish_reason"] = step["finish"]
    choice |= step.get("choice", {})
    if "usage" in step:
        prompt, completion = step["usage"]
        chunk["choices"] = []
        chunk["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
    chunk |= step.get("chunk", {})
    for path in (*every.get("without", ()), *step.get("without", ())):
        if path.startswith("choice."):
            choice.pop(path.removeprefix("choice."), None)
        else:
            chunk.pop(path, None)
    return chunk


def _event(step: dict[str, Any], every: dict[str, Any], protocol: str) -> bytes:
    if step.get("close"):
        return b""
    if "raw" in step:
        text = step["raw"]
    else:
        if "data" in step:
            payload = step["data"]
        else:
            value = step["json"] if "json" in step else _chunk(step, every, protocol)
            payload = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        payload = payload[: step.get("cut")]
        text = (step.get("frame") or every.get("frame", "data: {}\n\n")).replace("{}", payload)
    sent: bytes = text.encode()
    for old, new in step.get("swap", {}).items():
        sent = sent.replace(old.encode(), new.encode("latin-1"))
    return sent


def build(entry: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of an entry's stream and what is known beside them, as a sidecar has it."""
    protocol = entry.get("protocol", "chat.completions")
    body = b""
    reads: list[list[float]] = []
    for one in entry["stream"]:
        step = WORDS[one] if isinstance(one, str) else one
        sent = _event(step, entry.get("every", {}), protocol)
        body += sent
        if "at" in step:
            reads.append([step["at"], len(sent)])
        elif reads:
            reads[-1][1] += len(sent)
    meta: dict[str, Any] = {"reads": reads} if reads else {}
    if "request" in entry or "offers" in entry:
        meta["request"] = REQUEST[protocol] | entry.get("request", {})
        if "offers" in entry:
            meta["request"]["tools"] = [
                {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
                for name in entry["offers"]
            ]
    if "headers" in entry or "status" in entry:
        meta["response"] = {"status": entry.get("status", 200), "headers": HEADERS | entry.get("headers", {})}
    if "ended" in entry:
        meta["ended"] = entry["ended"]
    return body, meta
