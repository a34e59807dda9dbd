"""What only the bytes of a block can break: their kinds, their length, characters that do not belong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator import framing
from validator.checks.base import At, Breach, Check, shown
from validator.checks.members import option_pattern
from validator.scope import Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema


class Uniform(Check):
    """``uniform``: the values at the places are all the same; the first that differs is told, and no more.

    Option: `ignore`, values that do not count.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"ignore": {"type": "array"}},
    }

    class _Seen:
        __slots__ = ("first", "told", "value")

        def __init__(self) -> None:
            self.first: Spot | None = None
            self.told = False
            self.value: Any = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.ignore = list(options.get("ignore", ()))

    def start(self) -> _Seen:
        """Nothing seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell the first value that differs."""
        if state.told or value in self.ignore or (value == state.value and state.first is not None):
            return None
        if state.first is None:
            state.first, state.value = at.spot(), value
            return None
        state.told = True
        return (Breach(f"{shown(value)} here, but {shown(state.value)} before", got=shown(value),
                       related=((f"{shown(state.value)} here", state.first),)),)  # fmt: skip


class Without(Check):
    """``without``: none of these characters stands in the text at the place; the first of each in a text is told.

    For places of a block. Options: `characters`; `in`, the member that holds the text, if the place is an object.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["characters"],
        "properties": {
            "characters": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            "in": {"type": "string"},
        },
    }

    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.characters = tuple(options["characters"])
        self.below = (options["in"],) if "in" in options else ()

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell the characters that stand there."""
        text = value.get(self.below[0]) if self.below and isinstance(value, dict) else value
        if not isinstance(text, str) or not any(character in text for character in self.characters):
            return None
        return [*self._told(text, at)]

    def _told(self, text: str, at: At) -> Iterable[Breach]:
        event, path = at.event, (*at.path, *self.below)
        assert event is not None  # noqa: S101 - a place of a block has one
        start, length = framing.locate(event, path)
        raw = event.raw[start - event.offset :][:length]
        for character in self.characters:
            place = raw.find(character.encode())
            if place >= 0:
                name = " ".join(f"U+{ord(one):04X}" for one in character)
                count = text.count(character)
                often = "" if count == 1 else f", {count} times in this line"
                spot = Spot(at.root, event, path, at.scope, (start + place, len(character.encode())))
                yield Breach(f"{name} stands here as it is{often}", got=name, spot=spot, key=name)


class Longest(Check):
    """``longest``: no number of bytes at the place is greater than the limit. Option: `bytes`."""

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["bytes"],
        # of blocks that are shorter the engine may show only one
        "properties": {"bytes": {"type": "integer", "minimum": framing.LONGEST_ORDINARY}},
    }

    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.limit: int = options["bytes"]

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each number beyond the limit."""
        if value <= self.limit:
            return None
        return (Breach(f"{value:,} bytes, more than {self.limit:,}", got=f"{value:,} bytes"),)


class Classes(Check):
    """``classes``: tells each class of the texts in the list at the place once, with how often it occurs.

    Options: `classes` maps what to say of a class to a regular expression that its texts begin with (the first that
    fits counts); `other` is what to say of further texts. What is said is also the case.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["classes", "other"],
        "properties": {
            "classes": {"type": "object", "additionalProperties": {"type": "string"}},
            "other": {"type": "string"},
        },
    }

    pure = True

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.classes = [(name, option_pattern(rule, pattern)) for name, pattern in options["classes"].items()]
        self.other: str = options["other"]

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell every text by its class."""
        if not value:
            return None
        return [self._told(text, at.spot(position)) for position, text in enumerate(value)]

    def _told(self, text: str, spot: Spot) -> Breach:
        name = next((name for name, pattern in self.classes if pattern.match(text)), self.other)
        return Breach(name, got=shown(text), spot=spot, key=name, case=name)
