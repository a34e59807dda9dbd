"""Which rule speaks for which breach of a payload's schema.

A payload is judged by the one schema of its kind. Each breach of it has a place, a keyword and a value, and belongs
to the rule that claims it most exactly: the nearest place at or above it, then by keyword and value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import Breach, Check, shown
from validator.place import general

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from validator.plan import Bound
    from validator.rule import Rule
    from validator.schema import JsonSchema, Schema, SchemaBreach

_NAMES = {"object": "an object", "array": "an array", "string": "a string", "integer": "a whole number",
          "number": "a number", "boolean": "true or false", "null": "null"}  # fmt: skip


class SchemaCheck(Check):
    """``schema``: speaks for the breaches of the payload's schema at the rule's places or below them.

    Options: `keywords` (only these JSON Schema keywords), `values` (only where this value stands).
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "values": {"type": "array", "minItems": 1},
        },
    }
    judges_around = True

    def __init__(
        self, rule: Rule, options: Mapping[str, Any], compile_schema: Callable[[JsonSchema], Schema]
    ) -> None:
        super().__init__(rule, options, compile_schema)
        self.keywords = frozenset(options.get("keywords", ()))
        self.values = options.get("values")

    def claims(self, breach: SchemaBreach) -> bool:
        """Whether the rule speaks for this breach, its place apart."""
        if self.keywords and breach.keyword not in self.keywords:
            return False
        return self.values is None or (
            not breach.missing and any(_same(breach.value, value) for value in self.values)
        )


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
        while True:
            for claim in self._by_place.get(steps, ()):
                if claim.check.claims(breach):
                    return claim.bound
            if not steps:
                return None
            steps = steps[:-1]


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def in_words(breach: SchemaBreach) -> Breach:
    """Return what a schema breach is for a person; its spot is the caller's to add."""
    name = ".".join(general(breach.path)).replace(".[]", "[]") or "the payload"
    key = f"{name} {breach.keyword}"
    if breach.missing:
        return Breach(f"{name} is missing", got="no such member", key=key)
    got = shown(breach.value)
    match breach.keyword:
        case "type":
            types = [breach.expected] if isinstance(breach.expected, str) else breach.expected
            return Breach(f"{name} must be {' or '.join(_NAMES[one] for one in types)}", got=got, key=key)
        case "const":
            return Breach(f"{name} must be {shown(breach.expected)}", got=got, key=key)
        case "enum":
            return Breach(
                f"{name} must be one of {', '.join(shown(one) for one in breach.expected)}", got=got, key=key
            )
        case "minimum":
            return Breach(f"{name} must be at least {shown(breach.expected)}", got=got, key=key)
        case "maximum":
            return Breach(f"{name} must be at most {shown(breach.expected)}", got=got, key=key)
        case _:
            return Breach(f"{name} breaks its schema: {breach.message[:160]}", got=got, key=key)
