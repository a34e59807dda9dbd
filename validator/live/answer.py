"""What came of one request: bytes, reads and their times, status, headers, how it ended; without any secret."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from validator.captures.packed import PackedError
from validator.live.coding import Uncoded
from validator.mediatype import media_type
from validator.redact import clean_request, without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from validator.live.key import Key

#: How many bytes of an answer are read.
MOST = 16 * 2**20

#: Answers that say: not now.
_LATER = (429, 503)

Ended = Literal["close", "reset", "timeout", "left"]


@dataclass(frozen=True, slots=True)
class Question:
    """One request: its `body` as it is sent, and the object that it is of, if it is one.

    `tokens` is how many the answer may have. `key`: whether the ``given`` key is sent, ``none``, or a ``wrong`` one.
    `leave`: after how many bytes of the answer its reader closes the connection; None: never.
    """

    body: bytes
    value: dict[str, Any] | None = None
    tokens: int = 0
    key: Literal["given", "none", "wrong"] = "given"
    leave: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request, without secrets.

    `status` is None where no HTTP response came; `ended` then says what came in its place, and `trouble`, in words,
    what was wrong. `reads` are pairs of seconds since the request was sent and bytes. `problem` says why not all of
    the answer is there. A body that was compressed is no longer, as a key may be in it.
    """

    question: Question
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    reads: tuple[tuple[float, int], ...]
    ended: Ended
    trouble: str | None = None
    problem: str | None = None
    meta: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        meta: dict[str, Any] = {"ended": self.ended, "reads": [list(read) for read in self.reads]}
        if self.question.value is not None:
            meta["request"] = clean_request(self.question.value)
        if self.status is not None:
            meta["response"] = {"status": self.status, "headers": dict(self.headers)}
        object.__setattr__(self, "meta", meta)

    @property
    def kind(self) -> str:
        """The media type that it says it has, without parameters, in lower case; empty where it says none."""
        return media_type(self.headers.get("content-type", ""))

    @property
    def later(self) -> bool:
        """Whether the server says that it would answer at another time."""
        return self.status in _LATER


class Came:
    """What has come of one request so far."""

    def __init__(self, question: Question, key: Key) -> None:
        self.question = question
        self._key = key
        self._sent = time.perf_counter()
        self.status: int | None = None
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._reads: list[tuple[float, int]] = []
        self._ended: Ended = "close"
        self._trouble: str | None = None
        self._problem: str | None = None
        self._uncoded = Uncoded()

    def head(self, response: httpx.Response) -> None:
        """Take the status and the headers."""
        named = {name.lower(): self._key.clean_text(text) for name, text in response.headers.items()}
        self.status, self._headers = response.status_code, without_secrets(named)
        try:  # it may be compressed, whatever was asked for
            self._uncoded = Uncoded(named.get("content-encoding", ""), 2 * MOST)
        except PackedError as error:
            self._problem = f"its body {error}"

    def piece(self, piece: bytes) -> bool:
        """Take a read; return whether nothing more is to be read."""
        if self._problem is None:
            data = self._unpacked(piece)
            if data:
                self._body += data
                self._reads.append((round(time.perf_counter() - self._sent, 6), len(data)))
            if len(self._body) > MOST:
                self._problem = "the answer goes on; only its beginning is judged"
        if self._problem is None and (self.question.leave is None or len(self._body) < self.question.leave):
            return False
        self.end("left")
        return True

    def _unpacked(self, piece: bytes) -> bytes:
        try:
            return b"".join(self._uncoded.feed(piece))
        except PackedError as error:
            self._problem = f"its body {error}"
            return b""

    def end(self, ended: Ended, trouble: str | None = None) -> None:
        """Note how it ended."""
        self._ended, self._trouble = ended, trouble
        if ended == "close":
            self._reads.append((round(time.perf_counter() - self._sent, 6), 0))

    def answer(self) -> Answer:
        """Return it all."""
        return Answer(
            self.question, self.status, self._headers, self._key.clean(bytes(self._body)), tuple(self._reads),
            self._ended, self._trouble, self._problem,
        )  # fmt: skip
