"""Which rule speaks for which breach of a payload's schema.

A payload is judged by the one schema of its kind. Each breach of it has a place, a keyword and a value, and belongs
to the rule that claims it most exactly: the nearest place at or above it, then by keyword and value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import Breach, Check, shown
from validator.checks.members import listed
from validator.payload import json_type
from validator.place import general
from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import See, Setting
    from validator.node import Bound
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema, SchemaBreach

_NAMES = {"object": "an object", "array": "an array", "string": "a string", "integer": "a whole number",
          "number": "a number", "boolean": "true or false", "null": "null"}  # fmt: skip


class SchemaCheck(Check):
    """``schema``: speaks for the breaches of the payload's schema at the rule's places or below them.

    Options: `keywords` (only these JSON Schema keywords), `values` (only where one of these stands at the place
    itself), `present` (not for the lack of the place itself: that is for the rule on what lies around it).
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "values": {"type": "array", "minItems": 1},
            "present": {"const": True},
        },
    }
    judges_around = True
    weighs_text = False

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.keywords = frozenset(options.get("keywords", ()))
        self.values = options.get("values")
        self.present = "present" in options

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at nothing: the engine asks the payload's schema once, and hands out the breaches."""
        return ()

    def claims(self, breach: SchemaBreach, *, here: bool) -> bool:
        """Whether the rule speaks for this breach at one of its places (`here`) or below it."""
        if self.keywords and breach.keyword not in self.keywords:
            return False
        if self.present and here and breach.missing:
            return False
        if self.values is None:
            return True
        return here and not breach.missing and any(_same(breach.value, value) for value in self.values)


@dataclass(frozen=True, slots=True)
class _Claim:
    bound: Bound
    check: SchemaCheck

    @property
    def exactness(self) -> tuple[bool, bool]:
        return self.check.values is not None, bool(self.check.keywords)


class Claims:
    """All claims of a plan, by place."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, ...], list[_Claim]] = {}

    def add(self, bound: Bound, check: SchemaCheck) -> None:
        """Enter the claims of a rule."""
        for place in bound.rule.on:
            self._by_place.setdefault(place.steps, []).append(_Claim(bound, check))

    def finish(self) -> None:
        """Put the most exact claims first."""
        for claims in self._by_place.values():
            claims.sort(key=lambda claim: claim.exactness, reverse=True)

    def owner(self, breach: SchemaBreach) -> Bound | None:
        """Return the rule that speaks for a breach; None when that rule is off."""
        steps = general(breach.path)
        for length in range(len(steps), -1, -1):
            for claim in self._by_place.get(steps[:length], ()):
                if claim.check.claims(breach, here=length == len(steps)):
                    return claim.bound
        return None


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def in_words(breach: SchemaBreach) -> Breach:
    """Return what a schema breach is for a person; its spot is the caller's to add.

    The breach's case is the string at fault, the type of another value (``null``, ``array``, ...), the name of what
    is missing, or ``none`` where all that an object must have is: so a rule can judge one otherwise than the rest.
    """
    name = ".".join(general(breach.path)).replace(".[]", "[]") or "the payload"
    if breach.missing:
        return Breach(f"{name} is missing", got="no such member", key=f"{name} is missing", case=str(breach.path[-1]))
    got = shown(breach.value)
    key = f"{name} {breach.keyword}"
    expected: Any = breach.expected
    if breach.keyword == "required":
        return Breach(f"{name} has none of {listed(expected)}", got=got, key=key, case="none")
    match breach.keyword:
        case "type":
            types = [expected] if isinstance(expected, str) else expected
            says = f"must be {listed((_NAMES[one] for one in types), 'or')}"
            key += f" {type(breach.value).__name__}"
        case "const":
            says = f"must be {shown(expected)}"
        case "enum":
            says = f"must be {listed(map(shown, expected), 'or')}"
            if breach.value == "" and None in expected:
                says = "is an empty string, where null would say that there is nothing"
            key += f" {got[:40]}"
        case "minimum":
            says = f"must be at least {shown(expected)}"
        case "maximum":
            says = f"must be at most {shown(expected)}"
        case _:
            says = f"breaks its schema: {breach.message[:160]}"
    case = breach.value if type(breach.value) is str else json_type(breach.value)
    return Breach(f"{name} {says}", got=got, key=key, case=case)
