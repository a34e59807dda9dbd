"""What was asked for: the values of the request that options of rules name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.checks.members import option_place
from validator.place import values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.checks.base import At
    from validator.rule import Rule
    from validator.schema import JsonSchema

#: The form of an option that names values of the request.
NAMES: JsonSchema = {
    "type": ["string", "array"],
    "minItems": 1,
    "items": {"type": "string"},
    "description": "Members of the request, or items of its lists, such as `tools[].name`.",
}


class Asked:
    """What the request says: the values at the places that an option of a rule names."""

    def __init__(self, rule: Rule, names: str | list[str]) -> None:
        names = [names] if isinstance(names, str) else names
        self.places = [option_place(rule, f"@request.{name}") for name in names]

    def values(self, at: At) -> Iterator[tuple[str, Any]]:
        """Yield the values that are there and not null, each with the name of its place."""
        for place in self.places:
            for value in values(at.meta.get("request"), place.steps):
                if value is not None:
                    yield ".".join(place.steps).replace(".[]", "[]"), value

    def count(self, at: At) -> tuple[str, int] | None:
        """Return the first that is a whole number of at least 0, with its name."""
        return next(((name, value) for name, value in self.values(at) if type(value) is int and value >= 0), None)

    def texts(self, at: At) -> list[str]:
        """Return those that are texts, and the texts in those that are lists."""
        several = [value if type(value) is list else [value] for _, value in self.values(at)]
        return [text for values in several for text in values if type(text) is str and text]
