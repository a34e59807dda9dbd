"""An answer as the provider sends it: as the payloads of a stream, or as one object, in the manner of OpenAI."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.providers.chat_completions.answer import Answer, Call, Choice
    from validator.providers.chat_completions.request import Request

#: How likely every token is, and how much less likely each next candidate for its place.
LOGPROB = -0.25

FINGERPRINT = "fp_5a0b7c11e2"


def streamed(request: Request, answer: Answer, id: str, created: int) -> Iterator[dict[str, Any]]:  # noqa: A002 - it is one
    """Yield the chunks of a stream; `created` are seconds since 1970."""
    asked = request.body.get("stream_options") or {}
    wants_usage = asked.get("include_usage") is True
    padded = asked.get("include_obfuscation") is not False

    def chunk(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> dict[str, Any]:
        made = {**_envelope(request, id, created, "chat.completion.chunk"), "choices": choices}
        if wants_usage:
            made["usage"] = usage
        if padded:
            made["obfuscation"] = "snow"[: 4 - len(str(choices)) % 4]
        return made

    parts = [list(_parts(choice, request, index)) for index, choice in enumerate(answer.choices)]
    for at_once in zip_longest(*parts):
        yield from (chunk([one]) for one in at_once if one is not None)
    if wants_usage:
        yield chunk([], _usage(answer))


def whole(request: Request, answer: Answer, id: str, created: int) -> dict[str, Any]:  # noqa: A002 - it is one
    """Return the object that answers a request which asks for no stream."""
    return {
        **_envelope(request, id, created, "chat.completion"),
        "choices": [_whole_choice(choice, request, index) for index, choice in enumerate(answer.choices)],
        "usage": _usage(answer),
    }


def _envelope(request: Request, id: str, created: int, kind: str) -> dict[str, Any]:  # noqa: A002 - it is one
    asked = request.body.get("service_tier")
    return {
        "id": id,
        "object": kind,
        "created": created,
        "model": request.body["model"],
        "service_tier": {None: "default", "auto": "default", "fast": "priority"}.get(asked, asked),
        "system_fingerprint": FINGERPRINT,
    }


def _parts(choice: Choice, request: Request, index: int) -> Iterator[dict[str, Any]]:
    """Yield the deltas of one choice, each in what a chunk has of it."""

    def part(delta: dict[str, Any], logprobs: Any = None, finish: str | None = None) -> dict[str, Any]:
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}

    wanted = request.body.get("logprobs") is True
    side = "refusal" if choice.refusal else "content"
    none_yet: dict[str, Any] = {"content": None, "refusal": None, side: []}
    fragments = [one for place, call in enumerate(choice.calls) for one in _fragments(call, place)]
    if len(choice.calls) == 1:
        yield part({"role": "assistant", "content": None, "tool_calls": [fragments.pop(0)], "refusal": None})
    elif choice.calls:
        yield part({"role": "assistant", "content": None})
    else:
        first = {"content": None, "refusal": ""} if choice.refusal else {"content": "", "refusal": None}
        yield part({"role": "assistant", **first}, none_yet if wanted else None)
    for token in (*choice.text, *choice.refusal):
        logprobs = {"content": None, "refusal": None, side: [_logprob(token, request)]} if wanted else None
        yield part({side: token}, logprobs)
    for fragment in fragments:
        yield part({"tool_calls": [fragment]})
    yield part({}, finish=choice.finish)


def _fragments(call: Call, place: int) -> Iterator[dict[str, Any]]:
    named = {"name": call.name, "arguments": ""}
    yield {"index": place, "id": call.id, "type": "function", "function": named}
    for one in call.arguments:
        yield {"index": place, "function": {"arguments": one}}


def _logprob(token: str, request: Request) -> dict[str, Any]:
    count = request.body.get("top_logprobs") or 0
    others = [token, *(f"{token}{sign}" for sign in "abcdefghijklmnopqrs")][:count]
    top = [_candidate(one, LOGPROB * (3 * place + 1)) for place, one in enumerate(others)]
    return {**_candidate(token, LOGPROB), "top_logprobs": top}


def _candidate(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _whole_choice(choice: Choice, request: Request, index: int) -> dict[str, Any]:
    side = "refusal" if choice.refusal else "content"
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if choice.calls or choice.refusal else "".join(choice.text),
        "refusal": "".join(choice.refusal) or None,
        "annotations": [],
    }
    if choice.calls:
        message["tool_calls"] = [
            {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": "".join(one.arguments)}}
            for one in choice.calls
        ]
    logprobs = None
    if request.body.get("logprobs") is True and not choice.calls:
        entries = [_logprob(token, request) for token in (*choice.text, *choice.refusal)]
        logprobs = {"content": None, "refusal": None, side: entries}
    return {"index": index, "message": message, "logprobs": logprobs, "finish_reason": choice.finish}
