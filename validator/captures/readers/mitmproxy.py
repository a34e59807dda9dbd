"""Flow files of mitmproxy, read by mitmproxy itself."""

from __future__ import annotations

import io
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from validator.captures.capture import CaptureError
from validator.captures.http import Exchange, streams
from validator.reporters.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.capture import Capture
    from validator.captures.input import Input

NAME = "a flow file of mitmproxy"
BODY = False

#: A flow is a dictionary of netstrings, each of a length and its bytes: ``1234:9:websocket;0:~...``.
_BEGINS = re.compile(rb"[0-9]{1,12}:[0-9]{1,2}:[a-z_]{1,40};")


def sniff(head: bytes) -> bool:
    """Whether it begins with the dictionary of a flow."""
    return _BEGINS.match(head) is not None


def is_stream(head: bytes) -> bool:
    """Whether it may hold streams, which only reading it tells."""
    return True


def read(source: Input) -> Iterator[Capture]:
    """Yield the flows that are event streams."""
    yield from streams(_exchanges(source), source, NAME)


def _exchanges(source: Input) -> Iterator[Exchange]:
    try:  # late, as it is an extra
        refused: Any = import_module("mitmproxy.exceptions").FlowReadException
        reader: Any = import_module("mitmproxy.io").FlowReader
        of_http: Any = import_module("mitmproxy.http").HTTPFlow
    except ImportError as error:
        raise CaptureError(f"{source.name}: is {NAME}; to read it, pip install 'chunkspec[mitmproxy]'") from error
    flows = reader(io.BytesIO(source.whole())).stream()
    number = 0
    while True:
        try:
            flow = next(flows, None)
        except (refused, ValueError, KeyError, TypeError, RecursionError) as error:
            raise CaptureError(f"{source.name}: is {NAME} that is damaged behind flow {number}: {error}") from error
        if flow is None:
            return
        number += 1
        if isinstance(flow, of_http):
            yield _exchange(number, flow)


def _exchange(number: int, flow: Any) -> Exchange:
    response, request = flow.response, flow.request
    if response is None:
        broke = f" ({visible(flow.error.msg)[:200]})" if flow.error else ""
        lost = f"the flow has no response{broke}"
        return Exchange(number, None, (), None, lost=lost, request=request.raw_content)
    started, first, last = request.timestamp_end, response.timestamp_start, response.timestamp_end
    return Exchange(
        number,
        response.status_code,
        tuple(response.headers.items(multi=True)),
        response.raw_content,
        request=request.raw_content,
        ended=_ended(flow),
        lost=_lost(flow),
        took=(first - started, last - started) if started and first and last else None,
    )


def _lost(flow: Any) -> str:
    if flow.error is not None:
        return f"mitmproxy kept nothing of the body, as the connection broke ({visible(flow.error.msg)[:200]})"
    return "mitmproxy passed the body on without keeping it (stream_large_bodies)"


def _ended(flow: Any) -> str | None:
    if flow.error is None:
        return "close"
    return "timeout" if "timeout" in flow.error.msg.lower() or "timed out" in flow.error.msg.lower() else "reset"
