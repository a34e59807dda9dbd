"""Where the text of a protocol stands: what its file says under `text`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from validator import catalogue
from validator.place import ITEMS, MEMBERS, Place, PlaceError
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from validator.protocol import Protocol

#: The members of a JSON Schema that are for people.
ANNOTATIONS = frozenset({"title", "description", "$comment", "default", "examples"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """Objects whose member `text` is a text and whose member `bytes` is an array of its bytes.

    Those of an array make one text, unless they stand `apart`.
    """

    on: Place
    text: str
    bytes: str
    apart: bool


@dataclass(frozen=True, slots=True)
class TextPlaces:
    """What in the payloads and the request of a protocol is text, and what is not.

    Strings at or below `places` are, unless they are at or below `but`, or single words in members with one of the
    `names`. Below `schemas` stand JSON Schemas, of which only what is for people is text. `numbers` are the places of
    numbers that stand for text, `keys` those of objects whose keys are text. What fits `words`, and the strings at
    `words_from`, stays wherever it stands.
    """

    places: tuple[Place, ...]
    but: tuple[Place, ...]
    names: frozenset[str]
    schemas: tuple[Place, ...]
    numbers: tuple[Place, ...]
    keys: tuple[Place, ...]
    tokens: tuple[Tokens, ...]
    words: tuple[str, ...]
    words_from: tuple[Place, ...]

    def is_text(self, root: str, steps: tuple[str, ...], *, named: bool = True) -> bool:
        """Whether a string at a place is text; `named` says that it can be a name, as it is one word."""
        if named and _last(steps) in self.names:
            return False
        if _among(root, steps, self.schemas):
            return _last(steps) in ANNOTATIONS
        return _among(root, steps, self.places) and not _among(root, steps, self.but)

    def is_number(self, root: str, steps: tuple[str, ...]) -> bool:
        """Whether the numbers at a place stand for text."""
        return _among(root, steps, self.numbers)

    def has_keys(self, root: str, steps: tuple[str, ...]) -> bool:
        """Whether the keys of the objects at a place are text."""
        return any(
            place.root == root and _fits(steps, place.steps) and len(steps) == len(place.steps) for place in self.keys
        )


def _last(steps: tuple[str, ...]) -> str | None:
    """Return the name of the member that a value is, or is an item of."""
    return next((step for step in steps[:-3:-1] if step != ITEMS), None)


def _among(root: str, steps: tuple[str, ...], places: Iterable[Place]) -> bool:
    return any(place.root == root and _fits(steps, place.steps) for place in places)


def _fits(steps: tuple[str, ...], place: tuple[str, ...]) -> bool:
    """Whether a place is at or below another, which may have ``*`` for any member."""
    return len(steps) >= len(place) and all(
        one == other or (other == MEMBERS and one != ITEMS) for one, other in zip(steps, place, strict=False)
    )


def text_places(protocol: Protocol) -> TextPlaces:
    """Return where the text of a protocol stands, as its file and those that it extends say.

    Raises:
        ConfigError: a place or a pattern in one of them is none; or none of them says where there is text.

    """
    return _read(protocol.origin)


@cache
def _read(origin: str) -> TextPlaces:
    entries = catalogue.sections(origin, "text")[::-1]
    if not entries:
        raise ConfigError(f"{origin}: does not say under `text` where the protocol has text")

    def places(name: str) -> tuple[Place, ...]:
        return tuple(_place(text, origin) for entry in entries for text in entry.get(name, ()))

    words = tuple(word for entry in entries for word in entry.get("words", ()))
    for word in words:
        try:
            re.compile(word)
        except re.error as error:
            raise ConfigError(f"{origin}: text: {word!r} is not a regular expression: {error}") from error
    tokens = tuple(
        Tokens(_place(one["on"], origin), one["text"], one["bytes"], one.get("apart", False))
        for entry in entries
        for one in entry.get("tokens", ())
    )
    return TextPlaces(
        places("places"),
        places("but"),
        frozenset(name for entry in entries for name in entry.get("names", ())),
        places("schemas"),
        places("numbers"),
        places("keys"),
        tokens,
        words,
        places("words_from"),
    )


def _place(text: str, origin: str) -> Place:
    try:
        return Place.parse(text)
    except PlaceError as error:
        raise ConfigError(f"{origin}: text: {error}") from error
