"""A provider as it should be, and one with any defect: what the tests of probe and record ask."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from starlette.requests import Request

Payload = dict[str, Any]

#: A provider's key that nobody has but the tests.
KEY = "sk-the-key-of-the-tests-0123456789"
MODEL = "mock-1"

_NUMBERS = itertools.count(1)
_WORD = re.compile(r"[^\W\d_]+\W*|\d\W*|\s+|\W")


class Refused(Exception):  # noqa: N818 - it is an answer
    """A request that is refused, by a status and with a message."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.answer = JSONResponse(
            {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}}, status
        )


class Provider:
    """A provider. What a test overrides is its defect.

    Attributes: `asked`, the bodies of the requests so far.

    """

    key: str | None = None
    headers: Mapping[str, str] = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(routes=[Route("/v1/chat/completions", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> Response:
        """Answer a request."""
        try:
            body = self.read(request, await request.body())
        except Refused as refused:
            return refused.answer
        self.asked.append(body)
        if not body.get("stream"):
            return JSONResponse(self.whole(body))
        return StreamingResponse(self.stream(body), headers=dict(self.headers))

    def read(self, request: Request, data: bytes) -> Payload:
        """Return the body of a request; raise Refused."""
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            raise Refused(401, "Incorrect API key provided.")
        try:
            body: Payload = json.loads(data)
        except ValueError:
            raise Refused(400, "The body is not JSON.") from None
        if body.get("model") != MODEL:
            raise Refused(404, f"The model {body.get('model')!r} does not exist.", "model")
        if type(body.get("messages")) is not list:
            raise Refused(400, "messages is not an array.", "messages")
        return body

    # what is said

    def text(self, body: Payload) -> str:
        """Return the text of the answer."""
        asked = body["messages"][-1]["content"]
        if body.get("response_format", {}).get("type") == "json_object":
            return '{"name": "Galdhøpiggen", "height": 2469}'
        if "response_format" in body:
            return '{"planets": [{"name": "Mars", "moons": 2, "gaseous": false}]}'
        if found := re.search(r"the word (\w+) twenty", asked):
            return " ".join([found[1]] * 20)
        if "Repeat exactly: " in asked:
            return str(asked).partition(": ")[2]
        if "program exactly:" in asked:
            return str(asked).partition(":\n")[2]
        if "Translate" in asked:
            return "Żółw śpi, łódź płynie\n猫は暖かい屋根で\nबिल्ली"
        if "long list" in asked:
            return "\n".join(f"number {'i' * (n % 7)}" for n in range(120))
        if "full stop" in asked:
            return "."
        if "counterfeit" in asked:
            return "I'm sorry, I can't help with that."
        return f"An answer to: {asked}"

    def calls(self, body: Payload) -> list[tuple[str, str]]:
        """Return the tools that are called, with their arguments."""
        if not body.get("tools") or body.get("tool_choice") == "none":
            return []
        name = body["tools"][-1]["function"]["name"]
        if name == "current_time":
            return [(name, "{}")]
        if name == "book_table":
            wishes = [{"kind": "seat", "text": "window"}]
            party = {"size": 4, "diets": ["gluten-free"]}
            return [(name, json.dumps({"restaurant": "Casa Nova", "party": party, "wishes": wishes}))]
        places = ["Oslo", "Lima", "Cairo"] if body.get("parallel_tool_calls") else ["Oslo"]
        return [(name, json.dumps({"place": place})) for place in places]

    def pieces(self, body: Payload) -> tuple[list[str], str]:
        """Return the text in tokens, and how it finishes."""
        tokens = _WORD.findall(self.text(body))
        finish = "stop"
        text = "".join(tokens)
        for stop in body.get("stop", ()):
            if stop in text:
                text = text[: text.index(stop)]
                tokens = _WORD.findall(text)
        most = body.get("max_tokens", body.get("max_completion_tokens"))
        if most is not None and len(tokens) > most:
            tokens, finish = tokens[:most], "length"
        return tokens, finish

    def usage(self, count: int) -> Payload:
        """Return the usage of an answer."""
        return {"prompt_tokens": 12, "completion_tokens": count, "total_tokens": 12 + count}

    # how it is said

    def envelope(self, body: Payload, kind: str) -> Payload:
        """Return what all chunks have."""
        return {
            "id": f"chatcmpl-{next(_NUMBERS):08}",
            "object": kind,
            "created": int(time.time()),
            "model": body["model"],
            "system_fingerprint": "fp_test",
        }

    def logprobs(self, body: Payload, token: str) -> Payload | None:
        """Return the log probabilities of a token, if they are asked for."""
        if not body.get("logprobs"):
            return None
        entry = {"token": token, "logprob": -0.25, "bytes": list(token.encode())}
        others = [{**entry, "logprob": -0.25 - at} for at in range(body.get("top_logprobs", 0))]
        return {"content": [{**entry, "top_logprobs": others}], "refusal": None}

    def deltas(self, body: Payload) -> Iterator[tuple[Payload, Payload | None, str | None]]:
        """Yield the deltas of a choice, with log probabilities and finish reason."""
        calls = self.calls(body)
        if calls:
            yield {"role": "assistant", "content": None}, None, None
            for index, (name, arguments) in enumerate(calls):
                call = {"index": index, "id": f"call_{next(_NUMBERS):06}", "type": "function"}
                yield {"tool_calls": [{**call, "function": {"name": name, "arguments": ""}}]}, None, None
                for at in range(0, len(arguments), 7):
                    more = {"index": index, "function": {"arguments": arguments[at : at + 7]}}
                    yield {"tool_calls": [more]}, None, None
            named = type(body.get("tool_choice")) is dict
            yield {}, None, "stop" if named else "tool_calls"
            return
        empty: Payload | None = {"content": [], "refusal": None} if body.get("logprobs") else None
        yield {"role": "assistant", "content": "", "refusal": None}, empty, None
        tokens, finish = self.pieces(body)
        for token in tokens:
            yield {"content": token}, self.logprobs(body, token), None
        yield {}, None, finish

    def chunks(self, body: Payload) -> Iterator[Payload]:
        """Yield the chunks of a stream."""
        envelope = self.envelope(body, "chat.completion.chunk")
        options = body.get("stream_options") or {}
        extra: Payload = {"usage": None} if options.get("include_usage") else {}
        for index in range(body.get("n", 1)):
            for delta, logprobs, finish in self.deltas(body):
                choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
                yield {**envelope, "choices": [choice], **extra}
        if extra:
            yield {**envelope, "choices": [], "usage": self.usage(self.count(body))}

    def count(self, body: Payload) -> int:
        """Return how many tokens an answer has."""
        return len(self.pieces(body)[0]) if not self.calls(body) else 9

    def events(self, body: Payload) -> Iterator[bytes]:
        """Yield the events of a stream."""
        for chunk in self.chunks(body):
            yield b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"

    async def stream(self, body: Payload) -> AsyncIterator[bytes]:
        """Yield the bytes of a stream."""
        for number, event in enumerate(self.events(body)):
            yield event
            if number % 8 == 7:
                await asyncio.sleep(0.001)

    def whole(self, body: Payload) -> Payload:
        """Return an answer that is not streamed."""
        calls = [
            {
                "id": f"call_{next(_NUMBERS):06}",
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
            for name, arguments in self.calls(body)
        ]
        tokens, finish = self.pieces(body)
        message: Payload = {"role": "assistant", "content": "".join(tokens), "refusal": None}
        if calls:
            message, finish = (
                {"role": "assistant", "content": None, "refusal": None, "tool_calls": calls},
                "tool_calls",
            )
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        return {**self.envelope(body, "chat.completion"), "choices": [choice], "usage": self.usage(self.count(body))}


def changed(change: Callable[[Payload], Payload | None]) -> type[Provider]:
    """Return a provider whose chunks are changed; None: a chunk is left out."""

    class Changed(Provider):
        def chunks(self, body: Payload) -> Iterator[Payload]:
            for chunk in super().chunks(body):
                made = change(chunk)
                if made is not None:
                    yield made

    return Changed
