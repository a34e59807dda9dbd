"""Which profile a stream is of, by what it shows itself: the signs that profiles state.

The signs are marks of a plan without rules, so they are looked for as everything else is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from validator import catalogue, sse
from validator.engine import Engine
from validator.grades import Grades
from validator.plan import Plan
from validator.protocol import MarkSpec, Profile
from validator.quickclass import dataclass
from validator.schema import BASE, SchemaSet

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What stands for the profile that the stream itself shows.
AUTO = "auto"

#: How many bytes are enough to look for signs in.
ENOUGH = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Signs:
    """The signs of one protocol's profiles, as a plan, and what each mark of it means: profile and note."""

    plan: Plan
    meaning: dict[str, tuple[str, str]]


@cache
def _signs() -> tuple[_Signs, ...]:
    found = []
    for name in catalogue.protocol_folders():
        protocol = catalogue.protocol(name)
        marks: list[MarkSpec] = []
        meaning: dict[str, tuple[str, str]] = {}
        for profile in protocol.profiles:
            for sign in catalogue.profile(protocol, profile).signs:
                mark = f"{profile} {len(marks)}"
                marks.append(MarkSpec(mark, sign.on, sign.where))
                meaning[mark] = (profile, sign.note)
        bare = replace(protocol, marks=tuple(marks), rules={}, kinds=(), finish=None, error=None)
        found.append(_Signs(Plan(Grades(bare, Profile("signs", name, None, "", ()))), meaning))
    return tuple(found)


def recognise(data: bytes) -> tuple[str | None, str]:
    """Return the profile of whose signs a stream shows most, None for the default one, and why, in words.

    The signs of a profile are also those of one that extends it, once that shows one of its own.

    Args:
        data: the beginning of the stream.

    """
    events = sse.events(data)
    seen: dict[str, list[str]] = {}
    for signs in _signs():
        engine = Engine(signs.plan, {})
        for event in events:
            engine.event(event)
        for mark in engine.marks():
            profile, note = signs.meaning[mark]
            seen.setdefault(profile, []).append(note)
    if not seen:
        return None, "the stream shows no sign of a provider that is known"
    shown = {name: [note for one in (name, *_extended(name)) for note in seen.get(one, ())] for name in seen}
    profile = max(shown, key=lambda name: len(shown[name]))
    return profile, "; ".join(shown[profile])


def _extended(name: str) -> Iterator[str]:
    """Yield the profiles that a profile extends, the nearest first."""
    protocol, profile = catalogue.find_profile(name)
    while profile.extends is not None:
        yield profile.extends
        profile = catalogue.profile(protocol, profile.extends)


def resembles(payload: object) -> bool:
    """Whether a payload is of a known protocol: it has most of the members that one demands of every payload."""
    return isinstance(payload, dict) and any(
        2 * len(needed & payload.keys()) > len(needed) for needed in map(_needed, catalogue.protocol_folders())
    )


@cache
def _needed(name: str) -> frozenset[str]:
    protocol = catalogue.protocol(name)
    envelope = (
        SchemaSet().replace(protocol.schemas).document(BASE + protocol.kinds[-1].schema) if protocol.kinds else {}
    )
    return frozenset(envelope.get("required", ()))
