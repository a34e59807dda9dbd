"""Places: the names of where a rule looks.

A place is a path with the positions left out: ``choices[].delta.role`` is the role in any delta of any choice.
``[]`` stands for every item of an array, ``*`` for every member of an object, ``$`` for the payload itself.
A first segment ``@root`` leaves the payload for what is known beside it: ``@event`` (the SSE block), ``@payload``
(how the data decoded), ``@sentinel`` (the terminating event), ``@capture`` (the whole stream, at its end),
``@request`` and ``@response`` (when the capture holds them), ``@read`` (one read of
the transport, when the capture holds their times).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ITEMS = "[]"
MEMBERS = "*"
ROOTS = ("json", "event", "payload", "sentinel", "capture", "request", "response", "read")

_SEGMENT = re.compile(r"([^\s.\[\]@$]+)((?:\[\])*)")

#: The keys and positions that lead from a root to one value.
Path = tuple[str | int, ...]


class PlaceError(ValueError):
    """A place that is not written as one."""


@dataclass(frozen=True, slots=True)
class Place:
    """A parsed place: its root (one of ROOTS) and the steps below it (keys, ``[]``, ``*``)."""

    root: str
    steps: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read a place as rules write it.

        Raises:
            PlaceError: it is not one; the message says what is expected.

        """
        root, rest = "json", text
        if text.startswith("@"):
            root, _, rest = text[1:].partition(".")
            if root not in ROOTS:
                msg = f"{text!r:.100} starts with an unknown root; known are {', '.join('@' + r for r in ROOTS[1:])}"
                raise PlaceError(msg)
            if not rest:
                return cls(root, ())
        elif text == "$":
            return cls(root, ())
        steps: list[str] = []
        for segment in rest.removeprefix("$").removeprefix(".").split("."):
            found = _SEGMENT.fullmatch(segment)
            if found is None:
                msg = f"{text!r:.100} is not a place such as 'items[].name', '$' or '@event.fields[]'"
                raise PlaceError(msg)
            steps.append(found[1])
            steps.extend([ITEMS] * (len(found[2]) // 2))
        return cls(root, tuple(steps))

    def within(self, other: Place) -> bool:
        """Whether this place is the other one or lies below it."""
        return self.root == other.root and self.steps[: len(other.steps)] == other.steps

    def __str__(self) -> str:
        text = ""
        for step in self.steps:
            text += step if step == ITEMS or not text else f".{step}"
        if self.root == "json":
            return text or "$"
        return f"@{self.root}.{text}" if text else f"@{self.root}"


def value_at(value: Any, path: Iterable[str | int]) -> Any:
    """Return what stands at a path in a value, which must be there."""
    for step in path:
        value = value[step]
    return value


def values(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at the occurrences of a place in a value, by the place's steps."""
    if not steps:
        yield value
    elif steps[0] == ITEMS:
        for item in value if type(value) is list else ():
            yield from values(item, steps[1:])
    elif type(value) is dict:
        for name in value if steps[0] == MEMBERS else steps[:1]:
            if name in value:
                yield from values(value[name], steps[1:])


def general(path: Path) -> tuple[str, ...]:
    """Return the steps of the place that a path is an occurrence of."""
    return tuple(ITEMS if isinstance(step, int) else step for step in path)


def pointer(path: Path) -> str:
    """Return the RFC 6901 JSON Pointer of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
