"""Conditions: what a rule, a mark or a kind of payload asks of a value, beside JSON Schemas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from validator.checks.base import blank

Test = Callable[[Any], bool]

#: The conditions that have a word of their own.
WORDS: dict[str, Test] = {
    "non-null": lambda value: value is not None,
    "non-empty": lambda value: value is not None and value != "" and value != [] and value != {},
    "truthy": bool,
    "is-null": lambda value: value is None,
    "is-empty": lambda value: value == "" or value == [] or value == {},
    "is-blank": blank,
}

#: Those that ask of a value whether it is null, and whether there is something in it, but not what.
_NULL = frozenset({WORDS["non-null"], WORDS["is-null"]})
_LITTLE = frozenset(WORDS[word] for word in ("non-null", "non-empty", "truthy", "is-null", "is-empty"))


#: Those that say the same of all values of a type: what they say of null, of a number, of any other value.
_ALIKE: dict[Test, tuple[bool, bool, bool | None]] = {
    WORDS["non-null"]: (False, True, True),
    WORDS["is-null"]: (True, False, False),
    WORDS["non-empty"]: (False, True, None),
    WORDS["is-empty"]: (False, False, None),
    WORDS["is-blank"]: (True, False, None),
}


def decided(test: Test | None, kind: type) -> bool | None:
    """Return what a condition says of every value of a type; None if that depends on the value."""
    if test is None:
        return True
    if kind is type(None):
        return test(None)
    if test in _ALIKE:
        _, of_number, of_other = _ALIKE[test]
        return of_number if kind in (int, float, bool) else of_other
    return False if isinstance(test, partial) and kind is not str else None  # it asks for one text


def asks_null(test: Test | None) -> bool:
    """Whether a condition asks at most whether a value is null."""
    return test is None or test in _NULL


def asks_little(test: Test, *, texts: bool) -> bool:
    """Whether a condition says the same of two texts that are not empty, or of objects with the same members.

    Args:
        test: the condition.
        texts: whether these differ only in such texts somewhere in them.

    """
    return test in _LITTLE or (texts and test is blank)
