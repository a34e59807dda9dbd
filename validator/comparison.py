"""A comparison: two captures by their names, what each is, and what they differ in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from validator.report import tool_version

if TYPE_CHECKING:
    from validator.difference import Difference


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two captures: its name, whether it is an answer that is not streamed, its size in bytes."""

    source: str
    whole: bool
    size: int

    @property
    def form(self) -> str:
        """What it is, in words."""
        return "not streamed" if self.whole else "streamed"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"source": self.source, "streamed": not self.whole, "bytes": self.size}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two captures differ in, in the order of A."""

    a: Compared
    b: Compared
    protocol: str
    differences: tuple[Difference, ...]

    @property
    def counting(self) -> tuple[Difference, ...]:
        """The differences that two captures of one answer must not have."""
        return tuple(one for one in self.differences if not one.minor)

    @property
    def minor(self) -> tuple[Difference, ...]:
        """Those that they may have."""
        return tuple(one for one in self.differences if one.minor)

    @property
    def same(self) -> bool:
        """Whether both mean the same."""
        return not self.counting

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, by schemas/meta/comparison.json."""
        return {
            "version": 1,
            "tool": {"name": "chunkspec", "version": tool_version()},
            "protocol": self.protocol,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "same": self.same,
            "differences": [one.to_dict() for one in self.differences],
            "summary": {"differences": len(self.counting), "minor": len(self.minor)},
        }
