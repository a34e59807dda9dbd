"""A server on the loopback that answers with a capture of the corpus, byte by byte as it is."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.corpus import CORPUS
from validator.meta import load_meta, sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The request header that names the capture: its path below the corpus.
CAPTURE = "x-capture"

#: How long a response that times out is held open, in seconds; longer than the clients wait.
HELD = 3.0

#: The first bytes of what is compressed.
GZIP = b"\x1f\x8b"


class _Handler(BaseHTTPRequestHandler):
    """Answers every POST with the capture that it names: its status, headers, bytes and end."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Keep quiet."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.close_connection = True
        path = CORPUS / self.headers[CAPTURE]
        body = path.read_bytes()
        meta = load_meta(sidecar(path), path.name) if sidecar(path).is_file() else {}
        response = meta.get("response", {})
        headers: dict[str, str] = response.get("headers", {"content-type": "text/event-stream; charset=utf-8"})
        if headers.get("content-encoding") == "gzip" and not body.startswith(GZIP):
            body = gzip.compress(body)  # a capture that was decoded after it came
        self.send_response(response.get("status", 200))
        for name, value in headers.items():
            if name not in {"content-length", "transfer-encoding", "connection", "date"}:
                self.send_header(name, value)
        self.send_header("connection", "close")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if body:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        self._end(meta.get("ended", "close"))

    def _end(self, how: str) -> None:
        if how == "close":
            self.wfile.write(b"0\r\n\r\n")
            return
        self.wfile.flush()
        threading.Event().wait(HELD if how == "timeout" else 0.1)  # what was sent is to be read first
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()  # with a reset


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: the client went away, or the connection was reset as wished."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve the corpus while the context lasts; gives the base URL for a client."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()
