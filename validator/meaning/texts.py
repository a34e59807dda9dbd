"""What two texts differ in, in few words."""

from __future__ import annotations

from itertools import takewhile

#: How many characters of a text, or of what is around a difference, are quoted.
QUOTED, AROUND = 60, 12


def middle(one: str, other: str) -> tuple[int, str, str]:
    """Return where two texts begin to differ, and of each what stands there, up to where they end alike."""
    start = _alike(one, other)
    rest = min(len(one), len(other)) - start
    end = _alike(one[len(one) - rest :][::-1], other[len(other) - rest :][::-1])
    return start, one[start : len(one) - end], other[start : len(other) - end]


def short(text: str) -> str:
    """Return a text cut to what can be quoted."""
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1]}…"


def around(text: str, start: int, length: int) -> str:
    """Return a part of a text with a little of what is around it."""
    first, last = max(start - AROUND, 0), min(start + length, start + QUOTED) + AROUND
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin alike with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
