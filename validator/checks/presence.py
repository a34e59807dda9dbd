"""Whether, and how often, something is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import At, Breach, Check, plural, shown
from validator.checks.members import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.checks.base import See, Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema, Schema
    from validator.scope import Spot


#: Keywords of JSON Schema that ask only what members and items an object or array has.
_SHALLOW = frozenset({"type", "required", "minItems", "maxItems", "minProperties", "maxProperties"})


def _asks_shape(schema: Any, *, below: bool = False) -> bool:
    """Whether a schema asks of an object or array only which members it and those in it have, and their types."""
    if type(schema) is not dict:
        return True
    inner = [one for word in ("allOf", "anyOf", "oneOf") for one in schema.get(word, ())]
    inner += [schema[word] for word in ("not", "if", "then", "else") if word in schema]
    rest = schema.keys() - {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "properties"}
    return (
        rest <= ({"type", "required"} if below else _SHALLOW)
        and "integer" not in schema.get("type", ())
        and all(_asks_shape(one, below=below) for one in inner)
        and all(_asks_shape(one, below=True) for one in schema.get("properties", {}).values())
    )


class Never(Check):
    """``never``: no value may stand at the place (of those that pass `where`).

    Options: `tell`, a member of the value that says in words what it is about; `says`, what to say of it, in which
    ``{value}`` stands for the value and ``{name}`` for a member of it; `case`, a member that names the case.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"tell": {"type": "string"}, "says": {"type": "string"}, "case": {"type": "string"}},
    }
    judges_around = True
    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.tell = options.get("tell")
        self.says = options.get("says")
        self.case = options.get("case")

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach]:
        """Tell every occurrence."""
        members = value if type(value) is dict else {}
        told = members.get(self.tell) if self.tell is not None else None
        case = members.get(self.case) if self.case is not None else None
        said = _filled(self.says, value) if self.says is not None else None
        return (Breach(said or f"{self.place} occurs", got=shown(told or value), key=said or "", case=case),)


class Count(Check):
    """``count``: how many values an instance has at the place.

    Options: `min`, `max`, which are also the cases; `same`, with a `max` of 1, tells a further value that is the same
    as the first apart, as a case of its own.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "min": {"type": "integer", "minimum": 1},
            "max": {"type": "integer", "minimum": 1},
            "same": {"const": True},
        },
    }
    judges_absence = True

    class _Seen:
        __slots__ = ("count", "first", "value")

        def __init__(self) -> None:
            self.count = 0
            self.first: Spot | None = None
            self.value: str | None = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.least = options.get("min", 0)
        self.most = options.get("max")
        self.same = "same" in options

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Count; tell each occurrence beyond `max`."""
        state.count += 1
        if state.first is None:
            quoted = self.most == 1 and (self.same or type(value) not in (dict, list))
            state.first, state.value = at.spot(), shown(value, 40) if quoted else None
        if self.most is not None and state.count > self.most:
            message, case = f"{self.place} comes more than {self.most} times", "max"
            if self.most == 1:
                message = f"{self.place} comes again"
                if state.value is not None:
                    message += f": first {state.value}, now {shown(value, 40)}"
                case = "same" if self.same and shown(value, 40) == state.value else "max"
            return (Breach(message, got=shown(value), related=(("first here", state.first),), key=case, case=case),)
        return None

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """Once there are enough, where there cannot be too many."""
        return self.most is None and state.count >= self.least and state.first is not None

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell that there were fewer than `min`."""
        if state.count >= self.least:
            return None
        scope = at.own
        whose = "" if scope.outer is None else f" in {scope.name} {scope.key}"
        never = "never has a value" if self.rule.where in ("non-null", "non-empty") else "never occurs"
        wanted = never if self.least == 1 else f"occurs {plural(state.count, 'time')}, not {self.least}"
        return (
            Breach(f"{self.place} {wanted}{whose}", got=plural(state.count, "occurrence"), key="min", case="min"),
        )


class Matches(Check):
    """``matches``: every value at the place passes a JSON Schema; the options are the schema."""

    options: ClassVar[JsonSchema] = {"type": "object"}
    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.schema = setting.compile(dict(options))
        self._compile = setting.compile
        self._all: Schema | None = None
        self.shallow = _asks_shape(dict(options))

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell every breach of the schema."""
        if self.schema.is_valid(value):
            return None
        return [*self._told(value, at)]

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By a value that passes for what it is, or for the members and items that it has."""
        return (same or (self.shallow and type(value) in (dict, list))) and self.schema.is_valid(value)

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Ask the schema about all at once."""
        if self._all is None:
            self._all = self._compile({"items": dict(self.rule.options)})
        return self._all.is_valid(values)

    def _told(self, value: Any, at: At) -> Iterable[Breach]:
        name = "the payload" if self.place == "$" else self.place
        for breach in self.schema.breaches(value):
            steps = ".".join(map(str, breach.path))
            if breach.missing:
                message = f"{breach.path[-1]!r} is missing" + (f" in {self.place}" if self.place != "$" else "")
                yield Breach(
                    message, got="no such member", spot=at.spot(*breach.path), key=f"{steps} {breach.keyword}"
                )
            else:
                yield Breach(
                    f"{name} {_says(breach.keyword, breach.expected)}",
                    got=shown(breach.value),
                    spot=at.spot(*breach.path),
                    key=breach.keyword,
                )


class FirstMatches(Matches):
    """``first_matches``: the first value at the place, in each instance, passes a JSON Schema."""

    pure = False

    def start(self) -> list[bool]:
        """Nothing seen yet."""
        return [False]

    def see(self, state: list[bool], value: Any, at: At) -> Iterable[Breach] | None:
        """Judge the first value alone."""
        if state[0]:
            return None
        state[0] = True
        return super().see(None, value, at)

    def unmoved(self, state: list[bool], value: Any, at: At, *, same: bool) -> bool:
        """After the first."""
        return state[0]

    def take(self, see: See, state: list[bool], values: Sequence[Any], at: At) -> bool:
        """Take all after the first."""
        return state[0]


class LaterMatch(Matches):
    """``later_match``: every value at the place but the first, in each instance, passes a JSON Schema."""

    pure = False

    class _Seen:
        __slots__ = ("first",)

        def __init__(self) -> None:
            self.first: Spot | None = None

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Judge all values but the first."""
        first = state.first
        if first is None:
            state.first = at.spot()
            return None
        if self.schema.is_valid(value):
            return None
        return [
            Breach(said.message, said.got, said.spot, (("first here", first),), said.key)
            for said in self._told(value, at)
        ]

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """After the first, what passed once passes again."""
        return state.first is not None and super().unmoved(state, value, at, same=same)

    def take(self, see: See, state: _Seen, values: Sequence[Any], at: At) -> bool:
        """Ask the schema about all after the first."""
        return state.first is not None and super().take(see, state, values, at)


def _filled(template: str, value: Any) -> str:
    """Return a text in which names in braces give way to the members of a value, and ``{value}`` to the value."""

    def text(name: re.Match[str]) -> str:
        found = value if name[1] == "value" else value.get(name[1]) if type(value) is dict else None
        return found[:100] if type(found) is str else shown(found)

    return re.sub(r"\{(\w+)\}", text, template)


def _says(keyword: str, expected: Any) -> str:
    match keyword:
        case "const":
            return f"is not {shown(expected)}"
        case "enum":
            return f"is none of {', '.join(shown(one) for one in expected)}"
        case "type":
            return f"is not of type {expected if isinstance(expected, str) else ' or '.join(expected)}"
        case "minimum" | "minLength" | "minItems":
            return f"is less than {expected}" if keyword == "minimum" else f"is shorter than {expected}"
        case "maximum" | "maxLength" | "maxItems" | "maxProperties":
            return f"is more than {expected}" if keyword == "maximum" else f"has more than {expected}"
        case "pattern":
            return f"does not match {expected}"
        case "required":
            return f"has none of {listed(expected)}"
        case "not":
            return "has a form that is not allowed"
        case _:
            return f"breaks {keyword}: {shown(expected)}"
