"""Variants of a sound stream: ways to be wrong on purpose, which data describes.

The form is that of ``schemas/meta/variants.json``. A change says which events it is of and has one verb of
`validator.live.change`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from validator import catalogue
from validator.live.change import VERBS, Event, is_at
from validator.yamlfile import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


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
            for verb, do in VERBS.items():
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
        if is_at(event, on) and (test is None or (event.text is None and test(event.payload)))
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
