"""Whether a stream is of the protocol at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.checks.base import At, Breach, Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule


class Foreign(Check):
    """``foreign``: the first data of a stream is none of what the protocol lists as `foreign`."""

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self._own = setting.protocol.title
        self._signatures = [(one.name, setting.compile(one.where)) for one in setting.protocol.foreign]
        self._any = setting.compile({"anyOf": [*(one.where for one in setting.protocol.foreign), False]})

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Say what the first payload is."""
        if at.event is None or at.event.number != 1 or not self._any.is_valid(value):
            return None
        for name, signature in self._signatures:
            if signature.is_valid(value):
                message = f"the first payload is {name}, which has no place in {self._own}"
                return (Breach(message, got=name, key=name),)
        return None

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """After the first."""
        return at.event is not None and at.event.number is not None and at.event.number > 1
