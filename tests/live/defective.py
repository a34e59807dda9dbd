"""Providers that have one defect each, and one that says what it cannot do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.live.provider import MODEL, Payload, Provider, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


class NoDone(Provider):
    def events(self, body: Payload) -> Iterator[bytes]:
        return (event for event in super().events(body) if b"[DONE]" not in event)


class AnyModel(Provider):
    def read(self, request: Request, data: bytes) -> Payload:
        try:
            return super().read(request, data)
        except Refused as refused:
            if refused.answer.status_code != 404:
                raise
            return {**json.loads(data), "model": MODEL}


class AnyKey(Provider):
    def read(self, request: Request, data: bytes) -> Payload:
        if "authorization" not in request.headers:
            raise Refused(401, "no key")
        return super().read(request, data)


class ErrorsInStreams(Provider):
    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        if answer.status_code == 400:
            body = b"data: " + bytes(answer.body) + b"\n\ndata: [DONE]\n\n"
            return Response(
                body, 200, {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
            )
        return answer


class ErrorPages(Provider):
    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        return HTMLResponse("<h1>Bad Request</h1>", 400) if answer.status_code == 400 else answer


class Details(Provider):
    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        return JSONResponse({"detail": "not found"}, 404) if answer.status_code == 404 else answer


class OtherTwin(Provider):
    def whole(self, body: Payload) -> Payload:
        made = super().whole(body)
        message = made["choices"][0]["message"]
        if message["content"]:
            message["content"] = message["content"].replace("planet", "star")
        return made


class Unreadable(Provider):
    """Streams data that are no JSON."""

    def events(self, body: Payload) -> Iterator[bytes]:
        yield b"data: {oops\n\n"
        yield from super().events(body)


class OddKeys(Provider):
    """Has members that no rule could name, in answers that are not streamed."""

    def whole(self, body: Payload) -> Payload:
        answer = super().whole(body)
        answer["choices"][0]["message"]["odd key..[]"] = 1
        return {**answer, "": 2, "@a b": 3}


class LostCalls(Provider):
    def whole(self, body: Payload) -> Payload:
        made = super().whole(body)
        made["choices"][0]["message"].pop("tool_calls", None)
        return made


class OtherUsage(Provider):
    def whole(self, body: Payload) -> Payload:
        return {**super().whole(body), "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


class Mixing(Provider):
    def text(self, body: Payload) -> str:
        text = super().text(body)
        return text + " tamarind" if "marzipan" in text else text


class OneChoice(Provider):
    def chunks(self, body: Payload) -> Iterator[Payload]:
        return super().chunks({**body, "n": 1})


class NoUsage(Provider):
    def chunks(self, body: Payload) -> Iterator[Payload]:
        return super().chunks({**body, "stream_options": None})


class IgnoresStop(Provider):
    def pieces(self, body: Payload) -> tuple[list[str], str]:
        return super().pieces({**body, "stop": ()})


class Half(Provider):
    def events(self, body: Payload) -> Iterator[bytes]:
        for event in super().events(body):
            yield event.replace("👍".encode(), "👍".encode()[:2])


class Logprobs(Provider):
    def logprobs(self, body: Payload, token: str) -> Payload | None:
        return super().logprobs({**body, "top_logprobs": 5}, token)


class NoRole(Provider):
    def chunks(self, body: Payload) -> Iterator[Payload]:
        for chunk in super().chunks(body):
            for choice in chunk["choices"]:
                if "tool_calls" in choice["delta"]:
                    choice["delta"]["role"] = "assistant"
            yield chunk


class Modest(Provider):
    """Says what it cannot do."""

    cannot = ("tools", "n", "logprobs", "stop", "response_format", "stream_options")

    def read(self, request: Request, data: bytes) -> Payload:
        body = super().read(request, data)
        for name in self.cannot:
            if name in body:
                raise Refused(400, f"Unsupported parameter: '{name}'", name)
        return body
