"""Whether numbers are written so that every reader gets the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.checks.base import NUMBERS, At, Breach, Check, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The greatest whole number up to which a double holds every one.
GREATEST = 2**53


class ExactInteger(Check):
    """``exact_integer``: a whole number is written without fraction or exponent, and every double can hold it.

    What is no whole number is not judged.
    """

    looks_at = NUMBERS

    pure = True

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell 1.0 and 1e3, and what is beyond 2^53."""
        kind = type(value)
        if kind is int and -GREATEST <= value <= GREATEST:
            return None
        if kind is int:
            said = "is beyond 2^53, so a reader that keeps numbers as doubles gets another number"
        elif kind is float and value.is_integer():
            said = "is a whole number written as a decimal or with an exponent"
        else:
            return None
        return (Breach(f"{self._name(at)} {said}", got=shown(value, 40), key=self._name(at)),)

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By the same whole number."""
        return same and self.see(state, value, at) is None

    def _name(self, at: At) -> str:
        return ".".join(step for step in at.path if isinstance(step, str))
