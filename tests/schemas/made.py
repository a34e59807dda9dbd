"""Payloads with what a row of the tests changes in them, and pointers to their parts."""

from __future__ import annotations

from typing import Any

GONE = object()  # as a member's value: leave the member out


def members(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not GONE}


def chat(*choices: object, **top: object) -> dict[str, Any]:
    return members(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1772356322,
            "model": "gpt-4o-mini-2024-07-18",
            "choices": list(choices),
            **top,
        }
    )


def choice(delta: object = GONE, **rest: object) -> dict[str, Any]:
    return members({"index": 0, "delta": {} if delta is GONE else delta, "finish_reason": None, **rest})


def said(**delta: object) -> dict[str, Any]:
    return chat(choice(delta))


def fragment(**given: object) -> dict[str, Any]:
    return said(tool_calls=[members({"index": 0, "function": {"arguments": "{"}, **given})])


def token(**given: object) -> dict[str, Any]:
    return members({"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": [], **given})


def likely(**given: object) -> dict[str, Any]:
    return token(top_logprobs=[members({"token": "Hi", "logprob": -0.5, "bytes": [72, 105], **given})])


def told(content: object, refusal: object = None) -> dict[str, Any]:
    return chat(choice({"content": "Hi"}, logprobs={"content": content, "refusal": refusal}))


def used(**given: object) -> dict[str, Any]:
    return chat(usage=members({"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15, **given}))


def result(**given: object) -> dict[str, Any]:
    return members(
        {
            "type": "moderation_result",
            "model": "omni-moderation-latest",
            "flagged": True,
            "categories": {"violence": True},
            "category_scores": {"violence": 0.9},
            "category_applied_input_types": {"violence": ["text", "image"]},
            **given,
        }
    )


def side(**given: object) -> dict[str, Any]:
    return members({"type": "moderation_results", "model": "omni-moderation-latest", "results": [result()], **given})


def moderated(given: object = GONE, answer: object = GONE) -> dict[str, Any]:
    failed = {"type": "error", "code": "timeout", "message": "It took too long."}
    return chat(
        moderation={
            "input": side() if given is GONE else given,
            "output": failed if answer is GONE else answer,
        }
    )


def failed(**given: object) -> dict[str, Any]:
    return {"error": members({"message": "It broke.", "type": "server_error", "param": None, "code": None, **given})}


def text(*choices: object, **top: object) -> dict[str, Any]:
    return chat(*choices, object=top.pop("object", "text_completion"), id="cmpl-1", **top)


def piece(**given: object) -> dict[str, Any]:
    return members({"text": "Hi", "index": 0, "logprobs": None, "finish_reason": None, **given})


CHOICES = "/choices"
CHOICE = "/choices/0"
DELTA = "/choices/0/delta"
CALLS = "/choices/0/delta/tool_calls"
CALL = "/choices/0/delta/tool_calls/0"
TOKENS = "/choices/0/logprobs/content"
TOKEN = "/choices/0/logprobs/content/0"  # noqa: S105 - a pointer, no secret
INPUT = "/moderation/input"
RESULT = "/moderation/input/results/0"
