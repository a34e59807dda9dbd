"""Servers and clients that a test writes byte by byte, and a proxy between them."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import urlsplit

from validator.judge import Judge
from validator.live.proxy import Proxy
from validator.live.save import Folder
from validator.live.serve import serving
from validator.live.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from validator.live.tap import Passed

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def message(connection: socket.socket) -> bytes:
    """Return a request as it comes: its head, and a body with a length or in chunks; nothing if that breaks off."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while (lengths and len(body) < int(lengths[0].split(b":")[1])) or (
        b"\r\ntransfer-encoding: chunked" in head.lower() and not body.endswith(END)
    ):
        piece = connection.recv(65536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body


@contextmanager
def upstream(play: Callable[[socket.socket, bytes], object]) -> Iterator[str]:
    """Serve: `play` is handed each connection with the request on it; then it is closed."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = message(connection)
            if request:
                play(connection, request)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


@dataclass
class Heard:
    """What a proxy told."""

    folder: Path
    streams: list[Passed] = field(default_factory=list)
    others: list[tuple[str, int]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def stream(self, passed: Passed) -> None:
        with self._news:
            self.streams.append(passed)
            self._news.notify_all()

    def other(self, what: str, status: int) -> None:
        self.others.append((what, status))

    def problem(self, what: str, why: str) -> None:
        with self._news:
            self.problems.append((what, why))
            self._news.notify_all()

    def first(self, count: int = 1) -> Passed:
        """Wait until so many streams are over, and return the first."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.streams) >= count, timeout=60)
        return self.streams[0]


@contextmanager
def proxied(
    url: str, folder: Path, timeout: float | None = None, judge: Judge | None = None, away: float = 30
) -> Iterator[tuple[str, Heard]]:
    """Run a proxy before a server; gives its URL, and what it tells.

    `away` is how long it may be busy with a piece, so that a machine that is does not change what tests see.
    """
    heard = Heard(folder)
    proxy = Proxy(Upstream.of(url), Folder(folder, numbered=True), judge or Judge(), heard, timeout=timeout)
    with patch("validator.live.tap.AWAY", away), serving(proxy) as at:
        yield at, heard


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        yield connection


def post(body: bytes, path: bytes = b"/v1/chat/completions", *more: bytes) -> bytes:
    lines = [b"POST %b HTTP/1.1" % path, b"Host: proxy", b"Content-Length: %d" % len(body), *more]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def read_to_end(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return data


def ask(url: str, request: bytes) -> bytes:
    """Return the whole response to a request, after which the connection is closed."""
    with connected(url) as connection:
        connection.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        return read_to_end(connection)
