"""The secrets of an exchange, kept out of what is written down of it, whatever the other side makes of them.

Headers and members that hold keys are dropped by `validator.redact`. But a server may say a key again, in an error or
in the text of its answer. Here the keys of an exchange are known, so wherever one comes again it is covered, with as
many asterisks as it has bytes: places, lengths and reads stay what they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The shortest secret that is covered: shorter ones (none, EMPTY, ollama) stand for no key, and are words of a text.
SHORTEST = 7


class Veil:
    """Covers secrets in bytes that come in pieces.

    Args:
        secrets: keys and the like, as text; those that are too short to be any are let be.

    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret.encode("utf-8", "surrogateescape") for secret in secrets}
        self._secrets = sorted((one for one in known if len(one) >= SHORTEST), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(re.escape(one) for one in self._secrets)) if self._secrets else None
        self._longest = len(self._secrets[0]) if self._secrets else 0
        #: bytes with which a secret begins, held back until the next ones tell
        self._held = b""

    def cover(self, data: bytes) -> bytes:
        """Return bytes with what is secret in them covered."""
        return data if self._pattern is None else self._pattern.sub(lambda found: b"*" * len(found[0]), data)

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes, and return as many as are known to hold no secret, covered."""
        if self._pattern is None:
            return data
        data = self._held + data
        cut = self._beginning(data, 0)
        for found in self._pattern.finditer(data):
            if found.start() < cut < found.end():  # one that is whole, with an end that might begin another
                cut = self._beginning(data, found.end())
        self._held = data[cut:]
        return self.cover(data[:cut])

    def close(self) -> bytes:
        """Return the bytes that were held back."""
        held, self._held = self._held, b""
        return self.cover(held)

    def _beginning(self, data: bytes, start: int) -> int:
        """Return where at the end of some data the beginning of a secret stands, at or after `start`."""
        for at in range(max(len(data) - self._longest + 1, start), len(data)):
            end = data[at:]
            if any(one.startswith(end) for one in self._secrets):
                return at
        return len(data)
