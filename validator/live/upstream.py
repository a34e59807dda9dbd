"""The server that a proxy stands before: its URL, and requests to it that say what the client said."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import httpx

from validator.live import redirect
from validator.live.hop import chunked, end_to_end
from validator.redact import clean
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from starlette.types import Receive

#: How long connecting may take, in seconds.
_CONNECTING = 30.0

#: How many connections are kept for later requests. For each one that is, the pool looks at all, for each request.
_IDLE = 20

#: How many bytes of a request are kept, to know what was asked for.
_MOST = 16 * 2**20

_TARGET = re.compile(r"[\x21-\x7e]*\Z")


@dataclass(frozen=True, slots=True)
class Upstream:
    """A server, by its URL: paths of requests come after that of the URL."""

    root: httpx.URL
    path: bytes

    @classmethod
    def of(cls, url: str) -> Upstream:
        """Return the server at a URL.

        Raises:
            ConfigError: it is no URL of a server, or has parts that no request could keep.

        """
        shown = clean(url)
        try:
            parts = urlsplit(url)
            root = httpx.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port)
        except (ValueError, httpx.InvalidURL) as error:
            raise ConfigError(f"--upstream {shown}: no URL: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"--upstream {shown}: expected http://HOST or https://HOST, with a path if need be")
        if "@" in parts.netloc:
            raise ConfigError("--upstream must hold no user and password: clients send their own keys")
        if parts.query or parts.fragment or not _TARGET.match(parts.path):
            raise ConfigError(f"--upstream {shown}: only a path may follow the host, without query and blanks")
        return cls(root, parts.path.rstrip("/").encode())

    def __str__(self) -> str:
        return clean(f"{self.root.scheme}://{self.root.netloc.decode()}{self.path.decode()}")

    def request(
        self,
        method: str,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: httpx.AsyncByteStream,
    ) -> httpx.Request:
        """Return a request that says what the client's said, byte by byte, but for what is of one connection only.

        `target` is the path with the query. An expectation of 100 Continue is met by whoever took the request.
        """
        given = list(headers)
        kept = [(name, value) for name, value in end_to_end(given) if name.lower() not in (b"host", b"expect")]
        framing = [(b"transfer-encoding", b"chunked")] if chunked(given) else []
        return httpx.Request(
            method,
            self.root,
            headers=[(b"host", self.root.netloc), *kept, *framing],
            stream=body,
            extensions={"target": self.path + target},
        )

    @staticmethod
    def client(timeout: float | None = None) -> httpx.AsyncClient:
        """Return a client for as many requests at once as there are; `timeout` is the longest silence, in seconds.

        Raises:
            ConfigError: what the environment says of proxies and certificates cannot be used.

        """
        try:
            return httpx.AsyncClient(
                timeout=httpx.Timeout(timeout, connect=_CONNECTING, pool=None),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=_IDLE),
                follow_redirects=False,
                event_hooks={"response": [redirect.hide]},
            )
        except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
            raise ConfigError(
                f"no requests can be sent, by what the environment says: {clean(str(error))}"
            ) from error


class Gone(Exception):  # noqa: N818 - it is no error
    """The client left while its request was being read."""


class Body(httpx.AsyncByteStream):
    """The body of a request on its way to the server.

    Attributes: `over`, set once all of it is handed on; `sent`, when that was, by `time.perf_counter`; `kept`, its
    bytes, None where they are too many.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.over = anyio.Event()
        self.sent = time.perf_counter()
        self.kept: bytearray | None = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone
            data, more = message.get("body", b""), message.get("more_body", False)
            if self.kept is not None:
                self.kept += data
                if len(self.kept) > _MOST:
                    self.kept = None
            if data:
                yield data
        self.sent = time.perf_counter()
        self.over.set()
