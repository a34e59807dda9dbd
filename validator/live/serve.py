"""Serving: an ASGI application over HTTP, on the loopback unless another host is named, until somebody ends it.

Nothing is added to what the application says: no Server or Date header, no line in a log. Ctrl-C and SIGTERM are how
a server is ended, so they are no errors here: streams that are under way are cut and the call returns.

An application that returns before its response is complete closes the connection, so that the client sees a body that
lacks its end. One that wants a TCP reset in place of that calls ``scope["extensions"][RESET]()``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import signal
import socket
import struct
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import FrameType

    from starlette.types import ASGIApp, Receive, Scope, Send

#: Where a server listens when nobody says otherwise.
LOOPBACK = "127.0.0.1"

#: The extension of the ASGI scope that resets the connection at once: bytes that are not sent yet are lost.
RESET = "chunkspec.reset"

#: The extension that is to be awaited before that where no byte may be lost: all that was sent has arrived.
DRAINED = "chunkspec.drained"

#: How long a connection without a request is held open, in seconds: longer than clients hold theirs.
_IDLE = 120

#: How long a server in a thread may take to start and to end, in seconds.
_PATIENCE = 10

#: How long `DRAINED` waits at most, in seconds.
_DRAIN = 2

_log = logging.getLogger("chunkspec")


def serve(app: ASGIApp, host: str = LOOPBACK, port: int = 0, *, ready: Callable[[str], object] | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM, or until the process is told to stop in another way.

    Args:
        app: the application; its lifespan is run if it has one.
        host: the name or address to listen on.
        port: 0 for a free one.
        ready: is called with the URL, once connections are accepted.

    Raises:
        ConfigError: the host is unknown, or the port is taken.

    """
    listening = bind(host, port)
    _Server(app, lambda: ready(url(listening)) if ready is not None else None).run(sockets=[listening])


@contextmanager
def serving(app: ASGIApp, host: str = LOOPBACK, port: int = 0) -> Iterator[str]:
    """Serve in a thread while the context lasts; gives the URL, at which connections are accepted.

    Raises:
        ConfigError: as `serve` does.

    """
    listening = bind(host, port)
    ready = threading.Event()
    server = _Server(app, ready.set)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        if not ready.wait(_PATIENCE):
            msg = "the server did not start"
            raise RuntimeError(msg)
        yield url(listening)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to a host's first address; raises ConfigError."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError, OverflowError) as error:
        raise ConfigError(f"cannot listen on {host}: {getattr(error, 'strerror', None) or error}") from error
    bound = socket.socket(family, kind, proto)
    try:
        if os.name == "posix":  # elsewhere this would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except (OSError, OverflowError) as error:
        bound.close()
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {getattr(error, 'strerror', None) or error}"
        ) from error
    return bound


def url(listening: socket.socket) -> str:
    """Return the URL at which a bound socket is reached, without a path."""
    address, port = listening.getsockname()[:2]
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def is_loopback(at: str) -> bool:
    """Whether only this machine reaches a URL that `serve` gave."""
    return ipaddress.ip_address(urlsplit(at).hostname or "").is_loopback


class _Protocol(H11Protocol):
    """HTTP/1.1 as uvicorn has it, with the extensions RESET and DRAINED."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        app = self.app

        def reset() -> None:
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            transport.abort()

        async def drained() -> None:
            until = time.monotonic() + _DRAIN
            while _unsent(transport) and time.monotonic() < until:
                await asyncio.sleep(0.005)

        async def resettable(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), RESET: reset, DRAINED: drained}
            await app(scope, receive, send)

        self.app = resettable


def _unsent(transport: asyncio.Transport) -> int:
    """Return how many bytes have not left, or were not confirmed where the system says so."""
    waiting = transport.get_write_buffer_size()
    if not sys.platform.startswith("linux") or transport.is_closing():
        return waiting
    import fcntl  # late: only where it is there
    import termios

    file = transport.get_extra_info("socket").fileno()
    return waiting + int(struct.unpack("i", fcntl.ioctl(file, termios.TIOCOUTQ, bytes(4)))[0])


class _Server(uvicorn.Server):
    """Uvicorn, silent, ending without ado; `ready` is called once it accepts connections."""

    def __init__(self, app: ASGIApp, ready: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                _guarded(app),
                loop="asyncio",  # whatever else is installed: what is tested is what runs
                http=_Protocol,
                ws="none",
                log_config=None,
                log_level=logging.CRITICAL + 1,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=_IDLE,
                timeout_graceful_shutdown=0,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take signals as the wish to end; uvicorn would send them again once it has ended."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in uvicorn.server.HANDLED_SIGNALS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True


def _guarded(app: ASGIApp) -> ASGIApp:
    """Return the application with its failures logged, as uvicorn is silent."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> Any:
        try:
            await app(scope, receive, send)
        except Exception:
            if scope["type"] == "http":  # an application may refuse the lifespan
                _log.exception("%s failed", scope["path"])
            raise

    return guarded
