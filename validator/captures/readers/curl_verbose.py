"""What ``curl -v`` prints, all in one file: heads and its own remarks among the bytes of a body.

curl's lines begin with ``* ``, ``> ``, ``< ``, ``{ [`` or ``} [``, as no line of an event stream does. Its progress
meter has no such mark, and is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from validator.captures.capture import CaptureError
from validator.captures.readers.curl import dumped
from validator.captures.readers.curl import sniff as is_dump

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.capture import Capture
    from validator.captures.input import Input

NAME = "what curl -v prints"
BODY = False

_METER = re.compile(rb"\s*% Total +% Received")
_BEGINS = re.compile(rb"\s*(?:Note: Unnecessary [^\n]*\n)?(?:\* [^\n]*\n|> [A-Z]+ \S+ HTTP/|< HTTP/)")
_STATUS = re.compile(rb"^< HTTP/[0-9.]+ ([0-9]{3})", re.MULTILINE)
_HEAD = re.compile(rb"^< ([^\n]*\n)", re.MULTILINE)
#: Some stand also behind a piece of the body that did not end its line; within a payload a quote would follow.
_REMARK = re.compile(
    rb"^(?:[*><] |Note: Unnecessary |curl: \([0-9]+\) )[^\n]*\n?|[{}] \[[0-9]+ bytes data\]\r?\n"
    rb'|\* (?:Connection #[0-9]+ to host [^\n"]{1,300} left intact'
    rb'|(?:Closing connection|transfer closed)[^\n"]*)(?:\n|\Z)',
    re.MULTILINE,
)
_BROKE = re.compile(
    rb'\* (?:transfer closed with|Recv failure|HTTP/2 stream [0-9]+ was (?:not closed|reset))[^\n"]*$', re.MULTILINE
)


def sniff(head: bytes) -> bool:
    """Whether it begins with a remark of curl's and has the head of a response, or begins with the progress meter."""
    return _METER.match(head) is not None or (_BEGINS.match(head) is not None and _STATUS.search(head) is not None)


def is_stream(head: bytes) -> bool:
    """Whether it may hold streams, which only reading it tells."""
    return True


def read(source: Input) -> Iterator[Capture]:
    """Yield the stream, or what ``-i`` beside ``-v`` printed."""
    data = source.whole()
    if _METER.match(data):
        raise CaptureError(f"{source.name}: has curl's progress meter among the bytes of the stream: use curl -s")
    body = _REMARK.sub(b"", data)
    ended = "reset" if _BROKE.search(data) else None
    if is_dump(body):
        yield from dumped(body, source, NAME, ended=ended)
        return
    final = [one for one in _STATUS.finditer(data) if not one[1].startswith((b"1", b"3"))]
    if len(final) != 1:
        raise CaptureError(
            f"{source.name}: is {NAME} of {len(final)} responses, whose bodies cannot be told apart: use curl -i"
        )
    head = b"".join(_HEAD.findall(data, final[0].start()))
    yield from dumped(head + body, source, NAME, ended=ended)
