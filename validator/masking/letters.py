"""One character for another: what a masked text is written with.

A letter becomes a letter of the same sort and the same length in UTF-8 and UTF-16, a digit a digit; punctuation,
space, controls and what shows that text was lost stay. Which one it becomes depends on the character, on where it
stands, and on a key. So texts that begin alike, or are the same in two places of one event, are so after masking,
and texts that differ still do: within one sort and at one place, no two characters become the same.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import cache

#: Sorts of ASCII: each is masked within itself. The digits without 0, as a number must not begin with one; and where
#: bytes are written out as numbers, the letters by how many digits their code has.
_LOWER, _UPPER, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_BY_LENGTH = ("abc", "defghijklmnopqrstuvwxyz")

#: By length in UTF-8: where letters begin that are written for others of that length, and how many there are.
_LETTERS = {2: (0x100, 0x80), 3: (0x4E00, 0x1000), 4: (0x20000, 0x1000)}
_SYMBOLS = {3: (0x2600, 0x40), 4: (0x1F600, 0x40)}

_BLOCK = 64


@cache
def _sort(char: str) -> str:
    """Return ``letter``, ``symbol`` or "" for what stays."""
    code = ord(char)
    if 0xFFF9 <= code <= 0xFFFD:  # what stands for characters that are not there
        return ""
    category = unicodedata.category(char)
    return "letter" if category[0] in "LMN" else "symbol" if category == "So" else ""


class Letters:
    """Masks characters.

    Args:
        key: without it nobody can undo what it does.
        by_length: whether a character must keep the number of digits that its code has in decimal.

    """

    def __init__(self, key: bytes, *, by_length: bool) -> None:
        self._key = hashlib.sha256(key).digest()
        self._ascii: dict[str, str] = {}
        for sort in (*_BY_LENGTH, _UPPER, _DIGITS) if by_length else (_LOWER, _UPPER, _DIGITS):
            self._ascii.update(dict.fromkeys(sort, sort))
        self._blocks: dict[tuple[int, int], bytes] = {}

    def _shift(self, event: int, offset: int) -> int:
        place = event, offset // _BLOCK
        block = self._blocks.get(place)
        if block is None:
            if len(self._blocks) > 10_000:
                self._blocks.clear()
            block = hashlib.blake2b(f"{place}".encode(), key=self._key, digest_size=_BLOCK).digest()
            self._blocks[place] = block
        return block[offset % _BLOCK]

    def text(self, char: str, event: int, offset: int) -> str:
        """Return what a character of a text becomes; `event` and `offset` say where it stands."""
        if char.isascii():
            sort = self._ascii.get(char)
            return char if sort is None else sort[(sort.index(char) + self._shift(event, offset)) % len(sort)]
        kind = _sort(char)
        within = (_LETTERS if kind == "letter" else _SYMBOLS if kind == "symbol" else {}).get(len(_utf8(char)))
        if within is None:
            return char
        first, count = within
        return chr(first + (ord(char) + self._shift(event, offset)) % count)

    def digit(self, char: str, event: int, offset: int) -> str:
        """Return what a digit of a number becomes: 0 stays, and nothing else becomes one."""
        return char if char == "0" else chr(49 + (ord(char) - 49 + self._shift(event, offset)) % 9)


def _utf8(char: str) -> bytes:
    return char.encode("utf-8", "surrogatepass")


def length(char: str) -> int:
    """Return how many bytes a character takes in UTF-8; 1 for a byte that was none."""
    code = ord(char)
    return 1 if code < 0x80 or 0xDC80 <= code <= 0xDCFF else 2 if code < 0x800 else 3 if code < 0x10000 else 4
