"""The formats that captures come in: a module each.

A module says in `sniff(head)` whether a file is of its format, by its beginning (`captures.input.HEAD` bytes), and
yields the streams of such a file in `read(input)`, or raises CaptureError. What no format is sure of is taken for the
bytes of a stream. So the next format is one more file here. No two may be sure of the same file; the first by name
would win.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.capture import Capture
    from validator.captures.input import Input


class Reader(Protocol):
    """What a module of this package offers."""

    #: What a file of the format is called, with its article.
    NAME: str
    #: Whether a response can have such a body, so that where a response is known the file is taken for its body.
    BODY: bool

    def sniff(self, head: bytes) -> bool:
        """Whether the beginning of a file is of the format."""

    def is_stream(self, head: bytes) -> bool:
        """Whether a file of the format is a capture, by its beginning, where nobody says that it is one."""

    def read(self, source: Input) -> Iterator[Capture]:
        """Yield the streams of a file of the format."""


@cache
def readers() -> tuple[Reader, ...]:
    """Return all readers, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}") for name in names)


def reader_for(head: bytes, *, wire: bool = False) -> Reader | None:
    """Return the reader that is sure of a file by its beginning, None for the bytes of a stream.

    `wire` says that the file is the body of a response, unless it is of a format that no body has.
    """
    return next((one for one in readers() if not (wire and one.BODY) and one.sniff(head)), None)
