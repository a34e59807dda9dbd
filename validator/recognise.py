"""Which profile a stream is of, by what it shows itself: the signs that profiles state.

The signs are marks of a plan without rules, so they are looked for as everything else is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from validator import catalogue
from validator.engine import Engine
from validator.grades import Grades
from validator.plan import Plan
from validator.protocol import MarkSpec, Profile
from validator.sse import BlockTooLong, Decoder

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
    """Return the profile whose signs a stream shows most often, None for the default one, and why, in words.

    Args:
        data: the beginning of the stream.

    """
    decoder = Decoder(max_block=max(len(data), 1))
    try:
        events = [*decoder.feed(data), *decoder.close()]
    except BlockTooLong as error:
        events = error.events
    seen: dict[str, tuple[int, list[str]]] = {}
    for signs in _signs():
        engine = Engine(signs.plan, {})
        for event in events:
            engine.event(event)
        for mark in engine.marks():
            profile, note = signs.meaning[mark]
            count, notes = seen.get(profile, (0, []))
            seen[profile] = (count + 1, [*notes, note])
    if not seen:
        return None, "the stream shows no sign of a provider that is known"
    profile = max(seen, key=lambda name: seen[name][0])
    return profile, "; ".join(seen[profile][1])
