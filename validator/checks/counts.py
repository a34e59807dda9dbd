"""What counts must be: the sum of others, never less than before, not 0, as many as there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import ARRAYS, NOT_NULL, NUMBERS, OBJECTS, At, Breach, Check
from validator.checks.members import MISSING, beside, is_count, listed, member, option_place, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.checks.base import See, Setting
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Spot

#: The name of the total and the steps to it, whether it is the very sum; of each part its name and the steps to it.
_Sum = tuple[str, tuple[str, ...], bool, list[tuple[str, tuple[str, ...]]]]

_NAMES = {"type": "array", "minItems": 1, "items": {"type": "string"}}


class Sums(Check):
    """``sums``: of the counts that are members of the value, some are the sum of others, or at least their sum.

    Option `each`: a list of sums, each of which says that the members `of`, added up, are the member `is`, or are
    `at_most` the member named. For `is` all must be there; for `at_most` one that is not counts as 0. Where a
    member is no whole number of at least 0, nothing is said.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["each"],
        "properties": {
            "each": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["of"],
                    "oneOf": [{"required": ["is"]}, {"required": ["at_most"]}],
                    "properties": {"of": _NAMES, "is": {"type": "string"}, "at_most": {"type": "string"}},
                },
            }
        },
    }

    looks_at = OBJECTS

    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.sums = [
            (total := one.get("is") or one["at_most"], steps(total), "is" in one,
             [(name, steps(name)) for name in one["of"]])
            for one in options["each"]
        ]  # fmt: skip

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each sum that does not come out."""
        if type(value) is not dict:
            return None
        return [breach for one in self.sums if (breach := self._judged(one, value, at)) is not None] or None

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By the same counts."""
        return same and self.see(state, value, at) is None

    def _judged(self, one: _Sum, value: Any, at: At) -> Breach | None:
        name, path, exact, parts = one
        total = member(value, path)
        if not is_count(total):
            return None
        counts = []
        for _, steps_to in parts:
            count = member(value, steps_to)
            if is_count(count):
                counts.append(count)
            elif exact or (count is not MISSING and count is not None):
                return None
            else:
                counts.append(0)
        added = sum(counts)
        if total == added or (not exact and added <= total):
            return None
        named = [(part, count) for (part, _), count in zip(parts, counts, strict=True)]
        terms = " + ".join(f"{part} {count}" for part, count in named if count or exact)
        said = f"{name} is {total}, but {terms} makes {added}" if exact else f"{terms} is more than {name} {total}"
        return Breach(said, got=str(total if exact else added), spot=at.spot(*path), key=name)


class NeverFalls(Check):
    """``never_falls``: from each value of an instance to the next, no count gets less.

    Option `members`: the names of the counts; without it, the value is the count.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"members": _NAMES},
    }

    looks_at = NOT_NULL

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        names: list[str] = options.get("members", [])
        self.members = [(name, steps(name)) for name in names] or [(self.place, ())]

    def start(self) -> dict[str, tuple[int, Spot]]:
        """Nothing counted yet: by member, the count and where."""
        return {}

    def see(self, state: dict[str, tuple[int, Spot]], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell the counts that are less than before."""
        if value is None:
            return None
        said = []
        for name, path in self.members:
            count = member(value, path)
            if not is_count(count):
                continue
            before = state.get(name)
            spot = at.spot(*path)
            if before is not None and count < before[0]:
                said.append((name, count, *before, spot))
            state[name] = count, spot
        if not said:
            return None
        name, count, earlier, where, spot = said[0]
        falls = ", ".join(f"{name} from {earlier} to {count}" for name, count, earlier, _, _ in said)
        return (Breach(f"the counts fall: {falls}", got=str(count), spot=spot,
                       related=((f"{earlier} here", where),)),)  # fmt: skip

    def unmoved(self, state: dict[str, tuple[int, Spot]], value: Any, at: At, *, same: bool) -> bool:
        """By null."""
        return value is None


class NotZeroAfter(Check):
    """``not_zero_after``: the last number of an instance at the place is not 0 where one of the marks was met.

    Option `marks`: their names.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["marks"],
        "properties": {"marks": _NAMES},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.uses_marks = tuple(options["marks"])

    def start(self) -> list[Spot | None]:
        """No 0 yet."""
        return [None]

    def see(self, state: list[Spot | None], value: Any, at: At) -> Iterable[Breach] | None:
        """Remember whether the last number is 0."""
        state[0] = at.spot() if value == 0 and type(value) in (int, float) else None
        return None

    def close(self, state: list[Spot | None], at: At) -> Iterable[Breach] | None:
        """Tell a 0 beside what it should have counted."""
        spot = state[0]
        met = next((mark for name in self.uses_marks if (mark := at.met(name)) is not None), None)
        if spot is None or met is None:
            return None
        return (Breach(f"{self.place} is 0, but there was something to count", got="0", spot=spot,
                       related=(("the first of it is here", met),)),)  # fmt: skip


class SizeAtMost(Check):
    """``size_at_most``: all arrays of an instance at the place together have at most as many items as is counted.

    Options: `count`, the place of the count, the last of which is taken; `minus`, places beside it whose counts
    are taken off.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["count"],
        "properties": {"count": {"type": "string"}, "minus": _NAMES},
    }

    looks_at = ARRAYS | NUMBERS

    class _Seen:
        __slots__ = ("count", "size", "spot")

        def __init__(self) -> None:
            self.size = 0
            self.count: int | None = None
            self.spot: Spot | None = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.count = option_place(rule, options["count"])
        self.minus = [option_place(rule, place) for place in options.get("minus", ())]

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at the place of the count too."""
        yield from super().places()
        yield self.count, self._counted

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Add up the items."""
        if type(value) is list:
            state.size += len(value)
        return None

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By null."""
        return value is None

    def take(self, see: See, state: _Seen, values: Sequence[Any], at: At) -> bool:
        """Add up the items of all."""
        if see != self.see:
            return False
        state.size += sum(len(value) for value in values if type(value) is list)
        return True

    def _counted(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        less = [beside(at, place) for place in self.minus]
        if is_count(value):
            state.count = value - sum(count for count in less if is_count(count))
            state.spot = at.spot()
        return None

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell that there were more items than counted."""
        if state.count is None or state.size <= state.count or not state.size:
            return None
        places = listed(map(str, self.rule.on))
        minus = "".join(f" less {place}" for place in self.minus)
        return (Breach(f"{state.size} items in all at {places}, but {self.count}{minus} is {state.count}",
                       got=str(state.size), spot=state.spot),)  # fmt: skip
