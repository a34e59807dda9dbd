"""What two captures differ in: the result types of a comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.finding import Where

#: What became of something on the way from A to B.
What = Literal["lost", "added", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Side:
    """What one capture has: the value as text, cut to a few words (None: nothing), and its place.

    Where there is nothing, `where` is the place of what is around it, None if that is not there either.
    """

    value: str | None
    where: Where | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"value": self.value, **({} if self.where is None else self.where.to_dict())}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference in meaning.

    `what` became of it on the way from A to B; `name` is what it is, in a word or two, and `place` where it stands in
    a payload of a stream, also for an answer that is not streamed. `scope` names the part of the stream by the
    protocol's scopes and the keys that A has, or else B. `minor`: two captures of one answer may differ in it, for
    the reason in `because`.
    """

    what: What
    name: str
    place: str
    message: str
    a: Side
    b: Side
    scope: Mapping[str, int | str] = field(default_factory=dict)
    because: str | None = None

    @property
    def minor(self) -> bool:
        """Whether it may be."""
        return self.because is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, by schemas/meta/comparison.json."""
        return {
            "what": self.what,
            "name": self.name,
            "place": self.place,
            "scope": dict(self.scope),
            "message": self.message,
            "minor": self.minor,
            "because": self.because,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
        }


def lead(scope: Mapping[str, int | str]) -> str:
    """Return what a message begins with: the part of the stream that it speaks of, if it is not the whole."""
    told = ", ".join(f"{words(name)} {key}" for name, key in scope.items())
    return f"{told}: " if told else ""


def words(name: str) -> str:
    """Return the name of a scope as a person writes it."""
    return name.replace("_", " ")
