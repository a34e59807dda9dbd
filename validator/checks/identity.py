"""What must stay the same, differ, or count up without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import At, Breach, Check, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from validator.rule import Rule
    from validator.schema import JsonSchema, Schema
    from validator.scope import Spot


class Constant(Check):
    """``constant``: every value at the place is the same. Option: `ignore`, values that do not count."""

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"ignore": {"type": "array"}},
    }

    class _Seen:
        __slots__ = ("first", "value")

        def __init__(self) -> None:
            self.first: Spot | None = None
            self.value: Any = None

    def __init__(
        self, rule: Rule, options: Mapping[str, Any], compile_schema: Callable[[JsonSchema], Schema]
    ) -> None:
        super().__init__(rule, options, compile_schema)
        self.ignore = list(options.get("ignore", ()))

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value that differs from the first."""
        if value == state.value and state.first is not None:
            return None
        if value in self.ignore:
            return None
        if state.first is None:
            state.first, state.value = at.spot(), value
            return None
        return (Breach(f"{self.place} changes from {shown(state.value)} to {shown(value)}", got=shown(value),
                       related=((f"{shown(state.value)} here", state.first),)),)  # fmt: skip
