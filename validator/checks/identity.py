"""What must stay the same, differ, or count up without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import ARRAYS, NUMBERS, At, Breach, Check, shown
from validator.checks.members import around, listed, whose
from validator.scope import Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema

#: The Python types of the JSON types of values that a constant may have.
_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "null": type(None)}


class Constant(Check):
    """``constant``: every value at the place is the same.

    Options: `ignore`, values that do not count; `types`, the JSON types of those that do (default: all).
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "ignore": {"type": "array"},
            "types": {"type": "array", "minItems": 1, "items": {"enum": list(_TYPES)}},
        },
    }

    steady = True

    class _Seen:
        __slots__ = ("first", "value")

        def __init__(self) -> None:
            self.first: Spot | None = None
            self.value: Any = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.ignore = list(options.get("ignore", ()))
        self.types = frozenset(_TYPES[name] for name in options["types"]) if "types" in options else None

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value that differs from the first."""
        if value == state.value and state.first is not None:
            return None
        if value in self.ignore or (self.types is not None and type(value) not in self.types):
            return None
        if state.first is None:
            state.first, state.value = at.spot(), value
            return None
        return (Breach(f"{self.place} changes from {shown(state.value)} to {shown(value)}", got=shown(value),
                       related=((f"{shown(state.value)} here", state.first),)),)  # fmt: skip

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By the value that it is."""
        return same and state.first is not None and value == state.value


class SameMembers(Check):
    """``same_members``: beside every value of an instance stands each of these members, or beside none.

    Options: `members`, their names. Null is there.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["members"],
        "properties": {"members": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
    }

    weighs_text = False

    class _Seen:
        __slots__ = ("first", "there")

        def __init__(self) -> None:
            self.first: Spot | None = None
            self.there: list[bool] = []

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.members = tuple(options["members"])

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each member that is there, or is not, unlike beside the first value."""
        there = list(map(around(at).__contains__, self.members))
        if there == state.there:
            return None
        if state.first is None:
            state.first, state.there = at.spot(), there
            return None
        return [*self._told(state.first, state.there, there, at)]

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By a value with the members of the first beside it."""
        there = [name in around(at) for name in self.members]
        return state.first is not None and there == state.there

    def _told(self, first: Spot, before: list[bool], now: list[bool], at: At) -> Iterable[Breach]:
        for name, was, is_there in zip(self.members, before, now, strict=True):
            if was != is_there:
                how, got = ("comes in", "there") if is_there else ("goes missing", "not there")
                path = (*at.path[:-1], name) if is_there else tuple(at.path[:-1])
                spot = Spot(at.root, at.event, path, at.scope, at.span)
                yield Breach(f"{name} {how} after a first one {'with' if was else 'without'} it", got=got, spot=spot,
                             related=(("the first one is here", first),), key=name)  # fmt: skip


class _Numbers(Check):
    """Base of the checks on the whole numbers at a place, from 0; others do not count.

    Options: `below`, the number from which on they do not count either.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["below"],
        "properties": {"below": {"type": "integer", "minimum": 1, "maximum": 10000}},
    }

    looks_at = NUMBERS
    steady = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.below: int = options["below"]
        self.shares = ("numbers", rule.on, self.below)

    def start(self) -> dict[int, Spot]:
        """No number seen yet: of each, where it comes first."""
        return {}

    def see(self, state: dict[int, Spot], value: Any, at: At) -> None:
        """Keep where a number comes first."""
        if type(value) is int and value not in state and 0 <= value < self.below:
            state[value] = at.spot()

    def unmoved(self, state: dict[int, Spot], value: Any, at: At, *, same: bool) -> bool:
        """By a number that came before."""
        return same and type(value) is int and value in state


class Contiguous(_Numbers):
    """``contiguous``: at the end, the whole numbers seen at the place are 0 to some k without gaps."""

    def close(self, state: dict[int, Spot], at: At) -> Iterable[Breach] | None:
        """Tell the numbers that are missing, at the first number beyond a gap."""
        lacking = [number for number in range(max(state, default=0)) if number not in state]
        if not lacking:
            return None
        beyond = min(number for number in state if number > lacking[0])
        few = [str(number) for number in lacking[:5]] + (["others"] if len(lacking) > 5 else [])
        return (Breach(f"{self.place} is {beyond}, and never {listed(few, 'or')}", got=str(beyond),
                       spot=state[beyond]),)  # fmt: skip


class InOrder(_Numbers):
    """``in_order``: no whole number comes at the place in an earlier event than a smaller one that comes too."""

    def close(self, state: dict[int, Spot], at: At) -> Iterable[Breach] | None:
        """Tell the first number that comes before a smaller one."""
        came = {number: spot.event.offset for number, spot in state.items() if spot.event is not None}
        for number, offset in came.items():
            late = min((other for other in came if other < number and came[other] > offset), default=None)
            if late is not None:
                return (Breach(f"{self.place} is {number} before it is ever {late}", got=str(number),
                               spot=state[number], related=((f"{late} comes only here", state[late]),)),)  # fmt: skip
        return None


class Unique(Check):
    """``unique``: no two items of the array have the same value of a member, a whole number or a text.

    Options: `by`, the member.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["by"],
        "properties": {"by": {"type": "string"}},
    }

    looks_at = ARRAYS

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.by = options["by"]

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each item that repeats the value of an earlier one."""
        if type(value) is not list or len(value) < 2:
            return None
        said = []
        seen: dict[int | str, int] = {}
        for position, item in enumerate(value):
            key = item.get(self.by) if type(item) is dict else None
            if type(key) is not int and type(key) is not str:
                continue
            if key in seen:
                said.append(Breach(f"{self.by} {shown(key)} occurs twice in {self.place}", got=shown(key),
                                   spot=at.spot(position, self.by),
                                   related=(("first here", at.spot(seen[key], self.by)),)))  # fmt: skip
            else:
                seen[key] = position
        return said

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By an array of one item."""
        return type(value) is list and len(value) == 1


class Exclusive(Check):
    """``exclusive``: an instance has values at only one of the rule's places."""

    class _Seen:
        __slots__ = ("first", "name")

        def __init__(self) -> None:
            self.name: str | int | None = None
            self.first: Spot | None = None

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value at another place than the first one's."""
        name = at.path[-1]
        if name == state.name:
            return None
        if state.first is None:
            state.name, state.first = name, at.spot()
            return None
        return (Breach(f"{whose(at.own)} has both {state.name} and {name}",
                       got=shown(value), related=((f"the first {state.name} is here", state.first),)),)  # fmt: skip

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By the place that came first."""
        return at.path[-1] == state.name


class OnlyFirst(Check):
    """``only_first``: a value comes only in the event in which its instance appears."""

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value that comes later."""
        if at.event is at.own.first:
            return None
        return (Breach(f"{self.place} is {shown(value)} after the first event of {whose(at.own)}",
                       got=shown(value)),)  # fmt: skip
