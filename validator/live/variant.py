"""Streams made wrong on purpose: changes to the events of a sound one, which data describes.

The form is that of ``schemas/meta/variants.json``. A change says which events it is of and has one verb; each verb is
a function here. None knows what a payload means: places and values come from the file.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from validator import catalogue
from validator.place import ITEMS, Place
from validator.yamlfile import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Event:
    """One event that is to be sent: a payload, or data that is none (`text`), and what is changed in its bytes."""

    payload: Any = None
    text: str | None = None
    before: bytes = b""
    after: bytes = b""
    edits: tuple[tuple[bytes, bytes], ...] = ()

    def raw(self) -> bytes:
        """Return its bytes."""
        data = orjson.dumps(self.payload) if self.text is None else self.text.encode()
        whole = b"data: " + data + b"\n\n"
        for old, new in self.edits:
            whole = whole.replace(old, new)
        return self.before + whole + self.after


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to be wrong; `finds` are the rules that it breaks.

    It shows on requests that pass `when`: members of the request are read otherwise, and events are changed.
    """

    name: str
    what: str
    finds: tuple[str, ...]
    changes: tuple[Mapping[str, Any], ...]
    when: Mapping[str, Any]
    as_if: Mapping[str, Any]

    def shows_on(self, request: Any) -> bool:
        """Whether a request is answered wrong at all."""
        return bool(jsonschema_rs.is_valid(dict(self.when), request))

    def read(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a request as it is read: with other members than it has."""
        return {key: value for key, value in _merged(request, self.as_if).items() if value is not None}

    def applied(self, events: list[Event], headers: Mapping[str, str]) -> tuple[list[Event], dict[str, str]]:
        """Return the events and the headers of a sound response, made wrong; the payloads are changed in place."""
        said: dict[str, str | None] = {**headers}
        for change in self.changes:
            said |= change.get("headers", {})
            chosen = _chosen(events, change)
            for verb, do in _VERBS.items():
                if verb in change and chosen:
                    events = do(events, chosen, change[verb])
        return events, {name: value for name, value in said.items() if value is not None}


def _merged(value: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the members of another in place of its own; objects in it are joined likewise."""
    both = {key: _merged(value[key], one) for key, one in other.items()
            if isinstance(one, dict) and isinstance(value.get(key), dict)}  # fmt: skip
    return {**value, **other, **both}


@cache
def load(file: Path) -> Mapping[str, Variant]:
    """Return the variants of a file, by name.

    Raises:
        ConfigError: the file is not of their form.

    """
    entries = read_yaml(file, "variants", unique=True)
    return {
        name: Variant(
            name,
            one["what"],
            tuple(one["finds"]),
            tuple(one.get("changes", ())),
            one.get("when", {}),
            one.get("as_if", {}),
        )
        for name, one in entries.items()
    }


@cache
def sentinel(protocol: str) -> Event:
    """Return the event that ends the streams of a protocol."""
    of = catalogue.protocol(protocol).sentinel
    assert of is not None  # noqa: S101 - asked only of protocols that have one
    return Event(text=of.text)


def _chosen(events: list[Event], change: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the events that a change is of, from 0."""
    on = change.get("on", "all")
    test = jsonschema_rs.validator_for(change["where"]).is_valid if "where" in change else None
    found = [
        number
        for number, event in enumerate(events)
        if _is_at(event, on) and (test is None or (event.text is None and test(event.payload)))
    ]
    match change.get("which", "every"):
        case "first":
            return found[:1]
        case "last":
            return found[-1:]
        case "rest":
            return found[1:]
        case _:
            return found


def _is_at(event: Event, on: str) -> bool:
    if on == "all":
        return True
    if on == "end" or event.text is not None:
        return on == "end" and event.text is not None
    *_, last = steps = Place.parse(on).steps
    return any(
        holder.get(last) not in (None, "", [], {})
        for holder, _ in _holders(event.payload, steps)
        if isinstance(holder, dict)
    )


def _holders(
    value: Any, steps: tuple[str, ...], by: str = "", key: tuple[Any, ...] = ()
) -> Iterator[tuple[Any, Any]]:
    """Yield what holds, or could hold, the member that the last step names, and the items that lead there by `by`."""
    if len(steps) == 1:
        yield value, key
    elif steps[0] == ITEMS:
        for item in value if isinstance(value, list) else ():
            yield from _holders(item, steps[1:], by, (*key, item.get(by) if isinstance(item, dict) else None))
    elif isinstance(value, dict) and steps[0] in value:
        yield from _holders(value[steps[0]], steps[1:], by, key)


def _members(event: Event, place: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the objects at which a place ends, and the name of the member there."""
    steps = Place.parse(place).steps
    yield from ((one, steps[-1]) for one, _ in _holders(event.payload, steps) if isinstance(one, dict))


def _texts(events: list[Event], chosen: list[int], told: Mapping[str, str]) -> list[tuple[dict[str, Any], str, Any]]:
    """Return the texts at a place: the object, the name, and what the texts that go together have in common."""
    steps = Place.parse(told["at"]).steps
    return [
        (holder, steps[-1], key)
        for number in chosen
        for holder, key in _holders(events[number].payload, steps, told["by"])
        if isinstance(holder, dict) and isinstance(holder.get(steps[-1]), str)
    ]


def _set(events: list[Event], chosen: list[int], values: Mapping[str, Any]) -> list[Event]:
    for number in chosen:
        for place, value in values.items():
            for holder, name in _members(events[number], place):
                holder[name] = deepcopy(value)
    return events


def _drop(events: list[Event], chosen: list[int], places: list[str]) -> list[Event]:
    for number in chosen:
        for place in places:
            for holder, name in _members(events[number], place):
                holder.pop(name, None)
    return events


def _add(events: list[Event], chosen: list[int], values: Mapping[str, float]) -> list[Event]:
    for number in chosen:
        for place, value in values.items():
            for holder, name in _members(events[number], place):
                if isinstance(holder.get(name), int | float):
                    holder[name] += value
    return events


def _number(events: list[Event], chosen: list[int], place: str) -> list[Event]:
    for number in chosen:
        for holder, name in _members(events[number], place):
            if isinstance(holder.get(name), str):
                holder[name] += f"-{number + 1}"
    return events


def _pile(events: list[Event], chosen: list[int], told: Mapping[str, str]) -> list[Event]:
    said: dict[Any, str] = {}
    for holder, name, key in _texts(events, chosen, told):
        said[key] = holder[name] = said.get(key, "") + holder[name]
    return events


def _again(events: list[Event], chosen: list[int], told: Mapping[str, str]) -> list[Event]:
    *_, name = steps = Place.parse(told["at"]).steps
    first: dict[Any, Any] = {}
    for number in chosen:
        for holder, key in _holders(events[number].payload, steps, told["by"]):
            if isinstance(holder, dict):
                first.setdefault(key, holder.get(name))
                holder[name] = first[key]
    return events


def _quote(events: list[Event], chosen: list[int], told: Mapping[str, str]) -> list[Event]:
    seen = _texts(events, chosen, told)
    keys = [key for _, _, key in seen]
    for at, (holder, name, key) in enumerate(seen):
        text = orjson.dumps(holder[name]).decode()[1:-1]
        holder[name] = '"' * (key not in keys[:at]) + text + '"' * (key not in keys[at + 1 :])
    return events


def _copy(events: list[Event], chosen: list[int], values: Mapping[str, Any]) -> list[Event]:
    copies = {number: replace(events[number], payload=deepcopy(events[number].payload)) for number in chosen}
    for copy in copies.values():
        _set([copy], [0], values)
    return [one for number, event in enumerate(events) for one in (event, copies.get(number)) if one is not None]


def _repeat(events: list[Event], chosen: list[int], _: Any) -> list[Event]:
    return [one for number, event in enumerate(events) for one in [event] * (1 + (number in chosen))]


def _remove(events: list[Event], chosen: list[int], _: Any) -> list[Event]:
    return [event for number, event in enumerate(events) if number not in chosen]


def _move(events: list[Event], chosen: list[int], to: str) -> list[Event]:
    moved = [events[number] for number in chosen]
    left = _remove(events, chosen, None)
    place = next((number for number, event in enumerate(left) if _is_at(event, to)), len(left))
    return left[:place] + moved + left[place:]


def _insert(events: list[Event], chosen: list[int], text: str) -> list[Event]:
    return _changed(events, chosen, lambda one: replace(one, before=one.before + text.encode()))


def _append(events: list[Event], chosen: list[int], text: str) -> list[Event]:
    return _changed(events, chosen, lambda one: replace(one, after=one.after + text.encode()))


def _replace(events: list[Event], chosen: list[int], pair: list[str]) -> list[Event]:
    return _edited(events, chosen, pair[0].encode(), pair[1].encode())


def _bytes(events: list[Event], chosen: list[int], pair: list[str]) -> list[Event]:
    return _edited(events, chosen, pair[0].encode(), bytes.fromhex(pair[1]))


def _edited(events: list[Event], chosen: list[int], old: bytes, new: bytes) -> list[Event]:
    return _changed(events, chosen, lambda one: replace(one, edits=(*one.edits, (old, new))))


def _changed(events: list[Event], chosen: list[int], how: Callable[[Event], Event]) -> list[Event]:
    return [how(event) if number in chosen else event for number, event in enumerate(events)]


_VERBS: Mapping[str, Callable[[list[Event], list[int], Any], list[Event]]] = {
    "set": _set,
    "drop": _drop,
    "add": _add,
    "number": _number,
    "pile": _pile,
    "again": _again,
    "quote": _quote,
    "copy": _copy,
    "repeat": _repeat,
    "remove": _remove,
    "move": _move,
    "insert": _insert,
    "append": _append,
    "replace": _replace,
    "bytes": _bytes,
}
