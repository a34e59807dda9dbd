"""A server on loopback that answers as a test says: pieces with pauses, and each way to end."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}


@dataclass(frozen=True)
class Answer:
    """A response: its pieces, each a chunk of the transfer coding, `pause` seconds apart, and how it ends."""

    pieces: Sequence[bytes]
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)
    status: int = 200
    pause: float = 0.0
    end: Literal["close", "cut", "reset", "hang"] = "close"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.answers[self.path.partition("?")[0]]
        self.send_response(answer.status)
        for name, text in {**answer.headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, text)
        self.end_headers()
        try:
            for piece in answer.pieces:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                time.sleep(answer.pause)
            self._end(answer.end)
        except OSError:  # the client has left
            self.close_connection = True

    do_GET = do_POST  # noqa: N815 - the name is the base's

    def _end(self, end: str) -> None:
        if end == "close":
            self.wfile.write(b"0\r\n\r\n")
            return
        self.close_connection = True
        if end == "hang":
            self.server.stop.wait(10)
        elif end == "reset":
            time.sleep(0.2)  # what was sent must be read before, as a reset discards it
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RD)
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base's
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.stop = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the tests see what the client sees."""


@contextmanager
def serving(answers: Mapping[str, Answer]) -> Iterator[str]:
    """Serve answers by their paths, and give the URL without a path."""
    with _Server(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.stop.set()
            server.shutdown()
            thread.join()
