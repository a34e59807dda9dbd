"""Texts of the stream held against texts of the request: names, sequences, what should come back as it was sent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.asked import NAMES, Asked
from validator.checks.base import TEXTS, At, Breach, Check, shown
from validator.checks.members import listed, option_pattern, whose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import See, Setting
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Scope, Spot


class Echoes(Check):
    """``echoes``: the first text at the place is the one that the request has, or one that is known to stand for it.

    Options: `request`, the member; `adds`, a regular expression for what may stand at the end of the text that comes;
    `drops`, one for what may stand at the start of either and does not count.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["request"],
        "properties": {"request": NAMES, "adds": {"type": "string"}, "drops": {"type": "string"}},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.asked = Asked(rule, options["request"])
        self.drops = option_pattern(rule, f"^(?:{options.get('drops', '')})")
        self.adds = option_pattern(rule, f"(?:{options.get('adds', '')})$")

    def start(self) -> list[bool]:
        """Nothing seen yet."""
        return [False]

    def see(self, state: list[bool], value: Any, at: At) -> Iterable[Breach] | None:
        """Judge the first text alone: whether it stays is another rule's question."""
        if state[0] or type(value) is not str or not value:
            return None
        state[0] = True
        asked = self.asked.texts(at)
        if not asked or value in asked:
            return None
        came = self.drops.sub("", value[:256], count=1)
        wanted = {self.drops.sub("", one[:256], count=1) for one in asked}
        if came in wanted or self.adds.sub("", came, count=1) in wanted:
            return None
        return (Breach(f"{self.place} is {shown(value)}, but the request says {shown(asked[0])}", got=shown(value)),)


class Name:
    """A name as it came, perhaps in fragments, perhaps again and again."""

    __slots__ = ("parts", "spot")

    #: How many fragments of a name are kept, and how many characters of each.
    MOST, LONGEST = 16, 256

    def __init__(self, spot: Spot) -> None:
        self.spot = spot
        self.parts: list[str] = []

    def add(self, part: str) -> None:
        """Take the next fragment."""
        if len(self.parts) < self.MOST:
            self.parts.append(part[: self.LONGEST])

    @property
    def readings(self) -> tuple[str, str]:
        """What the name may be: the first fragment, or all of them joined."""
        return self.parts[0], "".join(self.parts)


class OneOf(Check):
    """``one_of``: a name that an instance has at the place is one of those in the request.

    The instances are those of the innermost scope around each place; a name may come in fragments. Option: `request`,
    the places of the names; where it has none, nothing is judged.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["request"],
        "properties": {"request": NAMES},
    }
    looks_at = TEXTS

    #: How many of the request's names are told.
    TOLD = 5

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.asked = Asked(rule, options["request"])

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at each place by itself."""
        for place in self.rule.on:
            yield place, partial(self._see, str(place))

    def start(self) -> dict[tuple[Scope, str], Name]:
        """No name yet."""
        return {}

    def _see(self, place: str, state: dict[tuple[Scope, str], Name], value: Any, at: At) -> None:
        if type(value) is str and value:
            name = state.get((at.scope, place))
            if name is None:
                name = state[at.scope, place] = Name(at.spot())
            name.add(value)

    def close(self, state: dict[tuple[Scope, str], Name], at: At) -> Iterable[Breach] | None:
        """Tell each name that is none of them."""
        known = self.asked.texts(at) if state else []
        if not known:
            return None
        unknown = set(known).isdisjoint
        return [self._told(place, name, known) for (_, place), name in state.items() if unknown(name.readings)]

    def _told(self, place: str, name: Name, known: list[str]) -> Breach:
        few = [shown(one, 60) for one in known[: self.TOLD]]
        rest = [f"{len(known) - self.TOLD} others"] if len(known) > self.TOLD else []
        said = name.readings[1]
        return Breach(f"{place} is {shown(said, 60)}; the request has {listed([*few, *rest], 'or')}",
                      got=shown(said), spot=name.spot, key=said[:60])  # fmt: skip


class Excludes(Check):
    """``excludes``: the text that an instance streams at the place holds none of the request's, across its pieces.

    Option: `request`, the member that is a text or a list of texts.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["request"],
        "properties": {"request": NAMES},
    }
    #: How many texts are looked for, and how long they may be: longer ones are passed over.
    MOST, LONGEST = 16, 1024

    class _Text:
        __slots__ = ("sought", "tail")

        def __init__(self) -> None:
            self.sought: list[str] | None = None
            #: the end of the text so far, in which one of them may have begun
            self.tail = ""

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.asked = Asked(rule, options["request"])

    def start(self) -> _Text:
        """No text yet."""
        return self._Text()

    def see(self, state: _Text, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each of them that this piece completes, once."""
        sought = state.sought
        if sought is None:
            fit = [text for text in self.asked.texts(at) if len(text) <= self.LONGEST]
            sought = state.sought = fit[: self.MOST]
        if not sought or type(value) is not str:
            return None
        text = state.tail + value
        keep = max(map(len, sought)) - 1
        state.tail = text[-keep:] if keep else ""
        there = [one for one in sought if one in text]
        if not there:
            return None
        state.sought = [one for one in sought if one not in there]
        return [
            Breach(f"{self.place} of {whose(at.own)} holds {shown(one)}, which the request names in "
                   f"{self.asked.places[0].steps[-1]}", got=shown(value), key=one)
            for one in there
        ]  # fmt: skip
