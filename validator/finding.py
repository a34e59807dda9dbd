"""What the validator says: findings, and the places in a stream that they speak of."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["error", "warning", "info", "off"]

#: The mildest severity that fails a run; ``never``: none does.
FailOn = Literal["error", "warning", "info", "never"]

#: The severities from the mildest to the gravest; their positions compare.
SEVERITIES: tuple[Severity, ...] = ("off", "info", "warning", "error")


def rank(severity: Severity) -> int:
    """Return the position of a severity: 0 for ``off``, 3 for ``error``."""
    return SEVERITIES.index(severity)


def fails(severity: Severity, fail_on: FailOn) -> bool:
    """Whether what has this severity fails a run."""
    return fail_on != "never" and rank(severity) >= rank(fail_on)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The piece of a line around a place, cut to a window; `start` and `length` count characters in `text`."""

    text: str
    start: int
    length: int
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Extent:
    """A place counted in characters from 0 at the first of the stream, and where it ends.

    `end_line` and `end_column` name, counted from 1, the character after the last.
    """

    char_offset: int
    char_length: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a stream.

    `event` counts the blocks with data from 1 (None outside of one), `line` and `column` count from 1,
    the column in characters. `byte_offset` counts from 0 at the first byte of the stream, `byte_length` in
    bytes. `pointer` is an RFC 6901 JSON Pointer into the event's payload (None when the place is not in one).
    `extent` is there only if somebody asked for it.
    """

    event: int | None
    line: int
    column: int
    byte_offset: int
    byte_length: int
    pointer: str | None = None
    excerpt: Excerpt | None = None
    extent: Extent | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, as the report contract names the keys."""
        return {
            "event": self.event,
            "line": self.line,
            "column": self.column,
            "byte_offset": self.byte_offset,
            "byte_length": self.byte_length,
            "pointer": self.pointer,
        }


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that a finding conflicts with, and what stands there."""

    message: str
    where: Where

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: the message, then the place."""
        return {"message": self.message, **self.where.to_dict()}


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of a stream, said once.

    `scope` names the part of the stream that it belongs to, by the protocol's scope names and keys (for
    instance ``{"choice": 0}``); every scope of the protocol has an entry, None where it does not apply.
    `count` says how often the defect occurs in the stream; `where` is its first place and `places` the next few.
    `breaks` maps a client and version to what was seen to happen in it. `suppressed` says why the finding is
    accepted, where a baseline does: then it is told, but fails nothing and counts nowhere.
    """

    rule: str
    layer: str
    severity: Severity
    title: str
    message: str
    expected: str
    got: str | None
    where: Where
    scope: Mapping[str, int | str | None] = field(default_factory=dict)
    related: tuple[Related, ...] = ()
    breaks: Mapping[str, str] = field(default_factory=dict)
    fix: str | None = None
    case: str | None = None
    count: int = 1
    places: tuple[Where, ...] = ()
    fingerprint: str = ""
    suppressed: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the report contract."""
        return {
            "rule": self.rule,
            "layer": self.layer,
            "severity": self.severity,
            "message": self.message,
            "expected": self.expected,
            "got": self.got,
            **self.where.to_dict(),
            **self.scope,
            "count": self.count,
            "places": [place.to_dict() for place in self.places],
            "related": [place.to_dict() for place in self.related],
            "breaks": dict(self.breaks),
            "fix": self.fix,
            "fingerprint": self.fingerprint,
            "suppressed": self.suppressed,
        }


def fingerprint(*parts: str) -> str:
    """Return 16 hexadecimal digits that name a defect, the same for every stream that shows it at the same place.

    Made of what does not move when a stream is recorded again: the rule, the place without positions, the key.
    """
    import hashlib  # late: a clean stream needs none, and it loads a library

    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
