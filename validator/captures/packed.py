"""Compressed captures, and compressed bodies: gzip, zstd, brotli, deflate; read piece by piece, up to a limit.

A few kilobytes can unpack to gigabytes. So what comes out is counted, and refused where it is too much in all, or
far more than anybody's streams are to what went in.
"""

from __future__ import annotations

import importlib
import zlib
from typing import TYPE_CHECKING, Any

from validator.captures.capture import CaptureError
from validator.limits import Limits, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Beyond MODEST bytes, how many times what it is packed in a capture may unpack to.
MODEST, TIMES = 16 * 2**20, 200

#: How many bytes are unpacked at a time.
PIECE = 1 << 20

#: What a file's name says of its compression.
SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".br": "br"}


class PackedError(Exception):
    """Compressed data that cannot be read; the message says why, without naming the file."""


def is_text(data: bytes) -> bool:
    """Whether the beginning of some data is UTF-8 text without zeros."""
    head = data[:4096]
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
    return b"\0" not in head


def unpacked(
    pieces: Iterable[bytes], coding: str, *, most: int = Limits().unpacked, whole: bool = True
) -> Iterator[bytes]:
    """Yield the bytes that compressed pieces hold.

    Args:
        pieces: the compressed bytes.
        coding: ``gzip``, ``zstd``, ``br`` or ``deflate``.
        most: how many bytes they may unpack to.
        whole: whether data that ends too early is refused; else what there is of it is given.

    Raises:
        PackedError: they are not of that coding, are cut, or hold too much; or the library for it is not there.

    """
    unpacker = Unpacker(coding, most)
    for piece in pieces:
        yield from unpacker.feed(piece)
    if whole and not unpacker.done():
        raise PackedError(f"is {coding} data that is cut off")


class Unpacker:
    """Unpacks what comes piece by piece.

    Args:
        coding: ``gzip``, ``zstd``, ``br`` or ``deflate``.
        most: how many bytes it may unpack to.

    Raises:
        PackedError: the library for it is not there.

    """

    def __init__(self, coding: str, most: int = Limits().unpacked) -> None:
        self._coding = coding
        self._most = most
        self._inner = _UNPACKERS[coding](coding)
        self._taken = self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the bytes that a compressed piece brings.

        Raises:
            PackedError: it is not of that coding, or holds too much.

        """
        self._taken += len(data)
        for out in self._inner.feed(data):
            self._given += len(out)
            if self._given > self._most:
                raise PackedError(f"unpacks to more than {size(self._most)}, the limit (--limit unpacked=SIZE)")
            if self._given > MODEST and self._given > TIMES * self._taken:
                raise PackedError(
                    f"unpacks to more than {self._given // 2**20} MiB from {self._taken} bytes of {self._coding}, "
                    "as no stream does; if it is one, unpack it yourself"
                )
            yield out

    def done(self) -> bool:
        """Whether what came is complete."""
        return self._inner.done()


def unpacked_file(pieces: Iterable[bytes], coding: str, name: str, most: int) -> Iterator[bytes]:
    """Yield what a compressed file holds, as `unpacked` does; raises CaptureError, which names the file."""
    try:
        yield from unpacked(pieces, coding, most=most)
    except PackedError as error:
        raise CaptureError(f"{name}: {error}") from error


class _Zlib:
    """Gzip (several members in a row, as gzip allows) or deflate (with or without the header of zlib).

    What follows a member is copied for each; so it is given little at a time, as there may be very many.
    """

    STEP = 4096

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._start = b""
        self._inner: Any = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), self.STEP):
            yield from self._step(data[at : at + self.STEP])

    def _step(self, data: bytes) -> Iterator[bytes]:
        more = False
        while data or more:
            if self._inner is None or self._inner.eof:
                data = self._begin(data)
                if self._inner is None or self._inner.eof:
                    return
            try:
                out = self._inner.decompress(data, PIECE)
            except zlib.error as error:
                raise PackedError(f"is not {self._coding} data, or damaged ({error})") from error
            data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            more = len(out) == PIECE and not self._inner.eof
            yield out

    def _begin(self, data: bytes) -> bytes:
        """Start on a member, once its first two bytes are there; gzip may have zeros between members."""
        if self._inner is not None and not self._start:
            data = data.lstrip(b"\0")
        start = self._start = self._start + data
        if len(start) < 2:
            return b""
        header = start[0] & 15 == 8 and (start[0] * 256 + start[1]) % 31 == 0
        bits = 31 if self._coding == "gzip" else 15 if header else -15
        self._inner, self._start = zlib.decompressobj(bits), b""
        return start

    def done(self) -> bool:
        return self._inner is not None and self._inner.eof and not self._start


class _Zstd:
    """Zstandard frames in a row. One step unpacks to 8 MiB at most, as a block of 128 KiB takes 4 bytes at least."""

    STEP = 256

    def __init__(self, coding: str) -> None:
        self._library = _library("zstandard", coding)
        self._inner = self._library.ZstdDecompressor(max_window_size=2**27).decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            if self._inner.eof:
                self._inner = self._library.ZstdDecompressor(max_window_size=2**27).decompressobj()
            try:
                out = self._inner.decompress(data[at : at + self.STEP])
            except self._library.ZstdError as error:
                raise PackedError(f"is not zstd data, or damaged ({error})") from error
            at = min(at + self.STEP, len(data)) - len(self._inner.unused_data)
            yield out

    def done(self) -> bool:
        return bool(self._inner.eof)


class _Brotli:
    """Brotli. Libraries before 1.2 cannot bound what one call gives; they get one byte at a time."""

    def __init__(self, coding: str) -> None:
        self._library = _library("brotli", coding)
        self._inner = self._library.Decompressor()
        self._bounded = hasattr(self._inner, "can_accept_more_data")

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            if not self._bounded:
                for at in range(len(data)):
                    yield self._inner.process(data[at : at + 1])
                return
            yield self._inner.process(data, output_buffer_limit=PIECE)
            while not self._inner.can_accept_more_data():
                yield self._inner.process(b"", output_buffer_limit=PIECE)
        except self._library.error as error:
            raise PackedError("is not brotli data, or damaged") from error

    def done(self) -> bool:
        return bool(self._inner.is_finished())


_UNPACKERS: dict[str, Callable[[str], _Zlib | _Zstd | _Brotli]] = {
    "gzip": _Zlib,
    "deflate": _Zlib,
    "zstd": _Zstd,
    "br": _Brotli,
}


def _library(name: str, coding: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise PackedError(f"is compressed ({coding}); to read it, pip install 'chunkspec[captures]'") from error
