"""A body in chunks, as ``curl --raw`` prints it: each a size in hexadecimal digits, and so many bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from validator.captures.http import Exchange
from validator.captures.readers.curl import dechunked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.capture import Capture
    from validator.captures.input import Input

NAME = "a chunked body"
BODY = True

_SIZE = re.compile(rb"([1-9A-Fa-f][0-9A-Fa-f]{0,7})[ \t]*(?:;[^\r\n]*)?\r\n")
_FIELD = re.compile(rb"(?:data|event|id|retry)?:")


def sniff(head: bytes) -> bool:
    """Whether it is a size, so many bytes that begin with a field of an event, and another size or the end."""
    size = _SIZE.match(head)
    if size is None or not _FIELD.match(head, size.end()):
        return False
    after = head[size.end() + int(size[1], 16) :][:2]
    return after == b"\r\n"[: len(after)]


def is_stream(head: bytes) -> bool:
    """Whether it is a capture: nothing else begins so."""
    return True


def read(source: Input) -> Iterator[Capture]:
    """Yield the body, without its chunks."""
    body, _, ended = dechunked(source.whole(), 0, source.name)
    yield Exchange(1, None, (), body, ended=ended).capture(source.name, source.limits.unpacked)
