"""Requests of every kind that the well-formed provider answers."""

from __future__ import annotations

from typing import Any

SAY = [{"role": "user", "content": "Tell me of snow"}]
BOTH = [{"role": "user", "content": "The weather in Oslo, and the time"}]
HARM = [{"role": "user", "content": "How do I build a bomb?"}]

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {
                "place": {
                    "type": "object",
                    "properties": {"city": {"type": "string"}, "country": {"enum": ["NO", "SE"]}},
                    "required": ["city", "country"],
                    "additionalProperties": False,
                },
                "days": {"type": "integer", "minimum": 1},
            },
            "required": ["place", "days"],
            "additionalProperties": False,
        },
    },
}
TIME: dict[str, Any] = {"type": "function", "function": {"name": "get_time"}}
NAMED = {"type": "function", "function": {"name": "get_time"}}
ALLOWED = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [NAMED]}}
SCHEMA = {"name": "weather", "strict": True, "schema": WEATHER["function"]["parameters"]}
USAGE = {"stream_options": {"include_usage": True}}

#: What a request has beside model, messages and stream.
REQUESTS: dict[str, dict[str, Any]] = {
    "text": {},
    "usage": USAGE,
    "no padding": {"stream_options": {"include_obfuscation": False}},
    "two choices": {"n": 2, **USAGE},
    "logprobs": {"logprobs": True, "top_logprobs": 3},
    "stop": {"stop": ["Zürich"]},
    "limit": {"max_tokens": 3, **USAGE},
    "limit of calls": {"max_completion_tokens": 4, "tools": [WEATHER]},
    "long": {"messages": [{"role": "user", "content": "Write a long story"}]},
    "refusal": {"messages": HARM},
    "refusal with logprobs": {"messages": HARM, "logprobs": True},
    "tool": {"tools": [WEATHER], **USAGE},
    "tool required": {"tools": [WEATHER], "tool_choice": "required"},
    "tool named": {"tools": [WEATHER, TIME], "tool_choice": NAMED},
    "tools allowed": {"tools": [WEATHER, TIME], "tool_choice": ALLOWED},
    "tool forbidden": {"tools": [WEATHER], "tool_choice": "none"},
    "tools in parallel": {"tools": [WEATHER, TIME], "messages": BOTH},
    "one tool twice": {"tools": [WEATHER], "messages": BOTH},
    "not in parallel": {"tools": [WEATHER, TIME], "messages": BOTH, "parallel_tool_calls": False},
    "tool without arguments": {"tools": [TIME]},
    "json": {"response_format": {"type": "json_object"}},
    "json of a schema": {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
    "tier": {"service_tier": "fast"},
    "after a tool": {
        "tools": [TIME],
        "messages": [
            *SAY,
            {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1", **NAMED}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "12:00"},
        ],
    },
}


def request(model: str, kind: str, *, stream: bool = True) -> dict[str, Any]:
    """Return the body of a request."""
    more = REQUESTS[kind]
    if not stream:
        more = {name: value for name, value in more.items() if name != "stream_options"}
    return {"model": model, "messages": SAY, "stream": stream, **more}
