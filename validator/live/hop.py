"""Headers that hold for one connection only (RFC 9110, 7.6.1), and that no proxy passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip

#: What a Connection header cannot name: how long the body is, and whom it is for.
_KEPT = frozenset({b"content-length", b"host"})


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers that are passed on, in their order and as they are written.

    Those that Connection names are dropped too. Where the body comes in chunks, a Content-Length does not count.
    """
    given = list(headers)
    names = {name.lower() for name, _ in given}
    named = {
        one.strip().lower() for name, value in given if name.lower() == b"connection" for one in value.split(b",")
    }
    dropped = _HOP | (named - _KEPT)
    if b"transfer-encoding" in names:
        dropped |= {b"content-length"}
    return [(name, value) for name, value in given if name.lower() not in dropped]


def chunked(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a message comes in chunks."""
    return any(name.lower() == b"transfer-encoding" for name, _ in headers)
