"""Which members an object has: the declared ones, others, and one thing under two names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import OBJECTS, TEXTS, At, Breach, Check, blank, shown
from validator.checks.claims import in_words
from validator.checks.members import here
from validator.place import Place, PlaceError
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import See, Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Spot


def _declared(rule: Rule, setting: Setting) -> dict[Place, frozenset[str]]:
    """Return the members that the schemas declare at each place of a rule."""
    known = {place: setting.declared(place) for place in rule.on}
    for place, names in known.items():
        if not names:
            msg = f"{rule.origin}: rule {rule.id}: check {rule.check}: no schema declares a member at {place}"
            raise ConfigError(msg)
    return known


class KnownFields(Check):
    """``known_fields``: the objects at the places have only members that the payload's schemas declare there.

    Option: `besides`, the places of further members, which other rules speak of.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"besides": {"type": "array", "items": {"type": "string"}}},
    }

    looks_at = OBJECTS

    weighs_text = False

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self._known = _declared(rule, setting)
        for text in options.get("besides", ()):
            try:
                place = Place.parse(text)
            except PlaceError as error:
                raise ConfigError(f"{rule.origin}: rule {rule.id}: besides: {error}") from error
            around = Place(place.root, place.steps[:-1])
            if around in self._known:
                self._known[around] |= {place.steps[-1]}

    def places(self) -> Iterable[tuple[Place, See]]:
        """Yield each place with a method that knows its members."""
        for place, names in self._known.items():
            yield place, _unknown_teller(str(place), names)

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By an object all of whose members are known."""
        return type(value) is dict and self._known[here(at)].issuperset(value)


def _unknown_teller(place: str, known: frozenset[str]) -> See:
    covers = known.issuperset
    whose = "the payload" if place == "$" else place

    def see(state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each member that is not known."""
        if type(value) is not dict or covers(value):
            return None
        return [
            Breach(f"{whose} has a member that is not declared: {shown(name, 60)}", got=shown(member),
                   spot=at.spot(name), key=f"{place} {name[:60]}")
            for name, member in value.items() if name not in known
        ]  # fmt: skip

    return see


class Extensions(Check):
    """``extensions``: a member that no schema declares, once it comes again, passes a JSON Schema; `each` is that.

    A member that holds nothing (null, "", an empty list) does not count as having come.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["each"],
        "properties": {"each": {"type": "object"}},
    }

    looks_at = OBJECTS

    #: How many names are told apart in one scope instance.
    MOST = 64

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self._known = frozenset().union(*_declared(rule, setting).values())
        self._covers = self._known.issuperset
        self._each = setting.compile(options["each"])

    def start(self) -> dict[str, Spot]:
        """No name seen yet."""
        return {}

    def see(self, state: dict[str, Spot], value: Any, at: At) -> Iterable[Breach] | None:
        """Remember where each name came first; judge what comes under it later."""
        if type(value) is not dict or self._covers(value):
            return None
        said = []
        for name, member in value.items():
            if name in self._known or blank(member):
                continue
            first = state.get(name)
            if first is None:
                if len(state) < self.MOST:
                    state[name] = at.spot(name)
            elif not self._each.is_valid(member):
                said.append(self._told(name, member, first, at))
        return said

    def unmoved(self, state: dict[str, Spot], value: Any, at: At, *, same: bool) -> bool:
        """By an object all of whose members are declared."""
        return type(value) is dict and self._covers(value)

    def _told(self, name: str, member: Any, first: Spot, at: At) -> Breach:
        breach = next(iter(self._each.breaches(member)))
        words = in_words(replace(breach, path=(*at.path, name, *breach.path)))
        return Breach(f"{words.message}, as {shown(name, 60)} comes more than once", got=words.got,
                      spot=at.spot(name, *breach.path), related=(("first here", first),), key=name[:60])  # fmt: skip


class SameText(Check):
    """``same_text``: where an instance streams text at several of the rule's places, it is the same text.

    Only digests of the texts are kept.
    """

    looks_at = TEXTS

    judges_around = True

    class _Text:
        __slots__ = ("digest", "first")

        def __init__(self, first: Spot) -> None:
            self.first = first
            from hashlib import blake2b  # late: it loads a library, and few streams have such texts

            self.digest = blake2b(digest_size=16)

    def places(self) -> Iterable[tuple[Place, See]]:
        """Yield each place with a method that takes its texts."""
        for place in self.rule.on:
            yield place, self._taker(str(place))

    def start(self) -> dict[str, _Text]:
        """No text yet; only its digest will be kept."""
        return {}

    def _taker(self, place: str) -> See:
        def see(state: dict[str, SameText._Text], value: Any, at: At) -> None:
            """Add a piece of text."""
            if type(value) is str and value:
                text = state.get(place)
                if text is None:
                    text = state[place] = self._Text(at.spot())
                text.digest.update(value.encode("utf-8", "surrogatepass"))

        return see

    def close(self, state: dict[str, _Text], at: At) -> Iterable[Breach] | None:
        """Tell the first place whose text differs from that of the place seen first."""
        texts = list(state.items())
        for place, text in texts[1:]:
            other, first = texts[0]
            if text.digest.digest() != first.digest.digest():
                return (Breach(f"{other} and {place} carry different texts", got=f"text at {len(texts)} places",
                               spot=text.first, related=((f"{other} starts here", first.first),)),)  # fmt: skip
        return None
