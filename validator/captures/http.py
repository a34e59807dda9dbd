"""One HTTP exchange out of a file that holds several: which of them are streams, and what to take from them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from validator.body import compression
from validator.captures import packed
from validator.captures.capture import Capture, CaptureError, NoStream
from validator.mediatype import EVENT_STREAM, media_type
from validator.meta import load_meta
from validator.payload import Json, decode, legible
from validator.redact import clean_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from validator.captures.input import Input

#: A body that came within this many seconds came, for every rule about time, at once.
AT_ONCE = 0.05

_LIKE_A_STREAM = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:(?::|event:|id:|retry:)?+[^\r\n]{0,4096}+(?:\r\n|\n|\r)){0,100}?data:"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A response, and the request that it answers, as a file of several holds them.

    `number` is its place in the file, from 1. `body` is None where the file does not hold it, and `lost` says why.
    `took` are the seconds from the request to the first and to the last byte of the response, if they are known.
    `read` is what the file itself has as the times and sizes of reads. `exact` says that the body's bytes are those
    that were sent, as far as the file can tell.
    """

    number: int
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    media_type: str = ""
    request: str | bytes | None = None
    ended: str | None = None
    lost: str = ""
    took: tuple[float, float] | None = None
    reads: list[list[float]] | None = None
    exact: bool = True

    @property
    def type(self) -> str:
        """The media type of the response, without parameters; "" where nothing says it."""
        declared = next((value for name, value in self.headers if name.lower() == "content-type"), self.media_type)
        return media_type(declared)

    @property
    def is_stream(self) -> bool:
        """Whether the response is an event stream, or answers a request for one, or its body looks like one."""
        if self.status is not None and self.status < 200:
            return False
        if self.type == EVENT_STREAM or (self.body is not None and _LIKE_A_STREAM.match(self.body)):
            return True
        return self.asks_for_stream

    @property
    def asks_for_stream(self) -> bool:
        """Whether the request says ``"stream": true``."""
        request = self.request_json
        return request is not None and request.get("stream") is True

    @property
    def request_json(self) -> dict[str, Any] | None:
        """The body of the request, decoded, without secrets; None where it is not there or no JSON object."""
        if not self.request:
            return None
        text = self.request.encode("utf-8", "replace") if isinstance(self.request, str) else self.request
        decoded = decode(text)
        value = decoded.value if isinstance(decoded, Json) else None
        return clean_request(legible(value)) if type(value) is dict else None

    def capture(self, source: str, most: int) -> Capture:
        """Return it as a capture; where its body cannot be had, reading it says why.

        `most` is how many bytes the body may unpack to.
        """
        joined: dict[str, str] = {}
        for name, value in self.headers:
            low = name.lower()
            joined[low] = f"{joined[low]}, {value}" if low in joined else value
        body, problem = self.body, self.lost
        if body is not None:
            try:
                body = _decoded(body, joined.get("content-encoding", ""), most)
            except packed.PackedError as error:
                body, problem = None, f"its body {error}"
        meta: dict[str, Any] = {}
        request = self.request_json
        if request is not None:
            meta["request"] = request
        response: dict[str, Any] = {}
        if self.status is not None:
            response["status"] = self.status
        if joined:
            response["headers"] = joined
        if response:
            meta["response"] = response
        if self.ended is not None:
            meta["ended"] = self.ended
        reads = self.reads or self._reads(len(body or b""))
        if reads:
            meta["reads"] = reads
        if not self.exact:
            meta["exact"] = False
        if body is None:
            return Capture(source, lambda: _lost(f"{source}: {problem}"), load_meta(meta, source))
        whole = body
        return Capture(source, lambda: iter((whole,)), load_meta(meta, source))

    def _reads(self, size: int) -> list[list[float]] | None:
        """Return the reads of a body that came at once; of one that took longer nobody knows when each byte came."""
        if self.took is None or not size:
            return None
        first, last = self.took
        return [[last, size]] if 0 < last - first <= AT_ONCE else None


def _lost(message: str) -> Iterator[bytes]:
    raise CaptureError(message)


def _decoded(body: bytes, coding: str, most: int) -> bytes:
    """Return a body without its content coding; as it is where it has none, or one that is no known one.

    Recorders keep the header and often the decoded body with it, so the bytes must show that they are compressed.
    """
    for one in reversed([part.strip().lower() for part in coding.split(",")]):
        name = {"x-gzip": "gzip"}.get(one, one)
        shown = compression(body)
        if name in ("gzip", "zstd"):
            if shown != name:
                return body
        elif name not in ("deflate", "br") or shown is not None or packed.is_text(body) or _LIKE_A_STREAM.match(body):
            return body
        body = b"".join(packed.unpacked([body], name, most=most, whole=False))
    return body


def streams(exchanges: Iterable[Exchange], source: Input, what: str) -> Iterator[Capture]:
    """Yield those exchanges of a file that are streams, each named by its number.

    Args:
        exchanges: all of the file.
        source: the file.
        what: what the file is, for the message where none is a stream.

    Raises:
        NoStream: there is no stream among them; the message counts what there is.

    """
    others: Counter[str] = Counter()
    any_stream = False
    for one in exchanges:
        if one.is_stream:
            any_stream = True
            yield one.capture(f"{source.name}#{one.number}", source.limits.unpacked)
        else:
            others[one.type or "no type"] += 1
    if any_stream:
        return
    if not others:
        raise NoStream(f"{source.name}: is {what} without any response")
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
    raise NoStream(f"{source.name}: is {what} in which no response is an event stream: {counted}")
