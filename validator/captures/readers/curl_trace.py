"""What ``curl --trace FILE`` writes: all bytes that were sent and received, in hexadecimal digits.

What was received is a dump of HTTP responses; the data that were sent are the bodies of the requests.
``--trace-ascii`` has dots for many bytes and no ends of lines, so nothing can be judged by it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from validator.captures.capture import CaptureError
from validator.captures.readers.curl import dumped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.captures.capture import Capture
    from validator.captures.input import Input

NAME = "a trace of curl"
BODY = False

#: The line before some bytes: with --trace-time the time, with --trace-ids numbers, then what they are and how many.
_PART = re.compile(rb"(?:[0-9:.]{8,18} )?(?:\[[^\]\r\n]*\] )?(==|=>|<=) (Info:|(?:Send|Recv) [^,\r\n]{1,20})")
_BYTES = re.compile(rb"([0-9a-f]{4,}): ((?:[0-9a-f]{2} ){1,16})")


def sniff(head: bytes) -> bool:
    """Whether it begins with such a line."""
    return _PART.match(head) is not None


def is_stream(head: bytes) -> bool:
    """Whether it may hold streams, which only reading it tells."""
    return True


def read(source: Input) -> Iterator[Capture]:
    """Yield the streams among what was received."""
    received = bytearray()
    requests: list[bytearray] = []
    here: bytearray | None = None
    for line in source.whole().splitlines():
        shown = _BYTES.match(line)
        if shown:
            if here is not None:
                here += bytes.fromhex(shown[2].decode())
            continue
        part = _PART.match(line)
        if part is None:
            raise CaptureError(
                f"{source.name}: is {NAME} that is damaged, or of --trace-ascii, which leaves bytes out: use --trace"
            )
        what = part[2]
        if what == b"Send header":
            requests.append(bytearray())
        sent = requests[-1] if requests else None
        here = received if what in (b"Recv header", b"Recv data") else sent if what == b"Send data" else None
    yield from dumped(bytes(received), source, NAME, [bytes(one) for one in requests])
