"""What a value must be beside another: of the same payload, or of the same instance."""

from __future__ import annotations

from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import NOT_NULL, TEXTS, At, Breach, Check, shown
from validator.checks.members import MISSING, around, beside, option_place, spot_beside, whose
from validator.scope import Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.checks.base import See, Setting
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema

#: How many places of one defect are kept.
MAX_PLACES = 10


class NullWhere(Check):
    """``null_where``: a value is null, or left out, where the text at another place of its payload is not empty.

    The options map each place of the rule to that other place.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": "string"},
    }

    looks_at = NOT_NULL

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.others = [(option_place(rule, one), option_place(rule, other)) for one, other in options.items()]

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at each place with its other in mind."""
        for place, other in self.others:
            yield place, partial(self._see, place, other)

    def _see(self, place: Place, other: Place, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        if value is None:
            return None
        text = beside(at, other)
        if type(text) is not str or not text:
            return None
        return (Breach(f"{place} is not null beside {other} {shown(text, 40)}", got=shown(value),
                       related=(("the text is here", spot_beside(at, other)),)),)  # fmt: skip

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Look at values beside which there is no text."""
        texts = at.beside(see.args[1]) if at.beside and isinstance(see, partial) else ()
        first = texts[0] if texts else ""
        return (type(first) is not str or not first) and texts.count(first) == len(values)

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By null."""
        return value is None


class AllOrNone(Check):
    """``all_or_none``: beside every text of an instance that is not empty there is a value, or beside none.

    Option `beside`: the place of the value. Null is none, and so is an object that has only null members.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["beside"],
        "properties": {"beside": {"type": "string"}},
    }

    looks_at = TEXTS

    class _Seen:
        __slots__ = ("first", "there")

        def __init__(self) -> None:
            self.first: Spot | None = None
            self.there = False

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.other = option_place(rule, options["beside"])

    def start(self) -> _Seen:
        """No text yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each text that is not as the first."""
        if type(value) is not str or not value:
            return None
        there = _says_something(beside(at, self.other))
        first = state.first
        if first is None:
            state.first, state.there = at.spot(), there
            return None
        if there is state.there:
            return None
        how = "this text, but not with the first" if there else "the first text, but not with this one"
        return (Breach(f"{self.other} is there with {how}", shown(value), related=(("the first is here", first),)),)

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By what is no text, or by one that is as the first."""
        if type(value) is not str or not value:
            return same
        return state.first is not None and _says_something(beside(at, self.other)) is state.there


class Beside(Check):
    """``beside``: where a value stands, the value at another place of its payload passes a JSON Schema.

    Options: `place`, the other place; `schema`. Nothing there passes.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["place", "schema"],
        "properties": {"place": {"type": "string"}, "schema": {"type": "object"}},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.other = option_place(rule, options["place"])
        self.schema = setting.compile(options["schema"])

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell that the other value does not pass."""
        other = beside(at, self.other)
        if other is MISSING or self.schema.is_valid(other):
            return None
        return (self.told(other, f"{self.place} {shown(value, 40)}", at),)

    def told(self, other: Any, what: str, at: At) -> Breach:
        """Return what there is to say of the other value, which does not pass, beside `what`."""
        spot = spot_beside(at, self.other)
        return Breach(f"{self.other} is not as it must be beside {what}", got=shown(other), spot=spot)


class LastBeside(Beside):
    """``last_beside``: the same for the last value of an instance alone; that of others may be otherwise."""

    def start(self) -> list[Breach | None]:
        """Nothing to say yet."""
        return [None]

    def see(self, state: list[Breach | None], value: Any, at: At) -> Iterable[Breach] | None:
        """Remember what there is to say of this value, should it be the last."""
        other = beside(at, self.other)
        passes = other is MISSING or self.schema.is_valid(other)
        state[0] = None if passes else self.told(other, self.place, at)
        return None

    def close(self, state: list[Breach | None], at: At) -> Iterable[Breach] | None:
        """Tell what there is to say of the last value."""
        return None if state[0] is None else (state[0],)


class HadBefore(Check):
    """``had_before``: if a mark is met, every object with the place before had a member beside it; null will do.

    Options: `mark`; `member`, its name.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["mark", "member"],
        "properties": {"mark": {"type": "string"}, "member": {"type": "string"}},
    }

    class _Seen:
        __slots__ = ("count", "spots")

        def __init__(self) -> None:
            self.count = 0
            self.spots: list[Spot] = []

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.mark: str = options["mark"]
        self.member: str = options["member"]
        self.uses_marks = (self.mark,)

    def start(self) -> _Seen:
        """None lacks it yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> None:
        """Keep where it is lacking."""
        if self.member in around(at) or at.met(self.mark) is not None:
            return
        state.count += 1
        if len(state.spots) < MAX_PLACES:
            path = tuple(at.path[:-1])
            state.spots.append(Spot(at.root, at.event, path, at.scope, at.span))

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell each that lacked it, if the mark was met."""
        met = at.met(self.mark)
        if not state.spots or met is None:
            return None
        related = ((f"the {self.mark} is here", met),)
        spots = chain(state.spots, repeat(state.spots[-1], state.count - len(state.spots)))
        return [Breach(f"{self.member} is missing", "no such member", spot, related) for spot in spots]


class AllowedWith(Check):
    """``allowed_with``: in an instance in which a mark was met, the value at the place is one of a few, or null.

    Options: `mark`; `values`, what is allowed. One allowed value is enough. A breach is of the case
    ``request-unknown`` where the capture does not hold the request.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["mark", "values"],
        "properties": {"mark": {"type": "string"}, "values": {"type": "array", "minItems": 1}},
    }

    looks_at = NOT_NULL

    class _Seen:
        __slots__ = ("allowed", "got", "spot")

        def __init__(self) -> None:
            self.allowed = False
            self.spot: Spot | None = None
            self.got = ""

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.values = list(options["values"])
        self.mark: str = options["mark"]
        self.uses_marks = (self.mark,)

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> None:
        """Keep the first value that is not allowed."""
        if value is None:
            return
        if value in self.values:
            state.allowed = True
        elif state.spot is None:
            state.spot, state.got = at.spot(), shown(value)

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By null."""
        return value is None

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell it, if the mark was met."""
        met = at.met(self.mark)
        if state.spot is None or state.allowed or met is None:
            return None
        case = None if "request" in at.meta else "request-unknown"
        mark = self.mark.replace("-", " ")
        return (Breach(f"{self.place} of {whose(at.own)} is {state.got}, but there is a {mark}", state.got,
                       state.spot, ((f"the first {mark} is here", met),), case=case),)  # fmt: skip


def _says_something(value: Any) -> bool:
    if type(value) is dict:
        return any(one is not None for one in value.values())
    return value is not None and value is not MISSING
