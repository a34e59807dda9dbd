"""One request to a running server, and all that came of it: bytes, reads and their times, status, headers, the end.

Each request has a connection of its own, so that none suffers from the one before. Redirects are not followed, as a
key must not go where nobody sent it. What was refused for the moment (429, 503) or never reached the server is sent
again a few times; nothing else is, as the server may have done it.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from validator.live import redirect
from validator.live.answer import Came
from validator.live.key import Key
from validator.report import tool_version
from validator.reporters.visible import visible
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from validator.live.answer import Answer, Question
    from validator.live.budget import Budget

#: How many seconds are waited before a request is sent again, where the server does not say, and at most.
PAUSE, PATIENCE = 1.0, 30.0

_DELAY = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*\Z")


class Unreachable(ConfigError):  # noqa: N818 - it says what a server is
    """No request can be answered there; the message says in one line why."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go, and with which key: `header` carries it in `form`."""

    url: str
    key: Key = field(default_factory=Key)
    header: str = "Authorization"
    form: str = "{key}"

    @classmethod
    def at(cls, base: str, path: str, key: Key, header: str, form: str) -> Endpoint:
        """Return the endpoint of a path below a base URL, which may have the path already; a query of it stays.

        Raises:
            ConfigError: the URL cannot be used, or holds a secret.

        """
        try:
            parts = urlsplit(base.strip())
            port = parts.port
        except ValueError as error:
            raise ConfigError("--base-url is no URL") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise ConfigError("--base-url begins with http:// or https:// and a host")
        below = parts.path.rstrip("/").removesuffix(path)
        url = parts._replace(path=below + path, fragment="").geturl()
        if parts.username is not None or parts.password is not None or key.clean_text(url) != url:
            raise ConfigError("--base-url holds a key or a password: name a variable that does, by --api-key-env")
        return cls(url, key, header, form)


class Asker:
    """Sends requests to one endpoint.

    Args:
        endpoint: where to.
        budget: what they may cost.
        timeout: how many seconds a request and its whole answer may take.
        retries: how often a request is sent again that was refused for the moment or never arrived.
        pause: how many seconds are waited before that, twice as many each time, where the server does not say.

    Attributes: `left`, what had come of the request that was cancelled, if one was.

    """

    def __init__(
        self, endpoint: Endpoint, budget: Budget, *, timeout: float = 120.0, retries: int = 2, pause: float = PAUSE
    ) -> None:
        self.endpoint, self.budget = endpoint, budget
        self._timeout, self._retries, self._pause = timeout, retries, pause
        self._client: httpx.AsyncClient | None = None
        self.left: Answer | None = None

    async def __aenter__(self) -> Asker:
        import httpx  # late: of the extra `live`

        limits = httpx.Limits(max_keepalive_connections=0)
        try:
            self._client = httpx.AsyncClient(
                timeout=self._timeout,
                limits=limits,
                follow_redirects=False,
                event_hooks={"response": [redirect.hide]},
            )
        except (ValueError, ImportError, OSError) as error:  # of the proxies and certificates of the environment
            raise ConfigError(f"requests cannot be sent: {self._told(error)}") from error
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def ask(self, question: Question, sent: Callable[[], object] = lambda: None) -> Answer:
        """Send a request and return what came; `sent` is called each time that it is sent.

        Raises:
            Spent: the budget does not allow it.
            Unreachable: no connection could be made.

        """
        for attempt in range(self._retries + 1):
            self.budget.spend(question.tokens)
            sent()
            last = attempt == self._retries
            pause = self._pause * 2**attempt
            try:
                answer = await self._once(question)
            except Unreachable:
                if last:
                    raise
            else:
                if last or not answer.later:
                    return answer
                said = _delay(answer.headers.get("retry-after"))
                pause = pause if said is None else said
                if pause > PATIENCE:
                    return answer
            await asyncio.sleep(min(pause, PATIENCE))
        raise AssertionError  # the loop returns or raises

    async def _once(self, question: Question) -> Answer:
        import httpx  # late, as above

        came = Came(question, self.endpoint.key)
        try:
            async with asyncio.timeout(self._timeout):
                await self._read(came)
        except asyncio.CancelledError:
            came.end("left")
            self.left = came.answer()
            raise
        except (TimeoutError, httpx.TimeoutException) as error:
            if came.status is None and isinstance(error, httpx.ConnectTimeout):
                raise Unreachable(f"{self.endpoint.url}: cannot be reached: no connection in time") from None
            came.end("timeout", f"no answer within {self._timeout:g} seconds")
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.ProxyError) as error:
            raise Unreachable(f"{self.endpoint.url}: cannot be reached: {self._told(error)}") from None
        except (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError, OSError) as error:
            came.end("reset", self._told(error))
        return came.answer()

    async def _read(self, came: Came) -> None:
        assert self._client is not None  # noqa: S101 - it is entered
        async with self._client.stream(
            "POST", self.endpoint.url, content=came.question.body, headers=self._headers(came.question)
        ) as response:
            redirect.show(response)
            came.head(response)
            if came.question.leave == 0:
                came.end("left")
                return
            async for piece in response.aiter_raw():
                if came.piece(piece):
                    return
        came.end("close")

    def _headers(self, question: Question) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"chunkspec/{tool_version()}",
        }
        endpoint = self.endpoint
        if question.key == "given" and endpoint.key:
            headers[endpoint.header] = endpoint.key.sent(endpoint.form)
        elif question.key == "wrong":
            headers[endpoint.header] = Key("sk-chunkspec-a-key-that-nobody-has").sent(endpoint.form)
        return headers

    def _told(self, error: BaseException) -> str:
        """Return in one line what an error says, without secrets."""
        text = " ".join(self.endpoint.key.clean_text(str(error)).split())
        return visible(text or type(error).__name__)[:200]


def _delay(header: str | None) -> float | None:
    """Return how many seconds a Retry-After header says to wait; None where it says nothing that can be read."""
    if header is None:
        return None
    if (found := _DELAY.match(header)) is not None:
        return float(found[1])
    try:
        return max(parsedate_to_datetime(header).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return None
