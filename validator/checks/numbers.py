"""How great numbers may be, and in which order they stand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import ARRAYS, NUMBERS, At, Breach, Check, shown
from validator.checks.members import here, member, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.checks.base import See, Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema

_NUMBERS = frozenset({int, float})


class AtMost(Check):
    """``at_most``: a number is no greater than another; what is no number is not judged. Option: `number`."""

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["number"],
        "properties": {"number": {"type": "number"}},
    }
    looks_at = NUMBERS

    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.most = options["number"]

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a greater one."""
        if type(value) not in (int, float) or not value > self.most:
            return None
        return (Breach(f"{self.place} is more than {shown(self.most)}", got=shown(value), key="maximum"),)

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Look at the greatest of all."""
        numbers = (
            values if _NUMBERS.issuperset(map(type, values)) else [one for one in values if type(one) in _NUMBERS]
        )
        return not numbers or max(numbers) <= self.most


class Descending(Check):
    """``descending``: the items of an array are in descending order of a number.

    Options: `by`, the member that is the number; `slack`, by how much one may be above the one before it; `ignore`,
    numbers that do not count; `most`, how many items there may be.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["by"],
        "properties": {
            "by": {"type": "string"},
            "slack": {"type": "number", "minimum": 0},
            "ignore": {"type": "array", "items": {"type": "number"}},
            "most": {"type": "integer", "minimum": 1},
        },
    }

    looks_at = ARRAYS

    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.by = steps(options["by"])
        self.slack = options.get("slack", 0)
        self.ignore = frozenset(options.get("ignore", ()))
        self.most = options.get("most")

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Look at the arrays that are not plainly in order."""
        most = self.most or sys.maxsize
        name = self.by[0]
        for value in values:
            before = float("inf")
            try:
                for item in value:
                    number = item[name]
                    if type(number) is not float or number > before:
                        break
                    before = number
                else:
                    if len(self.by) == 1 and len(value) <= most:
                        continue
            except (TypeError, KeyError):
                pass
            if see(state, value, at):
                return False
        return True

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell the first item that is above the one before it, or that the array is too long."""
        if type(value) is not list or not value:
            return None
        before = None
        name = self.by[0] if len(self.by) == 1 else None
        for position, item in enumerate(value):
            number = item.get(name) if name is not None and type(item) is dict else member(item, self.by)
            if type(number) not in (int, float) or number in self.ignore:
                continue
            if before is not None and number > before + self.slack:
                by = self.by[-1]
                return (Breach(f"{here(at)} is not in descending order: {by} {number} comes after {before}",
                               got=str(number), spot=at.spot(position, *self.by), key="order"),)  # fmt: skip
            before = number
        if self.most is not None and len(value) > self.most:
            says = f"{here(at)} has {len(value)} items, more than {self.most}"
            return (Breach(says, got=str(len(value)), key="most"),)
        return None
