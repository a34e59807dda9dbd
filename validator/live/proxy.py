"""A reverse proxy that changes nothing, and saves and judges every event stream that passes through it.

Theory of operation. The body of a response is read piece by piece, as it comes: each piece is what one read of the
connection brought of it, or of one chunk where it comes in chunks. Each is written to the client at once, as one
piece, and only then saved and judged, which takes some 20 us; so nothing that is done here stands between a byte and
its reader. The next one is read when the client's connection has taken the one before: of a client that is slow, the
server feels it, and no memory. All of it is done in the event loop, as another thread would fight with it for the
interpreter, and delay pieces by milliseconds.

What is unchanged is what HTTP says of a message. The form in which servers hand over requests, ASGI, keeps neither
the case of their headers' names nor a lone ``?`` after a path, and has no room for a reason phrase of one's own.

A client that leaves ends the request to the server. A server that breaks off ends the response to the client, without
the end of its body. The capture says of both how it was.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import httpx
import orjson
from starlette.responses import JSONResponse

from validator import exchange
from validator.live import redirect
from validator.live.hop import end_to_end
from validator.live.tap import Tap
from validator.live.upstream import Body, Gone
from validator.providers import openai as server
from validator.recognise import AUTO
from validator.redact import clean, secrets
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from validator.judge import Judge
    from validator.live.save import Folder
    from validator.live.tap import Passed
    from validator.live.upstream import Upstream
    from validator.trace import Wanted

#: The greatest status that the server in front can send.
_STATUS = 599


class Listener(Protocol):
    """Who wants to know what passes. The methods are called in the event loop, and must not wait."""

    def stream(self, passed: Passed) -> None:
        """Be told of a stream that is over."""

    def other(self, what: str, status: int) -> None:
        """Be told of a response that is no event stream: its request, and its status."""

    def problem(self, what: str, why: str) -> None:
        """Be told of a request that the server did not answer, and why."""


class Proxy:
    """The ASGI application.

    Args:
        upstream: the server that requests go to.
        folder: where streams are saved.
        judge: what they are judged by.
        listener: who is told.
        timeout: how long the server may be silent, in seconds; None: as long as the client waits.
        wanted: what to keep of streams for a report that shows more than findings.

    Raises:
        ConfigError: no requests can be sent, or nothing can be judged.

    """

    def __init__(
        self,
        upstream: Upstream,
        folder: Folder,
        judge: Judge,
        listener: Listener,
        *,
        timeout: float | None = None,
        wanted: Wanted | None = None,
    ) -> None:
        self.upstream, self.folder, self.judge, self.listener = upstream, folder, judge, listener
        self.wanted = wanted
        self.client = upstream.client(timeout)
        judge.ready()
        # what most streams are judged by, compiled now and not while one of them waits
        judge.plans(
            None if judge.profile == AUTO else judge.profile, frozenset({"bytes", "headers", "request", "timestamps"})
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and its response back."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        target: bytes = scope["raw_path"]
        if not target.startswith(b"/"):
            told = _refusal(400, "this is a reverse proxy: send it paths, as to the server itself", "not_a_path")
            await told(scope, receive, send)
            return
        passage = _Passage(self, scope, receive, send)
        async with anyio.create_task_group() as group:
            group.start_soon(passage.watch, group.cancel_scope)
            await passage.run()
            group.cancel_scope.cancel()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.client.aclose()
        await send({"type": "lifespan.shutdown.complete"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, as `validator.exchange` takes it."""

    method: str
    url: str
    content: bytes


class _Passage:
    """One request and its response."""

    def __init__(self, proxy: Proxy, scope: Scope, receive: Receive, send: Send) -> None:
        self._proxy, self._scope, self._receive, self._send = proxy, scope, receive, send
        self._body = Body(receive)
        self._tap: Tap | None = None
        self._query: bytes = scope["query_string"]
        self._answered = False

    async def watch(self, scope: anyio.CancelScope) -> None:
        """End the passage when the client leaves; before its request is read, that is seen by who reads it."""
        await self._body.over.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._answered:
            scope.cancel()

    async def run(self) -> None:
        """Pass the request on, and the response back."""
        try:
            await self._pass()
        except Gone:
            return
        except BaseException:  # the client left, or we are being ended
            if self._tap is None and not self._answered:
                self._open_unanswered()
            self._over("left")
            raise

    async def _pass(self) -> None:
        scope = self._scope
        target = scope["raw_path"] + (b"?" + self._query if self._query else b"")
        request = self._proxy.upstream.request(scope["method"], target, scope["headers"], self._body)
        try:
            response = await self._proxy.client.send(request, stream=True, auth=None)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            await self._refuse(error)
            return
        redirect.show(response)
        try:
            await self._answer(response)
        finally:
            await response.aclose()

    async def _answer(self, response: httpx.Response) -> None:
        asked, at = self._asked(), self._now()
        if response.status_code > _STATUS:
            why = f"the server answered with the status {response.status_code}, which is none"
            self._proxy.listener.problem(exchange.name(asked), why)
            await self._bad_gateway(why)
            return
        if self._scope["method"] != "HEAD" and exchange.streams(response, asked):
            self._open(asked, exchange.known(response, asked), at)
        else:
            self._proxy.listener.other(exchange.name(asked), response.status_code)
        headers = end_to_end(response.headers.raw)
        await self._send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        try:
            await self._pieces(response)
        except httpx.TransportError as error:
            self._over(exchange.broken_off(error) or "reset")
            if self._tap is None:
                self._proxy.listener.problem(exchange.name(asked), _in_words(error))
            return  # without the end of the body: the server in front then closes the connection
        at = self._now()
        self._answered = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        self._over("close", at)

    async def _pieces(self, response: httpx.Response) -> None:
        tap, send = self._tap, self._send
        pieces = response.aiter_raw()
        if tap is None:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            return
        tap.waits(self._now())
        async for piece in pieces:
            at = self._now()
            try:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            finally:  # it came, even if the client did not wait for it
                tap.came(piece, at)
            tap.waits(self._now())

    async def _refuse(self, error: Exception) -> None:
        """Answer in place of a server that did not."""
        why = _in_words(error)
        self._open_unanswered()
        self._over(exchange.broken_off(error) or "reset")
        if self._tap is None:
            self._proxy.listener.problem(exchange.name(self._asked()), why)
        await self._bad_gateway(f"the server did not answer: {why}")

    def _open_unanswered(self) -> None:
        """Begin the capture of a stream that was asked for, all of which was sent, and that never began."""
        asked = self._asked()
        request = exchange.sent(asked) if self._body.over.is_set() else None
        if request is not None and request.get("stream") is True:
            self._open(asked, {"request": request}, self._now())

    async def _bad_gateway(self, message: str) -> None:
        self._answered = True
        await _refusal(502, message, "bad_gateway")(self._scope, self._receive, self._send)

    def _asked(self) -> _Asked:
        path = self._scope["raw_path"].decode("ascii", "replace")
        return _Asked(self._scope["method"], f"{self._proxy.upstream}{path}", bytes(self._body.kept or b""))

    def _open(self, asked: _Asked, meta: dict[str, Any], now: float) -> None:
        proxy = self._proxy
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._scope["headers"]]
        body = _decoded(asked.content)
        model = body.get("model") if type(body) is dict else None
        try:
            self._tap = Tap(
                proxy.folder,
                proxy.judge,
                proxy.listener.stream,
                name=clean(model) if type(model) is str and model else "stream",
                meta=meta,
                now=now,
                secrets=secrets(headers, self._query.decode("latin-1"), body),
                wanted=proxy.wanted,
            )
        except ConfigError as error:
            proxy.listener.problem(exchange.name(asked), str(error))

    def _over(self, ended: str, at: float | None = None) -> None:
        if self._tap is not None:
            self._tap.over(ended, self._now() if at is None else at)

    def _now(self) -> float:
        """Return the seconds since the request was sent."""
        return time.perf_counter() - self._body.sent


def _decoded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:
        return None


def _in_words(error: Exception) -> str:
    """Return what went wrong, in a line; nothing of the request stands in it."""
    name = type(error).__name__
    return f"{name}: {clean(str(error))}" if str(error) else name


def _refusal(status: int, message: str, code: str) -> JSONResponse:
    """Return an error in the form that the clients of such servers read."""
    return JSONResponse(server.error(message, "proxy_error", code=code), status)
