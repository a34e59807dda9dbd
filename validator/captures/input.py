"""An input: bytes that can be looked at before they are read, whether they come from a file or a pipe."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from validator.captures.capture import CaptureError
from validator.limits import Limits, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What stands for standard input among paths.
STDIN = "-"

#: How many bytes are read at a time.
READ = 1 << 20

#: How many bytes at the beginning tell what an input is.
HEAD = 256 * 1024


class Input:
    """An input by its name and a way to its bytes.

    Args:
        name: what to call it in messages and reports.
        open_: gives the bytes in pieces, from the first one on; called again only if `again`.
        path: its file, if it has one.
        again: whether it can be read more than once.
        limits: how much of it may be in memory, and what it may unpack to.

    Attributes: `head`, the first HEAD bytes or all there are; `name`, `path`, `again` and `limits` as given.

    """

    def __init__(
        self,
        name: str,
        open_: Callable[[], Iterator[bytes]],
        path: Path | None = None,
        *,
        again: bool,
        limits: Limits = Limits(),  # noqa: B008 - it is frozen
    ) -> None:
        self.name = name
        self.path = path
        self.again = again
        self.limits = limits
        self._open = open_
        self._rest: Iterator[bytes] | None = None
        #: all of it, if that is no more than the head of what can be read again
        self._all: bytes | None = None
        pieces = open_()
        start = b""
        try:
            for piece in pieces:
                start += piece
                if len(start) >= HEAD:
                    break
            else:
                self._all = start if again else None
        except KeyboardInterrupt:
            if again or not start:
                raise
            pieces = iter(_interrupt, b"")  # what came of a pipe is judged; it cannot be had again
        self.head = start[:HEAD]
        if again:
            _close(pieces)
        else:
            self._rest = chain((start,), pieces)

    def pieces(self) -> Iterator[bytes]:
        """Yield all bytes in pieces; from a pipe, once.

        Raises:
            CaptureError: they cannot be read.

        """
        if self._all is not None:
            return iter((self._all,) if self._all else ())
        return self._open() if self._rest is None else self._rest

    def whole(self) -> bytes:
        """Return all bytes.

        Raises:
            CaptureError: they cannot be read, or are too many to be held in memory.

        """
        data = bytearray()
        for piece in self.pieces():
            data += piece
            if len(data) > self.limits.whole:
                raise CaptureError(
                    f"{self.name}: is larger than {size(self.limits.whole)}, the limit for a file that is no plain "
                    "stream (--limit whole=SIZE)"
                )
        return bytes(data)


def open_input(given: str, limits: Limits = Limits()) -> Input:  # noqa: B008 - it is frozen
    """Return the input of a path or of ``-``.

    Raises:
        CaptureError: it cannot be read.

    """
    if given == STDIN:
        stdin = sys.stdin.buffer
        read: Callable[[int], bytes] = getattr(stdin, "read1", stdin.read)  # what there is, without waiting for more
        return Input("<stdin>", lambda: _read(read, "<stdin>"), again=False, limits=limits)
    path = Path(given)
    return Input(given, lambda: _from(path), path, again=path.is_file(), limits=limits)


def _from(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as file:
            yield from _read(file.read, str(path))
    except OSError as error:
        raise CaptureError(f"{path}: cannot be read: {error.strerror}") from error


def _read(read: Callable[[int], bytes], name: str) -> Iterator[bytes]:
    size = HEAD
    try:
        while piece := read(size):
            yield piece
            size = READ
    except OSError as error:
        raise CaptureError(f"{name}: cannot be read: {error.strerror}") from error


def _interrupt() -> bytes:
    raise KeyboardInterrupt


def _close(pieces: Iterator[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
