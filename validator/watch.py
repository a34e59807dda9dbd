"""A response that a client reads, watched: what came and when, judged once it is over.

Theory of the times. What can be seen is when the client was handed a piece, not when the piece came. Both are the
same while the client waits for the next piece. Where it did something else for long, and then found the piece
there already, nobody knows how long it had lain: so that no server is blamed for the pauses of a client, no
time of such a response is told, and the rules on times are not judged.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from validator.report import Failure, Report
from validator.stream import StreamValidator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from validator.judge import Judge

#: How many bytes of a body are kept to be judged, as it came and decompressed.
MOST = 64 * 2**20

#: A client that stays away for so many seconds, and waits no longer than this for the next piece, found it there.
AWAY, FOUND_THERE = 0.25, 0.005

_TOO_LONG = f"its body is longer than {MOST // 2**20} MiB, the limit"

_log = logging.getLogger("chunkspec")


class Watch:
    """One response on its way to the client. None of the methods raises.

    Args:
        judge: what to judge by.
        deliver: is handed the report, once.
        source: what to call the response.
        meta: its sidecar, without what only its end can tell.
        response_type: the client's type of responses, which decompresses bodies.
        sent: when the request was sent, by `time.perf_counter`.

    """

    def __init__(
        self,
        judge: Judge,
        deliver: Callable[[Report], object],
        *,
        source: str,
        meta: dict[str, Any],
        response_type: Any,
        sent: float,
    ) -> None:
        self._judge, self._deliver, self._source, self._meta = judge, deliver, source, meta
        self._response_type = response_type
        self._sent = sent
        #: the pieces with their times, in seconds since the request was sent
        self._came: list[tuple[float, bytes]] = []
        self._size = 0
        self._blurred = False
        #: since when the client has been away, and since when it has waited for the next piece
        self._away = self._waiting = time.perf_counter()
        self._over = False

    def waits(self) -> None:
        """Note that the client asks for the next piece."""
        self._waiting = time.perf_counter()

    def came(self, piece: bytes) -> None:
        """Note a piece that goes to the client."""
        now = time.perf_counter()
        self._look(now)
        self._away = now
        self._size += len(piece)
        if self._size <= MOST:
            self._came.append((now - self._sent, piece))

    def _look(self, now: float) -> None:
        if self._waiting - self._away > AWAY and now - self._waiting < FOUND_THERE:
            self._blurred = True

    def whole(self, body: bytes) -> None:
        """Judge a body that the response held from the start: decompressed, and at no known time."""
        self._response_type, self._blurred = None, True
        self.came(body)
        self.over("close")

    def over(self, ended: str) -> None:
        """Judge what came, by how it ended (in the sidecar's words), unless that was done, and deliver the report."""
        if self._over:
            return
        self._over = True
        self._look(now := time.perf_counter())
        try:
            self._deliver(self._report(ended, now - self._sent))
        except Exception:
            _log.exception("%s: what was to be done with its report failed", self._source)
        self._came.clear()

    def _report(self, ended: str, at: float) -> Report:
        try:
            return self._judged(ended, at)
        except Exception as error:  # whatever it is, the client must not notice; the report tells
            return Report((), (Failure(self._source, f"{self._source}: cannot be judged: {error}"),))

    def _judged(self, ended: str, at: float) -> Report:
        came = list(self._decoded())
        meta = {**self._meta, "ended": ended}
        if not self._blurred:
            end = [[at, 0]] if ended == "close" else []
            meta["reads"] = [[round(when, 6), len(data)] for when, data in came] + end
        stream = StreamValidator(meta=meta, source=self._source, judge=self._judge)
        for _, data in came:
            stream.feed(data)
        return stream.close()

    def _decoded(self) -> Iterator[tuple[float, bytes]]:
        """Yield what came, decompressed as the client does it, each piece with the time of the one that held it."""
        if self._size > MOST:
            raise ValueError(_TOO_LONG)
        coding = self._meta["response"]["headers"].get("content-encoding", "identity")
        if coding == "identity" or self._response_type is None:
            yield from self._came
            return
        position = 0

        def pieces() -> Iterator[bytes]:
            nonlocal position
            for position, (_, piece) in enumerate(self._came):  # noqa: B007 - it is nonlocal
                yield piece

        body = self._response_type(200, headers={"content-encoding": coding}, content=pieces()).iter_bytes()
        size = 0
        while data := _next(body, coding):
            size += len(data)
            if size > MOST:
                raise ValueError(_TOO_LONG)
            yield self._came[position][0], data


def _next(body: Iterator[bytes], coding: str) -> bytes:
    try:
        return next(body, b"")
    except Exception as error:
        msg = f"its client cannot decompress the body (Content-Encoding: {coding[:40]}): {error}"
        raise ValueError(msg) from error
