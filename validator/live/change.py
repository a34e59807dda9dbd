"""Events that are to be sent, and what can be changed about them: each verb is a function.

None knows what a payload means: places and values are what `validator.live.variant` reads.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from validator.place import ITEMS, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


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


def is_at(event: Event, on: str) -> bool:
    """Whether an event is one of ``all``, the ``end``, or has something at a place."""
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
    place = next((number for number, event in enumerate(left) if is_at(event, to)), len(left))
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


#: What can be changed: by the name of a verb, what does it to the chosen of some events, by their numbers.
VERBS: Mapping[str, Callable[[list[Event], list[int], Any], list[Event]]] = {
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
