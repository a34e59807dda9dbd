"""Conditions: what a rule, a mark or a kind of payload asks of a value, beside JSON Schemas."""

from __future__ import annotations

from collections.abc import Callable
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
