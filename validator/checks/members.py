"""Members of a value, and values beside it, by the names that options give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from validator.pattern import compiled
from validator.place import ITEMS, Place, PlaceError, general, value_at
from validator.scope import Spot
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from validator.checks.base import At
    from validator.place import Path
    from validator.rule import Rule
    from validator.scope import Scope

#: What `member` and `beside` return for a value that is not there: null is another thing.
MISSING: Any = object()

Steps = tuple[str, ...]


def steps(name: str) -> Steps:
    """Return the steps to a member that an option names, such as ``function.name``."""
    return tuple(name.split("."))


def member(value: Any, path: Iterable[str]) -> Any:
    """Return the member of a value at the end of some steps; MISSING if there is none."""
    for step in path:
        if type(value) is not dict or step not in value:
            return MISSING
        value = value[step]
    return value


def option_place(rule: Rule, text: str) -> Place:
    """Return the place that an option of a rule names.

    Raises:
        ConfigError: it is not one.

    """
    try:
        return Place.parse(text)
    except PlaceError as error:
        raise ConfigError(f"{rule.origin}: rule {rule.id}: {error}") from error


def option_pattern(rule: Rule, text: str) -> re.Pattern[str]:
    """Return the regular expression that an option of a rule gives, compiled.

    Raises:
        ConfigError: it is none, or one that could take forever.

    """
    try:
        return compiled(text)
    except re.error as error:
        msg = f"{rule.origin}: rule {rule.id}: {text!r:.100} is not a regular expression: {error}"
        raise ConfigError(msg) from error


def here(at: At) -> Place:
    """Return the place that the value at hand is an occurrence of."""
    return Place(at.root, general(tuple(at.path)))


def around(at: At) -> Any:
    """Return the object or array of the payload that the value at hand stands in."""
    return at.payload if len(at.path) == 1 else value_at(at.payload, at.path[:-1])


def beside(at: At, place: Place) -> Any:
    """Return the value at another place of the same payload, in the same items of the same arrays.

    From ``choices[].logprobs`` in the second choice, ``choices[].delta.content`` is that of the second choice.
    MISSING if there is none.
    """
    value = at.payload
    positions = iter(at.path)
    for step in place.steps:
        if step == ITEMS:
            for position in positions:
                if type(position) is int:
                    break
            else:
                return MISSING
            if type(value) is not list or position >= len(value):
                return MISSING
            value = value[position]
        elif type(value) is dict and step in value:
            value = value[step]
        else:
            return MISSING
    return value


def positioned(at: At, place: Place) -> Path:
    """Return the path of the value that `beside` finds."""
    positions = (step for step in at.path if type(step) is int)
    return tuple(next(positions, 0) if step == ITEMS else step for step in place.steps)


def spot_beside(at: At, place: Place) -> Spot:
    """Return the spot of the value that `beside` finds."""
    return Spot(at.root, at.event, positioned(at, place), at.scope, at.span)


def is_count(value: object) -> bool:
    """Whether a value is a whole number of at least 0; true and false are none."""
    return type(value) is int and value >= 0


def whose(scope: Scope) -> str:
    """Return what a person calls a scope instance: ``tool call 1 of choice 0``, ``the stream``."""
    if scope.outer is None:
        return "the stream"
    name = f"{scope.name.replace('_', ' ')} {scope.key}"
    return name if scope.outer.outer is None else f"{name} of {whose(scope.outer)}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return ``id``, ``id and type`` or ``id, type and name``."""
    *before, end = words
    return f"{', '.join(before)} {last} {end}" if before else end
