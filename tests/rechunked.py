"""A stream cut into other pieces: the same answer, as another server or a gateway could have sent it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from validator.payload import Json, decode
from validator.sse import events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def payloads(data: bytes) -> list[Any]:
    """Return the payloads of a stream, and the data of what is none."""
    found: list[Any] = []
    for event in events(data):
        if event.data is not None:
            decoded = decode(event.data)
            found.append(decoded.value if isinstance(decoded, Json) else event.data.decode())
    return found


def stream(found: list[Any]) -> bytes:
    """Return the stream of payloads."""
    texts = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in found)
    return "".join(f"data: {text}\n\n" for text in texts).encode("utf-8", "surrogatepass")


def rechunked(data: bytes, cut: Callable[[str], list[str]]) -> bytes:
    """Return a stream with the texts of each delta cut anew: each payload as several, the last with all else."""
    made = []
    for event in events(data):
        decoded = decode(event.data) if event.data is not None else None
        parts = list(_parts(decoded.value, cut)) if isinstance(decoded, Json) else []
        made.append(stream(parts) if len(parts) > 1 else event.raw)
    return b"".join(made)


def _parts(payload: Any, cut: Callable[[str], list[str]]) -> Iterator[Any]:
    rest = copy.deepcopy(payload)
    for choice in rest.get("choices") or () if isinstance(rest, dict) else ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if not isinstance(delta, dict):
            continue
        for name in ("content", "reasoning", "reasoning_content", "refusal"):
            if isinstance(delta.get(name), str):
                *before, delta[name] = cut(delta[name]) or [""]
                for piece in before:
                    yield _bare(rest, choice, {name: piece})
        calls = delta.get("tool_calls")
        for call in calls if isinstance(calls, list) and len(calls) == 1 else ():
            if type(call.get("index")) is not int or call["index"] < 0:
                continue
            function = call.get("function")
            if isinstance(function, dict) and isinstance(function.get("arguments"), str):
                *before, function["arguments"] = cut(function["arguments"]) or [""]
                for piece in before:
                    one = {"index": call["index"], "function": {"arguments": piece}}
                    yield _bare(rest, choice, {"tool_calls": [one]})
    yield rest


def _bare(payload: Any, choice: Any, delta: dict[str, Any]) -> dict[str, Any]:
    about = {name: payload[name] for name in ("id", "object", "created", "model") if name in payload}
    index = {"index": choice["index"]} if "index" in choice else {}
    return {**about, "choices": [{**index, "delta": delta, "finish_reason": None}]}
