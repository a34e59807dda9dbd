"""Servers that speak no HTTP, or too much of it, or put requests off: each connection is answered alike."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.live.sockets import upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


@contextmanager
def answering(answer: Callable[[socket.socket], None] | bytes) -> Iterator[str]:
    """Answer each request, then close the connection; gives the URL."""

    def play(connection: socket.socket, _: bytes) -> None:
        if isinstance(answer, bytes):
            connection.sendall(answer)
        else:
            answer(connection)

    with upstream(play) as url:
        yield f"{url}/v1"


def unused() -> str:
    """Return the URL of a port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}/v1"


class Flaky:
    """Refuses a few requests, then answers."""

    def __init__(self, refusals: int, status: int = 429, retry: str | None = None) -> None:
        self.left, self.came = refusals, 0
        after = f"Retry-After: {retry}\r\n" if retry is not None else ""
        self.refusal = f"HTTP/1.1 {status} Later\r\n{after}Content-Length: 0\r\n\r\n".encode()

    def __call__(self, connection: socket.socket) -> None:
        self.came += 1
        self.left -= 1
        connection.sendall(self.refusal if self.left >= 0 else b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
