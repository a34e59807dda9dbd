"""Transports for httpx and httpx2 that judge every event stream that passes through a client, and change nothing.

For example with the openai package::

    transport = ValidatingTransport()
    client = OpenAI(http_client=DefaultHttpxClient(transport=transport))
    ...
    assert all(report.ok for report in transport.reports)

What the client sees is what it would see without: the same bytes in the same pieces, the same headers, errors and
ends. Bodies are kept until they are over (at most 64 MiB of each) and judged then, in the client's thread, some 50 ms
for 1,000 chunks. Of the request its body is taken along, of both sides no header or member that is a secret.

Both clients take any object with the methods of a transport, so neither is imported here. As with any transport, they
then leave the proxies of the environment alone: hand over ``httpx.HTTPTransport(proxy=...)`` where there is one.
"""

from __future__ import annotations

import logging
import sys
import time
import weakref
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from validator import exchange
from validator.judge import Judge
from validator.recognise import AUTO
from validator.rule import Need
from validator.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from validator.finding import Severity
    from validator.report import Report

    #: To a type checker these are transports of httpx, httpx2 and any other client.
    _Transport: Any
else:
    _Transport = object

_log = logging.getLogger("chunkspec")


class _Validating:
    """What both transports are: by what they judge, where reports go, which responses are under way.

    Args:
        transport: the one to send requests with; default: an HTTPTransport of the client's own library.
        profile: a profile's name or file, or ``auto``.
        severity: severities by rule or layer.
        select: rules or layers to judge, all if empty.
        ignore: rules or layers not to judge.
        on_report: is called with the report of each stream when that is over; what it raises is logged.
        reports: a list to put the reports on, where `on_report` is not given; default: a new one.

    Raises:
        ConfigError: the profile or an option cannot be used.

    """

    #: The names of the client's classes: what it sends requests with, and what it reads bodies from.
    _sends = _reads = ""

    def __init__(
        self,
        transport: Any = None,
        *,
        profile: str | None = None,
        severity: Mapping[str, Severity] | None = None,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        on_report: Callable[[Report], object] | None = None,
        reports: list[Report] | None = None,
    ) -> None:
        self._inner = transport
        self._entered = transport is not None
        self._judge = Judge(profile, (), severity or {}, tuple(select), tuple(ignore))
        # what a whole exchange is judged by, compiled now and not while a client waits
        self._judge.plans(None if profile == AUTO else profile, frozenset(get_args(Need)))
        self.reports: list[Report] = [] if reports is None else reports
        self._deliver = self.reports.append if on_report is None else on_report
        self._watches: weakref.WeakSet[Watch] = weakref.WeakSet()

    def _transport(self, request: Any) -> Any:
        if self._inner is None:
            self._inner = getattr(_library(request), self._sends)()
        return self._inner

    def _watch(self, request: Any, response: Any, sent: float) -> None:
        """Put a watch on the body of a response, if that is an event stream."""
        try:
            if request.method == "HEAD" or not exchange.streams(response, request):
                return
            watch = Watch(
                self._judge,
                self._deliver,
                source=exchange.name(request),
                meta=exchange.known(response, request),
                response_type=type(response),
                sent=sent,
            )
            if response.is_closed:  # it was made with its body, as tests do it
                watch.whole(response.content)
                return
            response.stream = _watched(getattr(_library(response), self._reads))(response.stream, watch)
            self._watches.add(watch)
        except Exception:
            _log.exception("%s: cannot be watched", exchange.name(request))

    def _leave(self) -> None:
        for watch in list(self._watches):
            watch.over("left")


class ValidatingTransport(_Validating, _Transport):  # type: ignore[misc]  # its base is Any
    """A transport for ``httpx.Client`` and ``httpx2.Client``: judges the event streams that pass through it.

    Attributes: `reports`, those of the streams that are over, in the order of their ends.
    """

    _sends, _reads = "HTTPTransport", "SyncByteStream"

    def handle_request(self, request: Any) -> Any:
        """Send a request and return the response, as the transport inside does."""
        sent = time.perf_counter()
        response = self._transport(request).handle_request(request)
        self._watch(request, response, sent)
        return response

    def close(self) -> None:
        """Close the transport inside; streams that are still under way count as left."""
        try:
            if self._inner is not None:
                self._inner.close()
        finally:
            self._leave()

    def __enter__(self) -> ValidatingTransport:
        if self._entered:
            self._inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._inner is not None:
                self._inner.__exit__(kind, error, trace)
        finally:
            self._leave()


class AsyncValidatingTransport(_Validating, _Transport):  # type: ignore[misc]  # its base is Any
    """The same for ``httpx.AsyncClient`` and ``httpx2.AsyncClient``."""

    _sends, _reads = "AsyncHTTPTransport", "AsyncByteStream"

    async def handle_async_request(self, request: Any) -> Any:
        """Send a request and return the response, as the transport inside does."""
        sent = time.perf_counter()
        response = await self._transport(request).handle_async_request(request)
        self._watch(request, response, sent)
        return response

    async def aclose(self) -> None:
        """Close the transport inside; streams that are still under way count as left."""
        try:
            if self._inner is not None:
                await self._inner.aclose()
        finally:
            self._leave()

    async def __aenter__(self) -> AsyncValidatingTransport:
        if self._entered:
            await self._inner.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._inner is not None:
                await self._inner.__aexit__(kind, error, trace)
        finally:
            self._leave()


def _library(value: Any) -> Any:
    """Return the client's library, httpx or one that is made like it, that a request or response is of."""
    for kind in type(value).__mro__:
        module = sys.modules.get(kind.__module__.partition(".")[0])
        if hasattr(module, "SyncByteStream"):
            return module
    msg = f"{type(value).__module__}.{type(value).__name__} is not of httpx or httpx2"
    raise TypeError(msg)


@cache
def _watched(base: Any) -> Any:
    """Return a class of body streams under watch, sync and async, as the client's own class `base`."""

    class Watched(base):  # type: ignore[misc]  # the base is known when it runs
        def __init__(self, inner: Any, watch: Watch) -> None:
            self._inner, self._watch = inner, watch

        def __iter__(self) -> Iterator[bytes]:
            watch = self._watch
            watch.waits()
            try:
                for piece in self._inner:
                    watch.came(piece)
                    yield piece
                    watch.waits()
            except BaseException as error:
                watch.over(exchange.broken_off(error) or "left")
                raise
            watch.over("close")

        def close(self) -> None:
            try:
                self._inner.close()
            finally:
                self._watch.over("left")

        async def __aiter__(self) -> AsyncIterator[bytes]:
            watch, pieces = self._watch, self._inner.__aiter__()
            watch.waits()
            try:
                async for piece in pieces:
                    watch.came(piece)
                    yield piece
                    watch.waits()
            except BaseException as error:
                watch.over(exchange.broken_off(error) or "left")
                raise
            finally:
                if hasattr(pieces, "aclose"):
                    await pieces.aclose()
            watch.over("close")

        async def aclose(self) -> None:
            try:
                await self._inner.aclose()
            finally:
                self._watch.over("left")

    return Watched
