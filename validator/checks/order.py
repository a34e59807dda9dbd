"""What must come before, and what after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import At, Breach, Check, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from validator.rule import Rule
    from validator.schema import JsonSchema, Schema


class NotAfter(Check):
    """``not_after``: once the mark was met in an earlier event, the instance has no further value at the place.

    Options: `mark`, a mark of the protocol.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["mark"],
        "properties": {"mark": {"type": "string"}},
    }

    def __init__(
        self, rule: Rule, options: Mapping[str, Any], compile_schema: Callable[[JsonSchema], Schema]
    ) -> None:
        super().__init__(rule, options, compile_schema)
        self.mark = options["mark"]
        self.uses_marks = (self.mark,)

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value that comes after the mark."""
        met = at.met(self.mark)
        if met is None or met.first.event is at.event:
            return None
        return (Breach(f"{self.place} occurs after the {self.mark}", got=shown(value),
                       related=((f"the {self.mark} is here", met.first),)),)  # fmt: skip
