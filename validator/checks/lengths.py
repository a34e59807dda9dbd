"""Arrays that run side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import OBJECTS, At, Breach, Check, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema


class SameLength(Check):
    """``same_length``: of these members of the value, those that are arrays have as many items as one another.

    Option `members`: their names.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["members"],
        "properties": {"members": {"type": "array", "minItems": 2, "items": {"type": "string"}}},
    }

    looks_at = OBJECTS

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.members = tuple(options["members"])

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell the first array that is not as long as the first of them."""
        if type(value) is not dict:
            return None
        first = None
        for name in self.members:
            items = value.get(name)
            if type(items) is not list:
                continue
            if first is None:
                first = name
            elif len(items) != len(value[first]):
                count = plural(len(value[first]), "item")
                return (Breach(f"{first} has {count}, but {name} has {len(items)}", got=plural(len(items), "item"),
                               spot=at.spot(name), related=((f"{first} is here", at.spot(first)),)),)  # fmt: skip
        return None
