"""Times as numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import NUMBERS, At, Breach, Check, shown
from validator.meta import sent_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema


class UnixTime(Check):
    """``unix_time``: a number is a plausible time in seconds since 1970.

    Options: `after`, the earliest; `ahead`, how many seconds it may lie ahead of the response's ``Date`` header;
    `before`, the latest where the capture has no such header. The clock is never asked: the same bytes must get the
    same verdict tomorrow.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["after", "before"],
        "properties": {name: {"type": "integer"} for name in ("after", "before", "ahead")},
    }

    looks_at = NUMBERS
    steady = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self._after: int = options["after"]
        self._before: int = options["before"]
        self._ahead: int = options.get("ahead", 0)

    def start(self) -> list[float]:
        """Nothing known yet of the latest plausible time."""
        return []

    def see(self, state: list[float], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a number that is no time or one in other units; what is no whole number is not judged."""
        if not state:
            state.append(self._latest(at.meta))
        latest = state[0]
        if type(value) is not int or self._after <= value <= latest:
            return None
        if value > self._before:
            message, key = f"{self.place} is too great for seconds; is it in milliseconds?", "late"
        elif value > latest:
            sent = datetime.fromtimestamp(latest - self._ahead, UTC)
            message, key = f"{self.place} lies ahead of the response, sent {sent:%Y-%m-%d %H:%M:%S} UTC", "ahead"
        elif value == 0:
            message, key = f"{self.place} is 0, which is no time", "zero"
        else:
            message, key = f"{self.place} lies before {datetime.fromtimestamp(self._after, UTC):%Y-%m-%d}", "early"
        return (Breach(message, got=shown(value, 30), key=key),)

    def unmoved(self, state: list[float], value: Any, at: At, *, same: bool) -> bool:
        """By the same plausible time."""
        return same and self.see(state, value, at) is None

    def _latest(self, meta: Mapping[str, Any]) -> float:
        sent = sent_at(meta)
        latest = self._before if sent is None else sent + self._ahead
        return latest if self._after < latest < self._before else self._before
