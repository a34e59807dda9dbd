"""What ``curl -i`` prints: responses with their heads, one after the other.

curl prints a body as it was sent, but without the framing of a chunked one; raw dumps of a connection, and
``curl --raw``, keep that. Such a body is what its framing says, so h11 reads it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from validator.captures.capture import CaptureError
from validator.captures.http import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from validator.captures.capture import Capture
    from validator.captures.input import Input

NAME = "a dump of HTTP responses"
BODY = False

_STATUS = rb"HTTP/[0-9](?:\.[0-9])? ([1-9][0-9]{2})(?: [^\r\n]*)?"
_FIELD = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*"
_HEAD = re.compile(rb"%b\r?\n((?:%b\r?\n(?:[ \t][^\r\n]*\r?\n)*)*)\r?\n" % (_STATUS, _FIELD))
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*HTTP/[0-9](?:\.[0-9])? [1-9][0-9]{2}[ \r\n]")
_NEXT = re.compile(rb"%b\r\n(?=%b\r\n)" % (_STATUS, _FIELD))
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r\n")


def sniff(head: bytes) -> bool:
    """Whether it begins with a status line."""
    return _BEGINS.match(head) is not None


def is_stream(head: bytes) -> bool:
    """Whether it may hold streams, which only reading it tells."""
    return True


def read(source: Input) -> Iterator[Capture]:
    """Yield the streams; where no response is one, the last response: it is what somebody asked for."""
    yield from dumped(source.whole().removeprefix(b"\xef\xbb\xbf"), source, NAME)


def dumped(
    data: bytes, source: Input, what: str, requests: Sequence[bytes] = (), ended: str | None = None
) -> Iterator[Capture]:
    """Yield the streams of a dump, as `read` does.

    Args:
        data: the dump.
        source: the file that it comes from.
        what: what the file is, for messages.
        requests: the bodies of the requests that were answered, in order, as far as they are known.
        ended: how the transport ended after the last response, where that shows beside the bytes.

    Raises:
        CaptureError: it breaks off in a head, or holds no final response.

    """
    name = source.name
    finals = [one for one in _exchanges(data, name, what) if one.status is None or one.status >= 200]
    if not finals:
        raise CaptureError(f"{name}: is {what}, and holds no response that is final")
    asked = [*requests, *[b""] * len(finals)]
    finals = [replace(one, request=request) for one, request in zip(finals, asked, strict=False)]
    finals[-1] = replace(finals[-1], ended=ended or finals[-1].ended)
    chosen = [one for one in finals if one.is_stream] or finals[-1:]
    for one in chosen:
        yield one.capture(name if len(finals) == 1 else f"{name}#{one.number}", source.limits.unpacked)


def _exchanges(data: bytes, name: str, what: str) -> Iterator[Exchange]:
    at, number = _skipped(data, 0), 0
    while at < len(data):
        head = _HEAD.match(data, at)
        if head is None:
            raise CaptureError(f"{name}: is {what}, and the head of one ends in the middle (byte {at})")
        status, headers = int(head[1]), _headers(head[2])
        body, at, ended = _body(data, head.end(), status, dict(headers), name)
        if status >= 200:
            number += 1
        yield Exchange(number, status, headers, body, ended=ended)


def _headers(block: bytes) -> tuple[tuple[str, str], ...]:
    lines = re.sub(rb"\r?\n[ \t]+", b" ", block).splitlines()
    pairs = (line.partition(b":") for line in lines)
    return tuple((name.decode("latin-1").lower(), value.strip().decode("latin-1")) for name, _, value in pairs)


def _body(data: bytes, at: int, status: int, headers: dict[str, str], name: str) -> tuple[bytes, int, str | None]:
    """Return the body that starts at an offset, where it ends, and how the transport ended where that shows."""
    if status < 200 or status in (204, 304):
        return b"", at, None
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and "content-encoding" not in headers:
        end = at + int(length[:15])
        if end > len(data):
            return data[at:], len(data), "reset"
        after = _skipped(data, end)
        if after == len(data) or _BEGINS.match(data, after):
            return data[at:end], after, "close"
    following = _NEXT.search(data, at)
    end = following.start() if following else len(data)
    if "chunked" in headers.get("transfer-encoding", "").lower() and _CHUNK.match(data, at):
        return dechunked(data, at, name)
    return data[at:end], end, None


def _skipped(data: bytes, at: int) -> int:
    """Return the offset behind white space."""
    while at < len(data) and data[at] in b" \t\r\n":
        at += 1
    return at


def dechunked(data: bytes, at: int, name: str) -> tuple[bytes, int, str | None]:
    """Return the body whose chunks begin at an offset, where they end, and how the transport ended.

    Raises:
        CaptureError: h11, which reads it, is not installed.

    """
    try:
        import h11  # late, as it is an extra
    except ImportError as error:
        raise CaptureError(f"{name}: has a chunked body; to read it, pip install 'chunkspec[captures]'") from error
    connection: Any = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data[at:])
    body = bytearray()
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:  # what follows is no chunk: the connection broke, or the dump is damaged
            return bytes(body), len(data), "reset"
        if event is h11.NEED_DATA:
            return bytes(body), len(data), "reset"
        if isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            rest = connection.trailing_data[0]
            return bytes(body), _skipped(data, len(data) - len(rest)), "close"
