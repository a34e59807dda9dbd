"""A protocol as its folder states it: names of parts, rules, profiles. All of it is data."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from validator.finding import Severity
    from validator.place import Place
    from validator.rule import Rule

#: The scope that every protocol has: the stream itself.
STREAM = "stream"


@dataclass(frozen=True, slots=True)
class ScopeSpec:
    """A part of the stream with state of its own: each value at `each` belongs to the instance that `key` names.

    `within` is the enclosing scope, `depth` how many enclose it, `plural` the name of their number in the report.
    `keys` says whether keys are ``integer`` or ``string``; None for either.
    """

    name: str
    within: str
    each: Place
    key: tuple[str, ...]
    plural: str
    depth: int
    keys: str | None = None


@dataclass(frozen=True, slots=True)
class MarkSpec:
    """A moment of the stream that rules refer to by name: the value at `on` passes `where`."""

    name: str
    on: Place
    where: Any = None


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A chunk type: a payload with a value at `on` that passes `where`, judged by the document `schema`."""

    name: str
    on: Place
    where: Any
    schema: str


@dataclass(frozen=True, slots=True)
class ShowSpec:
    """What a person wants to see of a payload: the values at `on`. `name` is a word for it, `says` what it is."""

    name: str
    on: Place
    says: str


class Sentinel:
    """The data value that ends a stream, and a pattern for what was meant to be it.

    Args:
        data: the exact value.
        like: a regular expression that the whole value matches when it was meant to be the sentinel.

    Attributes: `text`, the data.

    Raises:
        re.error: `like` is not a regular expression.

    """

    #: A longer value is a payload, whatever it looks like.
    LONGEST = 64

    def __init__(self, data: str, like: str = "") -> None:
        self.text = data
        self._exact = data.encode()
        self._like = re.compile(like.encode()) if like else None

    def is_exactly(self, data: bytes) -> bool:
        """Whether a data value is the sentinel to the byte."""
        return data == self._exact

    def starts_with(self, data: bytes) -> bool:
        """Whether a data value is a beginning of the sentinel that lacks the end."""
        return len(data) < len(self._exact) and self._exact.startswith(data)

    def means(self, data: bytes) -> bool:
        """Whether a data value is the sentinel, or was meant to be."""
        return data == self._exact or (
            self._like is not None and len(data) <= self.LONGEST and self._like.fullmatch(data) is not None
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """How to know a payload of a protocol: a name for a person, and a JSON Schema that its payloads pass."""

    name: str
    where: Any


@dataclass(frozen=True, slots=True)
class Patch:
    """What a profile changes: a rule's severity or options, or the members and values that a schema part allows.

    `excepted` is a JSON Schema of the payloads that the rules do not judge.
    """

    source: str
    note: str
    rules: tuple[str, ...] = ()
    severity: Severity | None = None
    cases: Mapping[str, Severity] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    excepted: Mapping[str, Any] | None = None
    schema: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """How a stream shows whose it is: a value at `on` that passes `where`; `note` tells a person."""

    on: Place
    where: Any
    note: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider is known to do, as patches in the order in which they apply, the inherited ones first."""

    name: str
    protocol: str
    extends: str | None
    summary: str
    patches: tuple[Patch, ...]
    signs: tuple[Sign, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Protocol:
    """All that the engine needs to know of a protocol; `profiles` maps a profile's name to its file.

    `verdicts` are the profiles whose verdict every report gives. `schemas` are documents
    of its own, by URI, beside the published ones. `shows` are the parts of a payload that a person wants to see.
    """

    name: str
    title: str
    default_profile: str
    sentinel: Sentinel | None
    scopes: tuple[ScopeSpec, ...]
    marks: tuple[MarkSpec, ...]
    kinds: tuple[KindSpec, ...]
    finish: str | None
    error: str | None
    foreign: tuple[Signature, ...]
    rules: Mapping[str, Rule]
    profiles: Mapping[str, Path]
    verdicts: tuple[str, ...] = ()
    schemas: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    shows: tuple[ShowSpec, ...] = ()
    origin: str = ""
