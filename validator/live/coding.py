"""The body of a response while it streams, without the content codings that its header names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.captures.packed import Unpacker
from validator.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The codings that are undone, by the names that they go by.
_CODINGS = {
    "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "x-deflate": "deflate", "zstd": "zstd", "br": "br",
}  # fmt: skip


class Uncoded:
    """Unpacks what comes piece by piece; codings that are not known are let be.

    Args:
        header: the value of Content-Encoding; empty for none.
        most: how many bytes each coding may unpack to.

    Raises:
        PackedError: the library for a coding is not there.

    """

    def __init__(self, header: str = "", most: int = Limits().unpacked) -> None:
        names = [one.strip().lower() for one in reversed(header.split(","))]
        self._unpackers = [Unpacker(_CODINGS[name], most) for name in names if name in _CODINGS]

    def feed(self, piece: bytes) -> Iterable[bytes]:
        """Return the bytes that a piece brings, in pieces.

        Raises:
            PackedError: it is not of a coding, or holds too much.

        """
        pieces: Iterable[bytes] = (piece,)
        for unpacker in self._unpackers:
            pieces = [data for packed in pieces for data in unpacker.feed(packed)]
        return pieces
