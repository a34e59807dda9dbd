r"""The characters of a JSON string as they are written, so that others can be written the same way.

An ``\u00f6`` stays six bytes, an ``ö`` stays two.
"""

from __future__ import annotations

import re

_UNIT = re.compile(
    rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)|([\x00-\x7f])"
    rb"|([\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})|(.)",
    re.DOTALL,
)
_ESCAPES = {b"b": "\b", b"f": "\f", b"n": "\n", b"r": "\r", b"t": "\t"}


def units(raw: bytes) -> list[tuple[bytes, str]]:
    """Return the characters between the quotes of a JSON string: each as it is written, and what it is."""
    found: list[tuple[bytes, str]] = []
    for match in _UNIT.finditer(raw):
        high, low, code, escape, plain, several, _ = match.groups()
        if high:
            char = chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
        elif code:
            char = chr(int(code, 16))
        elif escape:
            char = _ESCAPES.get(escape) or escape.decode("latin-1")
        elif plain:
            char = plain.decode()
        else:
            char = (several or match[0]).decode("utf-8", "surrogateescape")[0]
        found.append((match[0], char))
    return found


def written(raw: bytes, char: str) -> bytes:
    """Return how a character is written in place of another that was written so, in as many bytes."""
    if not raw.startswith(b"\\"):
        return char.encode("utf-8", "surrogateescape")
    if raw[1:2] != b"u":
        return raw
    form = "\\u%04X" if raw[2:].upper() == raw[2:] and raw[2:].lower() != raw[2:] else "\\u%04x"
    code = ord(char)
    if code < 0x10000:
        return (form % code).encode()
    high, low = 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)
    return (form % high + form % low).encode()
