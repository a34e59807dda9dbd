"""Replay: a server that streams captures to clients, as they were recorded or otherwise, and with faults.

What is played is named by the path before that of the protocol (``/NAME/v1/...``), by ``name=`` in the header
``x-replay``, or by the request's model; what follows ``?`` in the name, the header and the URL's query say how; see
`wish`. The last one that says something counts, of the server's own options, the query, the header and the name.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.applications import Starlette
from starlette.routing import Route

from validator.live.faults import Unfit
from validator.live.reply import Asked, Reply, json_reply
from validator.live.serve import DRAINED, RESET
from validator.live.wish import HEADER, Wish
from validator.meaning import meaning
from validator.providers import openai as server
from validator.reporters.visible import visible
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from validator.live.reply import Source
    from validator.live.shelf import Shelf
    from validator.live.wire import Wire

#: The largest body of a request, in bytes.
LARGEST = 64 * 2**20

#: The segment of a path that stands before those of the protocol.
_VERSION = "v1"


def application(shelf: Shelf, wish: Wish | None = None) -> ASGIApp:
    """Return the server of what is on a shelf; `wish` says how it is played where a request does not."""
    replay = _Replay(shelf, wish or Wish())
    return Starlette(routes=[Route("/{path:path}", replay.respond, methods=["GET", "POST"])])


class _Refused(ValueError):  # noqa: N818 - it says what is the case
    """A request that is answered by an error of the server's own."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.reply = json_reply(server.error(visible(message), param=param, code=code), status)


class _Replay:
    def __init__(self, shelf: Shelf, wish: Wish) -> None:
        self._shelf, self._wish = shelf, wish

    async def respond(self, request: Request) -> _Playing:
        """Answer a request."""
        started = asyncio.get_running_loop().time()
        try:
            reply, timing = self._reply(request, await _body(request))
        except _Refused as refused:
            reply, timing = refused.reply, "none"
        return _Playing(reply, timing, started)

    def _reply(self, request: Request, body: bytes) -> tuple[Reply, str]:
        """Return the response to a request, and the timing in which it is sent."""
        segments = [one for one in request.scope["path"].split("/") if one]
        if request.method == "GET" and (not segments or segments[-1] == server.MODELS):
            return json_reply(server.models(self._shelf.names())), "none"
        value = _object(body)
        named, said = _named(request.headers.get(HEADER, ""))
        source, more = self._chosen(segments, named or value.get(server.MODEL), request.method)
        wish = self._wished(request.url.query, said, more)
        stream = value.get(server.STREAM) is True or request.method == "GET"
        try:
            reply = source.answer(Asked(body, value, stream, _key(request)))
        except ConfigError as error:
            raise _Refused(500, str(error), code="cannot_be_played") from error
        if not stream and reply.is_stream:
            reply = json_reply(meaning(reply.wire.data).body())
        try:
            return reply.with_wire(wish.applied(reply.wire)), wish.timing
        except Unfit as unfit:
            raise _Refused(400, f"this fault cannot be played: {unfit}", HEADER, "unfit_fault") from unfit

    def _chosen(self, segments: list[str], model: Any, method: str) -> tuple[Source, str]:
        """Return what a request wants played, by its path or its model, and how, as far as the name says that."""
        ends = [place for place, segment in enumerate(segments) if segment == _VERSION and place]
        for count in ends or range(len(segments), 0, -1):
            name, _, more = "/".join(segments[:count]).partition("?")
            if (source := self._shelf.exactly(name)) is not None:
                return source, more
        if ends:
            raise self._unknown("/".join(segments[: ends[0]]))
        if segments[:1] == [server.MODELS] or (len(segments) > 1 and segments[-2] == server.MODELS):
            raise _Refused(
                404, f"the model {segments[-1]!r:.200} cannot be looked at; all are listed", code="not_found"
            )
        if method == "GET":
            raise self._unknown("/".join(segments))
        name, _, more = (model if isinstance(model, str) else "").partition("?")
        if (source := self._shelf.find(name)) is not None:
            return source, more
        if not isinstance(model, str):
            raise _Refused(400, "the body is to be a JSON object that names a model", server.MODEL)
        raise self._unknown(name)

    def _unknown(self, name: str) -> _Refused:
        message = f"nothing is called {name[:200]!r}{self._shelf.near(name[:200])}"
        return _Refused(404, message, server.MODEL, "model_not_found")

    def _wished(self, query: str, said: str, more: str) -> Wish:
        try:
            return self._wish.changed(query, strict=False).changed(said).changed(more)
        except ValueError as error:
            raise _Refused(400, str(error), HEADER, "unknown_option") from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise _Refused(413, f"the request is larger than {LARGEST // 2**20} MiB")
    return bytes(body)


def _named(header: str) -> tuple[str | None, str]:
    """Return what the header names, if it does, and the rest of it."""
    pairs = parse_qsl(header, keep_blank_values=True)
    names = [value for name, value in pairs if name == "name"]
    return (names[-1] if names else None), urlencode([pair for pair in pairs if pair[0] != "name"])


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _key(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


class _Playing:
    """A response that is sent as it is wanted: an ASGI application."""

    def __init__(self, reply: Reply, timing: str, started: float) -> None:
        self._reply, self._timing, self._started = reply, timing, started

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_gone(receive))
        try:
            await self._play(scope, send, gone)
        finally:
            gone.cancel()

    async def _play(self, scope: Scope, send: Send, gone: asyncio.Task[None]) -> None:
        wire = self._reply.wire
        if wire.head:
            headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in self._reply.headers]
            await send({"type": "http.response.start", "status": self._reply.status, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
        for piece in wire.pieces(self._timing):
            if not await self._waited(piece.at, gone):
                return
            await send({"type": "http.response.body", "body": piece.data, "more_body": True})
        if not await self._waited(wire.ends_at(self._timing), gone):
            return
        await self._end(wire, scope, send, gone)

    async def _end(self, wire: Wire, scope: Scope, send: Send, gone: asyncio.Task[None]) -> None:
        match wire.end:
            case "close":
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            case "reset":
                with suppress(OSError):  # the client has left before
                    await scope["extensions"][DRAINED]()
                    scope["extensions"][RESET]()
                await asyncio.sleep(0)  # the connection is closed by then, so that nobody answers on it
            case "stall":
                await gone
            case "cut":
                pass  # the server closes the connection of a response that is not complete

    async def _waited(self, at: float, gone: asyncio.Task[None]) -> bool:
        """Wait until so many seconds after the request; return whether the client is still there."""
        left = self._started + at - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.wait([gone], timeout=left)
        else:
            await asyncio.sleep(0)  # others are to be served too, and a client that left is to be seen
        return not gone.done()


async def _gone(receive: Receive) -> None:
    """Wait until the client leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass
