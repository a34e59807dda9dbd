"""What of a protocol's payloads is their meaning: what its file says under `meaning`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from validator import catalogue
from validator.place import ITEMS, Place, PlaceError
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.protocol import Protocol

#: The steps of a place below the payload.
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Items of an array that belong together where their member `key` is the same.

    `identity` is the member that names one in place of its key. `keyless`: in an answer that is not streamed they
    have no key, and their order says it.
    """

    name: str
    key: tuple[str, ...]
    keys: str | None = None
    identity: str | None = None
    keyless: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Items of an array that stand for a text: those with these `members`, whose member `text` is it."""

    members: Mapping[str, Any]
    text: str

    def holds(self, item: Any) -> bool:
        """Whether an item is one."""
        return (
            type(item) is dict
            and type(item.get(self.text)) is str
            and len(item) == len(self.members) + 1
            and all(name in item and item[name] == value for name, value in self.members.items())
        )


@dataclass(frozen=True, slots=True)
class Whole:
    """The answer where it is not streamed: how to know it, and what is otherwise in it.

    `renamed` maps the place of a member to its name in a payload, `set` are the members that say only which of the
    forms it is, `needs` those that are always there, and `optional` places of what a stream may leave out unless the
    value at a place of the request asks for it.
    """

    where: Any
    renamed: Mapping[Steps, str]
    set: Mapping[str, Any]
    needs: Mapping[Steps, Mapping[str, Any]]
    optional: Mapping[Steps, Steps]


@dataclass(frozen=True, slots=True)
class Places:
    """What stands where: places of texts and lists in pieces, of what counts by its last value, and of what may vary.

    `parts` are by the place of their items, `blocks` by that of their array, `names` what a person calls the values
    at a place.
    """

    parts: Mapping[Steps, Part]
    blocks: Mapping[Steps, Block]
    joined: frozenset[Steps]
    lists: frozenset[Steps]
    last: frozenset[Steps]
    json: frozenset[Steps]
    without: frozenset[Steps]
    varies: frozenset[Steps]
    anew: frozenset[Steps]
    whole: Whole
    names: Mapping[Steps, str]


def among(steps: Steps, places: frozenset[Steps]) -> bool:
    """Whether a place is one of these or below it."""
    return any(steps[:length] in places for length in range(1, len(steps) + 1))


@cache
def meaning_places(protocol: str) -> Places:
    """Return what a built-in protocol and those that it extends say of the meaning; see `places_of`."""
    return places_of(catalogue.protocol(protocol))


def places_of(protocol: Protocol) -> Places:
    """Return what a protocol's file and those that it extends say of the meaning.

    A protocol that says nothing has its scopes, and at each place the value that was last.

    Raises:
        ConfigError: a place in one of them is none.

    """
    entries = catalogue.sections(protocol.origin, "meaning")

    def steps(text: str) -> Steps:
        try:
            return Place.parse(text).steps
        except PlaceError as error:
            raise ConfigError(f"{protocol.origin}: meaning: {error}") from error

    def places(name: str) -> frozenset[Steps]:
        return frozenset(steps(text) for entry in entries for text in entry.get(name, ()))

    wholes = [entry["whole"] for entry in entries if "whole" in entry]
    whole: Mapping[str, Any] = wholes[0] if wholes else {}
    identity = _merged(entry.get("identity", {}) for entry in entries)
    parts = {
        scope.each.steps: Part(
            scope.name, scope.key, scope.keys, identity.get(scope.name), scope.name in whole.get("keyless", ())
        )
        for scope in protocol.scopes
    }
    for name, one in _merged(entry.get("parts", {}) for entry in entries).items():
        parts[steps(one["each"])] = Part(name, (one["key"],), None, identity.get(name))
    renamed = {}
    for theirs, ours in whole.get("places", {}).items():
        if steps(theirs)[:-1] != steps(ours)[:-1] or ITEMS in (steps(theirs)[-1], steps(ours)[-1]):
            raise ConfigError(
                f"{protocol.origin}: meaning: {theirs!r} and {ours!r} differ in more than the last member"
            )
        renamed[steps(theirs)] = steps(ours)[-1]
    return Places(
        parts=parts,
        blocks={
            steps(one["in"]): Block(one["members"], one["text"])
            for entry in entries
            for one in entry.get("blocks", ())
        },
        joined=places("joined"),
        lists=places("lists"),
        last=places("last"),
        json=places("json"),
        without=places("without"),
        varies=places("varies"),
        anew=places("anew"),
        whole=Whole(
            where=whole.get("where"),
            renamed=renamed,
            set=whole.get("set", {}),
            needs={steps(place): members for place, members in whole.get("needs", {}).items()},
            optional={steps(place): steps(asked) for place, asked in whole.get("optional", {}).items()},
        ),
        names={show.on.steps: show.name for show in protocol.shows},
    )


def _merged(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for entry in entries:
        merged = {**entry, **merged}
    return merged
