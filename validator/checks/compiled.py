"""Joined text held against schemas that the request carries."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.asked import Asked
from validator.checks.base import TEXTS, At, Breach, Check, shown
from validator.checks.claims import in_words
from validator.checks.joining import Text, in_utf8
from validator.checks.members import MISSING, member, option_place, steps, whose
from validator.checks.request_texts import Name
from validator.payload import Json, decode
from validator.schema import SchemaError
from validator.scope import Spot
from validator.untrusted import Untrusted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.checks.base import See, Setting
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Scope


class _Piece:
    """What is kept of one instance: its text, and the name that says which schema it is to fit."""

    __slots__ = ("name", "text")

    def __init__(self) -> None:
        self.text = Text()
        self.name: Name | None = None


_State = dict[tuple["Scope", int], _Piece]


class Fits(Check):
    """``fits``: the joined text of an instance is JSON that passes a schema which the request carries.

    The instances are those of the innermost scope around each place. Options:
    `schemas`, where the request has schemas: `in`, a member or the items of a list, and below that the members
    `schema`, `strict` (a breach of a schema that says true there is of the case ``strict``) and `name`;
    `names`, for each place of the rule the one of the name that says which of the schemas holds;
    `asked`, a mark without which no text is kept;
    `parses`, whether a text that is not JSON is a breach: of the case ``unparsed``.
    A schema that is wrong, or of which judging could take too long, judges nothing.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["schemas"],
        "properties": {
            "schemas": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["in"],
                    "properties": {name: {"type": "string"} for name in ("in", "schema", "strict", "name")},
                },
            },
            "names": {"type": "array", "items": {"type": "string"}},
            "asked": {"type": "string"},
            "parses": {"type": "boolean"},
        },
    }
    looks_at = TEXTS

    #: How many breaches of one text are told.
    TOLD = 3

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.sources = [(Asked(rule, one["in"]), one) for one in options["schemas"]]
        self.names = [option_place(rule, name) for name in options.get("names", ())]
        self.asked = options.get("asked")
        self.uses_marks = (self.asked,) if self.asked else ()
        self.parses = options.get("parses", False)

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at the texts, and at the names beside them."""
        for number, place in enumerate(self.rule.on):
            yield place, partial(self._text, number)
        for number, place in enumerate(self.names):
            yield place, partial(self._name, number)

    def start(self) -> _State:
        """Nothing came yet."""
        return {}

    def _piece(self, number: int, state: _State, at: At) -> _Piece | None:
        if self.asked is not None and at.met(self.asked) is None:
            return None
        key = at.scope, number
        piece = state.get(key)
        if piece is None:
            piece = state[key] = _Piece()
        return piece

    def _text(self, number: int, state: _State, value: Any, at: At) -> None:
        if type(value) is not str:
            return
        piece = self._piece(number, state, at)
        if piece is not None:
            piece.text.take(value, at, at.limits.joined)

    def _name(self, number: int, state: _State, value: Any, at: At) -> None:
        if type(value) is not str or not value:
            return
        piece = self._piece(number, state, at)
        if piece is not None:
            piece.name = piece.name or Name(at.spot())
            piece.name.add(value)

    def close(self, state: _State, at: At) -> Iterable[Breach] | None:
        """Judge the texts that are all there."""
        schemas = self._schemas(at) if state else {}
        compiled: dict[int, Untrusted | None] = {}
        return [
            breach for (scope, _), piece in state.items() for breach in self._judged(piece, scope, schemas, compiled)
        ]

    def _schemas(self, at: At) -> dict[str | None, tuple[Any, bool]]:
        """Return the schemas of the request by name, each with whether it says to be strict; of a name, the first."""
        schemas: dict[str | None, tuple[Any, bool]] = {}
        for asked, option in self.sources:
            for _, value in asked.values(at):
                name = member(value, steps(option["name"])) if "name" in option else None
                if name is None or type(name) is str:
                    strict = "strict" in option and member(value, steps(option["strict"])) is True
                    schema = member(value, steps(option["schema"])) if "schema" in option else MISSING
                    schemas.setdefault(name, (schema, strict))
        return schemas

    def _judged(
        self,
        piece: _Piece,
        scope: Scope,
        schemas: dict[str | None, tuple[Any, bool]],
        compiled: dict[int, Untrusted | None],
    ) -> Iterator[Breach]:
        text = piece.text.joined()
        if text is None:
            return
        spot = Spot("json", piece.text.event, piece.text.path, scope)
        part = piece.text.path[-1]
        what = f"{part} of {whose(scope)}, joined"
        decoded = decode(in_utf8(text))
        if not isinstance(decoded, Json):
            if self.parses:
                says = "it is empty" if not text.strip() else f"not JSON ({decoded.reason}, at byte {decoded.offset})"
                yield Breach(f"{what}: {says}", shown(text), spot, key="unparsed", case="unparsed")
            return
        names = piece.name.readings if piece.name else (None,)
        schema, strict = next((schemas[name] for name in names if name in schemas), (MISSING, False))
        if id(schema) not in compiled:
            compiled[id(schema)] = _compiled(schema)
        judge = compiled[id(schema)]
        breaches = judge.judge(decoded.value) if judge is not None else []
        if breaches:
            told = [replace(breach, path=(part, *breach.path)) for breach in breaches[: self.TOLD]]
            says = "; ".join(in_words(breach).message for breach in told)
            more = f"; and {len(breaches) - self.TOLD} more" if len(breaches) > self.TOLD else ""
            key = f"{names[0] or ''} {breaches[0].keyword}"
            yield Breach(f"{what}: by the schema of the request, {says}{more}", shown(text), spot,
                         key=key, case="strict" if strict else None)  # fmt: skip


def _compiled(schema: Any) -> Untrusted | None:
    if schema is MISSING:
        return None
    try:
        return Untrusted(schema)
    except SchemaError:
        return None
