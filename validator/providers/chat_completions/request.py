"""What is asked of the provider: a request that it can answer exactly as asked, or why it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from validator.providers.openai import error
from validator.yamlfile import PROTOCOLS

#: Where the data of the provider stand.
DATA = PROTOCOLS / "chat_completions" / "provider"

#: A token, as this provider counts them: a word or a sign, with the space before it.
_TOKEN = re.compile(r"\{\}|\s*(?:[^\W_]+|[^\w\s]|_)|\s+")


class Refused(ValueError):  # noqa: N818 - it says what is the case
    """A request that is answered by an error; `status` is its HTTP status, `error` the body."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.error = error(message, param=param, code=code)


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that may be called."""

    name: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is understood.

    `prompt` is what the user said last, `limit` the most tokens of each choice. `must` says whether a tool is to be
    called: ``none``, ``auto``, ``required``, or ``named``, where `tools` is that one alone. `shape` is the JSON
    Schema of the text, if it is to be JSON. `body` is the request as it came.
    """

    body: dict[str, Any]
    prompt: str
    limit: int | None
    stops: tuple[str, ...]
    tools: tuple[Tool, ...]
    must: str
    shape: dict[str, Any] | None

    @classmethod
    def parse(cls, data: bytes) -> Request:
        """Read the body of a request.

        Raises:
            Refused: it is not JSON, or asks for what cannot be.

        """
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise Refused(f"the body of the request is not JSON: {error.msg}") from None
        if (wrong := next(_schema().iter_errors(body), None)) is not None:
            path = ".".join(str(step) for step in wrong.instance_path)
            raise Refused(f"{path or 'the request'}: {wrong.message[:200]}", path or None)
        _contradictions(body)
        tools = _offered(body)
        choice: Any = body.get("tool_choice") or ("auto" if tools else "none")
        must = choice if isinstance(choice, str) else "named"
        if must == "named" and choice["type"] == "allowed_tools":
            must = choice["allowed_tools"]["mode"]
        stop = body.get("stop") or ()
        return cls(
            body=body,
            prompt=_said(body["messages"]),
            limit=body.get("max_completion_tokens") or body.get("max_tokens"),
            stops=(stop,) if isinstance(stop, str) else tuple(one for one in stop if one),
            tools=tools,
            must=must,
            shape=_shape(body.get("response_format") or {}),
        )

    @property
    def answers_a_tool(self) -> bool:
        """Whether what came last is the result of a tool, which wants an answer in words."""
        return bool(self.body["messages"][-1]["role"] == "tool")

    @property
    def prompt_tokens(self) -> int:
        """How many tokens the messages take."""
        texts = (_text(one.get("content")) for one in self.body["messages"])
        return sum(3 + len(tokens(text)) for text in texts)


def tokens(text: str) -> list[str]:
    """Return the tokens of a text, which joined are the text."""
    return _TOKEN.findall(text)


@cache
def _schema() -> Any:
    return jsonschema_rs.validator_for(orjson.loads((DATA / "request.json").read_bytes()))


def _contradictions(body: dict[str, Any]) -> None:
    """Refuse what the members of a request say against each other."""
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise Refused("'top_logprobs' needs 'logprobs' to be true", "top_logprobs")
    if body.get("stream_options") is not None and not body.get("stream"):
        raise Refused("'stream_options' is only for 'stream': true", "stream_options")
    if body.get("tool_choice") is not None and not body.get("tools"):
        raise Refused("'tool_choice' needs 'tools'", "tool_choice")


def _offered(body: dict[str, Any]) -> tuple[Tool, ...]:
    """Return the tools that may be called."""
    offered = {
        one["function"]["name"]: Tool(one["function"]["name"], one["function"].get("parameters") or {})
        for one in body.get("tools") or ()
    }
    choice = body.get("tool_choice")
    if not isinstance(choice, dict):
        return tuple(offered.values())
    wanted = choice["allowed_tools"]["tools"] if choice["type"] == "allowed_tools" else [choice]
    names = [one.get("function", {}).get("name") for one in wanted if isinstance(one, dict)]
    if unknown := [name for name in names if name not in offered]:
        raise Refused(f"'tool_choice' names {unknown[0]!r:.80}, which is not among 'tools'", "tool_choice")
    return tuple(offered[name] for name in names)


def _shape(response_format: dict[str, Any]) -> dict[str, Any] | None:
    if response_format.get("type") == "json_object":
        return {"type": "object", "required": ["answer"], "properties": {"answer": {"type": "string"}}}
    if response_format.get("type") == "json_schema":
        schema: dict[str, Any] = response_format["json_schema"].get("schema") or {"type": "object"}
        return schema
    return None


def _said(messages: list[dict[str, Any]]) -> str:
    return next((_text(one.get("content")) for one in reversed(messages) if one["role"] == "user"), "")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "".join(one["text"] for one in parts if isinstance(one.get("text"), str))
