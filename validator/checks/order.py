"""What must come before, after, and last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import At, Breach, Check, blank, plural, shown
from validator.checks.members import here, listed, option_place, whose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.checks.base import See, Setting
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Scope, Spot


class NotAfter(Check):
    """``not_after``: once the mark was met in an earlier event, the instance has no further value at the place.

    Options: `mark`, a mark of the protocol; `where` and `when`, JSON Schemas: only a value that passes `where`, in
    a payload that passes `when`. They are as the rule's own conditions, but are asked only after the mark, so that
    they cost nothing before it.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["mark"],
        "properties": {"mark": {"type": "string"}, "where": {"type": "object"}, "when": {"type": "object"}},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.mark = options["mark"]
        self.uses_marks = (self.mark,)
        self.where = setting.compile(options["where"]) if "where" in options else None
        self.when = setting.compile(options["when"]) if "when" in options else None

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value that comes after the mark."""
        met = at.met(self.mark)
        if met is None or met.event is at.event:
            return None
        if self.where is not None and not self.where.is_valid(value):
            return None
        if self.when is not None and not self.when.is_valid(at.payload):
            return None
        return (Breach(f"{self.place} occurs after the {self.mark}", got=shown(value),
                       related=((f"the {self.mark} is here", met),)),)  # fmt: skip

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """Until the mark is met."""
        return at.met(self.mark) is None


class Follows(Check):
    """``follows``: a value comes only after the first instance of a scope began in an earlier event.

    Options: `scope`, a scope of the protocol within the rule's own.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["scope"],
        "properties": {"scope": {"type": "string"}},
    }
    judges_around = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.scope = setting.scope(rule, options["scope"]).name

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each value that no instance came before."""
        if any(one.first is not at.event for one in at.own.each(self.scope)):
            return None
        return (Breach(f"{self.place} comes before any {self.scope}", got=shown(value)),)


class LastAfter(Check):
    """``last_after``: the last value at the place comes no earlier than the mark in any part of the instance.

    A part is an instance of the scope that the mark belongs to. One that never meets the mark is not judged.
    Options: `mark`, a mark of the protocol.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["mark"],
        "properties": {"mark": {"type": "string"}},
    }
    #: How many parts are named.
    TOLD = 10

    class _Seen:
        __slots__ = ("last",)

        def __init__(self) -> None:
            self.last: Spot | None = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.mark = options["mark"]
        self.uses_marks = (self.mark,)

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> None:
        """Keep the last place."""
        state.last = at.spot()

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell that the mark came later."""
        if state.last is None:
            return None
        late = [*self._late(state.last, at)][: self.TOLD]
        if not late:
            return None
        related = tuple((f"the {self.mark} of {whose(part)} is here", spot) for part, spot in late)
        parts = listed(whose(part) for part, _ in late)
        message = f"the last {self.place} comes before the {self.mark} of {parts}"
        return (Breach(message, got=f"event {_number(state.last)}", spot=state.last, related=related),)

    def _late(self, last: Spot, at: At) -> Iterator[tuple[Scope, Spot]]:
        depth = at.mark_depths[self.mark]
        for part in at.own.all():
            met = part.marks.get(self.mark) if part.depth == depth else None
            if met and met.event and last.event and met.event.offset > last.event.offset:
                yield part, met


def _number(spot: Spot) -> int | None:
    return spot.event.number if spot.event is not None else None


class Last(Check):
    """``last``: nothing at another place comes after the last value at the rule's.

    Options: `of`, the other place, one around the rule's; `but`, a JSON Schema of what may come all the same.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["of"],
        "properties": {"of": {"type": "string"}, "but": {"type": "object"}},
    }

    class _Seen:
        __slots__ = ("after", "count", "last")

        def __init__(self) -> None:
            self.last: Spot | None = None
            self.after: Spot | None = None
            self.count = 0

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.of = option_place(rule, options["of"])
        self.but = setting.compile(options["but"]) if "but" in options else None

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at the rule's places, and at what may not follow them."""
        yield self.of, self.see_other
        yield from super().places()

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> None:
        """Begin anew: only what follows the last value counts; what is around it was seen just before it."""
        state.last = at.spot()
        state.after, state.count = None, 0

    def see_other(self, state: _Seen, value: Any, at: At) -> None:
        """Keep the first value that follows, and count them."""
        if state.last is None or (self.but is not None and self.but.is_valid(value)):
            return
        state.count += 1
        if state.after is None:
            state.after = at.spot()

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """Until there is something that nothing may follow."""
        return state.last is None and here(at) == self.of

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell the first value that follows the last one at the place."""
        if state.last is None or state.after is None:
            return None
        count = plural(state.count, "event")
        return (Breach(f"{count} after the last {self.place}", got=count, spot=state.after,
                       related=((f"the last {self.place} is here", state.last),)),)  # fmt: skip


class BackedBy(Check):
    """``backed_by``: an instance with a value at the place says something at another, before it or after.

    Options: `place`, the other place, with objects; `but`, their members that do not count.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["place"],
        "properties": {"place": {"type": "string"}, "but": {"type": "array", "items": {"type": "string"}}},
    }

    class _Seen:
        __slots__ = ("backed", "got", "spot")

        def __init__(self) -> None:
            self.backed = False
            self.got: str | None = None
            self.spot: Spot | None = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.by = option_place(rule, options["place"])
        self.but = frozenset(options.get("but", ()))

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at the rule's places, and at what must back them."""
        yield self.by, self.see_other
        yield from super().places()

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> None:
        """Keep the first place."""
        if state.spot is None:
            state.got, state.spot = shown(value), at.spot()

    def see_other(self, state: _Seen, value: Any, at: At) -> None:
        """Keep whether something was said."""
        if not state.backed and type(value) is dict:
            said = [member for name, member in value.items() if name not in self.but]
            state.backed = not blank(said)

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """Once something backs it, and the first place is known."""
        return state.backed if here(at) == self.by else state.spot is not None

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell the value that nothing backs."""
        if state.backed or state.spot is None:
            return None
        return (
            Breach(f"{self.place} is {state.got}, and no {self.by} said anything", got=state.got, spot=state.spot),
        )
