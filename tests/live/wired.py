"""A client that reads a response byte by byte: its head, the chunks of its transfer coding, and how it ended."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any

from tests.live.sockets import connected, post

PATH = b"/v1/chat/completions"


@dataclass(frozen=True)
class Heard:
    """A response; `ended` is ``close`` (as HTTP has it), ``cut``, ``reset``, or ``stall`` after the time-out."""

    status: int
    headers: dict[str, str]
    chunks: list[bytes]
    ended: str

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


def hear(url: str, model: str, *more: bytes, path: bytes = PATH, stream: bool = True, wait: float = 20.0) -> Heard:
    """Ask for a stream, and return all that comes of it."""
    body = json.dumps({"model": model, "stream": stream}).encode()
    return hear_raw(url, post(body, path, *more), wait)


def hear_raw(url: str, request: bytes, wait: float = 20.0) -> Heard:
    with connected(url) as connection:
        connection.settimeout(wait)
        connection.sendall(request)
        data, ended = b"", ""
        while not ended:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                ended = "reset"
            except TimeoutError:
                ended = "stall"
            else:
                data += piece
                ended = "" if piece else "cut"
            if data.endswith(b"\r\n0\r\n\r\n"):
                ended = "close"
    return _heard(data, ended)


def _heard(data: bytes, ended: str) -> Heard:
    if not data:
        return Heard(0, {}, [], ended)
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
    chunks = []
    while rest and not rest.startswith(b"0\r\n"):
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        chunks.append(rest[:length])
        assert rest[length : length + 2] == b"\r\n"
        rest = rest[length + 2 :]
    return Heard(int(first.split()[1]), headers, chunks, ended)


def value(heard: Heard) -> Any:
    """Return the JSON of a response."""
    return json.loads(heard.body)


def listens_on(port: int, address: str) -> bool:
    """Whether a port of an address of this machine takes connections."""
    try:
        with socket.create_connection((address, port), timeout=5):
            return True
    except OSError:
        return False
