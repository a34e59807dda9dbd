"""Keys and tokens within the text of a stream, covered wherever it is shown or written.

What covers them has as many bytes, so that places stay. Fields that hold secrets are `validator.redact`'s.
"""

from __future__ import annotations

import re

from validator.redact import TOKEN

#: What looks like a key; and headers, as `curl -v` mixes them into what it prints.
_KEY = re.compile(
    rb"%b|(?m:(?<=^[<>] )[\w-]*(?:auth|cookie|token|secret|api-?key)[\w-]*: [^\r\n]+)" % TOKEN.pattern.encode(),
    re.IGNORECASE,
)
#: No token but words, as in "bearer authentication".
_WORDS = re.compile(rb"(?i:bearer)\s+[a-z]{8,24}")
#: A key that is cut off.
_CUT = re.compile(r"\b(?:sk|pk|rk|xai|gsk|hf|r8|nvapi|pplx|fw)[-_][\w-]{4,15}(?=…)", re.IGNORECASE)


def covered(data: bytes) -> bytes:
    """Return bytes with what looks like a key or token covered, with as many asterisks as it has bytes."""
    return _KEY.sub(lambda found: found[0] if _WORDS.fullmatch(found[0]) else b"*" * len(found[0]), data)


def covered_text(text: str) -> str:
    """Return a text, which may be cut off with an ellipsis, with what looks like a key or token covered."""
    if text.isascii():
        return covered(text.encode()).decode()
    text = covered(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    return _CUT.sub(lambda found: "*" * len(found[0]), text)
