"""What was asked for, and what came: values of the stream held against the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.asked import NAMES, Asked
from validator.checks.base import At, Breach, Check, plural, shown
from validator.checks.members import whose
from validator.place import general
from validator.scope import Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema

MARKS: JsonSchema = {"type": "array", "items": {"type": "string"}}
_ABSENCE: JsonSchema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"requires": MARKS, "unless": MARKS},
    "description": "Marks that must have been met, and such as excuse, before something is said to be missing.",
}


def _here(check: Check, at: At) -> str:
    """Return the place, of those of a rule, whose value is being looked at."""
    here = general(tuple(at.path))
    return next((str(place) for place in check.rule.on if place.steps == here), check.place)


class _Absence:
    """When something may be said to be missing: option `missing`, with marks that it `requires` and `unless`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.requires: tuple[str, ...] = tuple(options.get("missing", {}).get("requires", ()))
        self.unless: tuple[str, ...] = tuple(options.get("missing", {}).get("unless", ()))
        self.marks = self.requires + self.unless

    def proven(self, at: At) -> bool:
        """Whether what is not there by now would have come."""
        return all(at.met(mark) for mark in self.requires) and not any(at.met(mark) for mark in self.unless)


class Comes(Check):
    """``comes``: whether an instance has a value at the place is as the request, by its marks, wants it.

    Options: `if`, a mark: once met, a value must come; `only_if`, a mark: without it none may; `not_if`, a mark: with
    it none may. `missing`, the marks that it `requires` and `unless` before a value is said to be missing.
    Cases: ``missing``, ``unasked``, ``declined``.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "if": {"type": "string"},
            "only_if": {"type": "string"},
            "not_if": {"type": "string"},
            "missing": _ABSENCE,
        },
    }
    judges_absence = True
    weighs_text = False

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.asked, self.excuse, self.declined = (options.get(name) for name in ("if", "only_if", "not_if"))
        self.absence = _Absence(options)
        own = (self.asked, self.excuse, self.declined)
        self.uses_marks = (*(mark for mark in own if mark is not None), *self.absence.marks)

    def start(self) -> list[bool]:
        """Nothing came yet."""
        return [False]

    def see(self, state: list[bool], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value that should not come."""
        state[0] = True
        if self.declined is not None and at.met(self.declined):
            says = f"{_here(self, at)} comes, though the request declines it"
            return (Breach(says, got=shown(value), key="declined", case="declined"),)
        if self.excuse is not None and not at.met(self.excuse):
            says = f"{_here(self, at)} comes, which the request does not ask for"
            return (Breach(says, got=shown(value), key="unasked", case="unasked"),)
        return None

    def unmoved(self, state: list[bool], value: Any, at: At, *, same: bool) -> bool:
        """Where values may come, after the first."""
        return state[0] and self.see(state, value, at) is None

    def close(self, state: list[bool], at: At) -> Iterable[Breach] | None:
        """Tell that a value that was asked for never came."""
        if state[0] or self.asked is None or not at.met(self.asked) or not self.absence.proven(at):
            return None
        where = "" if at.own.outer is None else f" in {whose(at.own)}"
        says = f"{self.place} never comes{where}, though the request asks for it"
        return (Breach(says, got="nothing", key="missing", case="missing"),)


class Answers(Check):
    """``answers``: where the request sets a member, an instance has a value at the place, one that fits what was set.

    Options: `request`, the member; `fits` maps what it may be set to to the values that may come, anything else may
    be answered by any; `missing`, as of ``comes``. Cases: ``missing``, ``unfit``.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["request"],
        "properties": {
            "request": NAMES,
            "fits": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
            "missing": _ABSENCE,
        },
    }
    judges_absence = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.asked = Asked(rule, options["request"])
        self.fits: Mapping[str, list[str]] = options.get("fits", {})
        self.absence = _Absence(options)
        self.uses_marks = self.absence.marks

    def start(self) -> list[bool]:
        """No value yet."""
        return [False]

    def see(self, state: list[bool], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a first value that does not fit; whether it stays is another rule's question."""
        if state[0]:
            return None
        state[0] = True
        for asked in self.asked.texts(at):
            if type(value) is str and value not in self.fits.get(asked, (value,)):
                says = f"{self.place} is {shown(value)}, though the request says {shown(asked)}"
                return (Breach(says, got=shown(value), key="unfit", case="unfit"),)
        return None

    def close(self, state: list[bool], at: At) -> Iterable[Breach] | None:
        """Tell that no value came."""
        asked = [] if state[0] else self.asked.texts(at)
        if not asked or not self.absence.proven(at):
            return None
        says = f"{self.place} never comes, though the request says {shown(asked[0])}"
        return (Breach(says, got="nothing", key="missing", case="missing"),)


class Instances(Check):
    """``instances``: how many instances of a scope there are is what the request says, or at most so many.

    Options: `of`, the scope; `request`, the member that says how many, and `default`, which holds where it does not;
    or `most`, a number. `missing`, as of ``comes``, for too few. Cases: ``many``, ``few``.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["of"],
        "oneOf": [{"required": ["request", "default"]}, {"required": ["most"]}],
        "properties": {
            "of": {"type": "string"},
            "request": NAMES,
            "default": {"type": "integer", "minimum": 1},
            "most": {"type": "integer", "minimum": 1},
            "missing": _ABSENCE,
        },
    }
    judges_absence = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        scope = setting.scope(rule, options["of"])
        self.of, self.plural = scope.name, scope.plural
        self.asked = Asked(rule, options["request"]) if "request" in options else None
        self.default: int = options.get("default") or options["most"]
        self.absence = _Absence(options)
        self.uses_marks = self.absence.marks

    def close(self, state: Any, at: At) -> Iterable[Breach] | None:
        """Count; tell too many at the first that is too many."""
        there = at.own.each(self.of)
        asked = self.asked.count(at) if self.asked else None
        wanted = asked[1] if asked else self.default
        said = f"{asked[0]} is {wanted}" if asked else f"the request allows {wanted}"
        if len(there) == wanted or wanted < 1:
            return None
        got = plural(len(there), self.of.replace("_", " "), self.plural.replace("_", " "))
        where = "" if at.own.outer is None else f" in {whose(at.own)}"
        if len(there) > wanted:
            extra = there[wanted]
            spot = Spot("json", extra.first, (), extra)
            return (Breach(f"{got} came{where}, but {said}", got=got, spot=spot, key="many", case="many"),)
        if self.asked is None or not self.absence.proven(at):
            return None
        return (Breach(f"only {got} came{where}, but {said}", got=got, key="few", case="few"),)


class Within(Check):
    """``within``: a number, or the size of a list, is at most, or at least, what the request says.

    Options: `at_most` or `at_least`, members of the request, of which the first that is a number counts; `default`,
    for where none is; `times`, a member that it is multiplied by. Where there is neither, nothing is judged.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "oneOf": [{"required": ["at_most"]}, {"required": ["at_least"]}],
        "properties": {
            "at_most": NAMES,
            "at_least": NAMES,
            "times": NAMES,
            "default": {"type": "integer", "minimum": 0},
        },
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.upper = "at_most" in options
        self.asked = Asked(rule, options["at_most" if self.upper else "at_least"])
        self.times = Asked(rule, options["times"]) if "times" in options else None
        self.default = options.get("default")

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each number that is beyond."""
        number = len(value) if type(value) is list else value
        limit = self._limit(at)
        if limit is None or type(number) is not int:
            return None
        name, bound = limit
        if (number <= bound) if self.upper else (number >= bound):
            return None
        size = "has" if type(value) is list else "is"
        got = plural(number, "item") if type(value) is list else str(number)
        says = f"{_here(self, at)} {size} {got}, {'more' if self.upper else 'less'} than {name}"
        return (Breach(says, got=got),)

    def _limit(self, at: At) -> tuple[str, int] | None:
        asked = self.asked.count(at)
        if asked is None:
            name = ".".join(self.asked.places[0].steps)
            return None if self.default is None else (f"{self.default}, as {name} is not set", self.default)
        name, number = asked
        factor = self.times.count(at) if self.times else None
        if factor is None or factor[1] < 2:
            return (f"{name} of the request, {number}", number)
        return (f"{name} times {factor[0]} of the request, {number} x {factor[1]}", number * factor[1])
