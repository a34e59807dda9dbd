"""The trace: what a report may want of a stream beside its findings, kept within bounds and only when asked for.

A report that shows the stream itself asks for its events. Of a long one are kept the first, the last, and those that
prove a finding; of a long event its beginning. How much all traces of a run may hold, `validator.room` says.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from validator.cover import covered, covered_text
from validator.payload import Malformed, decode, legible
from validator.place import ITEMS, MEMBERS
from validator.scope import key_of
from validator.where import characters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from validator.arrival import Arrivals
    from validator.protocol import Protocol, ScopeSpec
    from validator.rule import Rule
    from validator.sse import Event

#: How many bytes of an event are kept, how many characters of a value that it shows, and how many such values.
RAW, SHOWN, VALUES = 4096, 400, 12

#: What a block is: a payload, the sentinel that ends a stream, data that is no JSON object, only comments, or else.
Form = Literal["payload", "sentinel", "other-data", "comment", "no-data"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to keep of each stream: its rules, the offsets of places in characters, and so many events.

    Of the events half are the first ones, a quarter the last, a quarter those that prove findings.
    """

    rules: bool = False
    characters: bool = False
    events: int = 0

    @property
    def watches(self) -> bool:
        """Whether something of the events is wanted, so that each must be looked at."""
        return self.characters or self.events > 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that a person wants to see: the name of what it is, its text, and which part of the stream it is of."""

    name: str
    text: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One block of a stream, as it is kept.

    `number` counts the blocks with data from 1 (None without), `line` the lines from 1, `offset` and `size` bytes.
    `text` is what came, up to RAW bytes of it. `shows` are the values that the protocol says a person wants to see.
    `seconds` is when its last byte came after the request, where that is known.
    """

    number: int | None
    line: int
    offset: int
    size: int
    text: str
    form: Form
    shows: tuple[Shown, ...] = ()
    seconds: float | None = None
    terminated: bool = True

    @property
    def cut(self) -> bool:
        """Whether `text` is not all of it."""
        return self.size > RAW


@dataclass(frozen=True, slots=True)
class Trace:
    """What was kept of a stream: the rules it was judged by, and of its `blocks` blocks those in `events`.

    `says` tells what the names of the values are that events show.
    """

    rules: Mapping[str, Rule]
    events: tuple[Seen, ...] = ()
    blocks: int = 0
    says: Mapping[str, str] = field(default_factory=dict)


class Recorder:
    """Keeps events of one stream while it is judged.

    Args:
        wanted: how much to keep.
        protocol: says what a payload shows.
        arrivals: when bytes came, if that is known.

    """

    def __init__(self, wanted: Wanted, protocol: Protocol, arrivals: Arrivals | None) -> None:
        self._wanted = wanted
        self._protocol = protocol
        self._arrivals = arrivals
        self._first: list[Seen] = []
        self._telling: dict[int, Seen] = {}
        self._last: deque[Seen] = deque(maxlen=max(wanted.events // 4, 1))
        self._characters = 0 if wanted.characters else None
        self._blocks = 0

    def before(self, event: Event) -> None:
        """Note how many characters come before an event that will be judged."""
        if self._characters is not None:
            event.characters = self._characters
            self._characters += characters(event.raw)

    def after(self, event: Event, *, telling: bool) -> None:
        """Keep an event that was judged, if there is room; `telling` says that it proves a finding."""
        most = self._wanted.events
        if not most:
            return
        self._blocks += 1
        if len(self._first) < most // 2:
            self._first.append(self._seen(event))
            return
        seen = self._seen(event)
        self._last.append(seen)
        if telling and len(self._telling) < most // 4:
            self._telling[seen.offset] = seen

    def trace(self, rules: Mapping[str, Rule]) -> Trace:
        """Return what was kept, its events in the order of the stream, and the rules if these are wanted."""
        later = {**self._telling, **{seen.offset: seen for seen in self._last}}
        events = (*self._first, *(later[offset] for offset in sorted(later)))
        says = {spec.name: spec.says for spec in self._protocol.shows}
        return Trace(rules if self._wanted.rules else {}, events, self._blocks, says)

    def _seen(self, event: Event) -> Seen:
        data = event.data
        form, shows = (_form(event), ()) if data is None else self._read(data)
        at = self._arrivals.at(event.offset + len(event.raw) - 1) if self._arrivals is not None else None
        return Seen(
            event.number, event.line, event.offset, len(event.raw),
            covered(event.raw[: 2 * RAW])[:RAW].decode("utf-8", "replace"), form, shows, at, event.terminated,
        )  # fmt: skip

    def _read(self, data: bytes) -> tuple[Form, tuple[Shown, ...]]:
        sentinel = self._protocol.sentinel
        if sentinel is not None and sentinel.means(data):
            return "sentinel", ()
        decoded = decode(data)
        if isinstance(decoded, Malformed) or type(decoded.value) is not dict:
            return "other-data", ()
        payload = legible(decoded.value) if decoded.issues else decoded.value
        scopes = self._protocol.scopes
        shows = (
            Shown(spec.name, _text(value), of)
            for spec in self._protocol.shows
            for value, of in _values(payload, spec.on.steps, scopes)
            if value is not None and value != ""
        )
        return "payload", tuple(islice(shows, VALUES))


def _form(event: Event) -> Form:
    return "comment" if event.comments else "no-data"


def _text(value: Any) -> str:
    text = value if type(value) is str else json.dumps(value, ensure_ascii=False)
    text = covered_text(text[: 2 * SHOWN])
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _values(payload: Any, steps: Sequence[str], scopes: Sequence[ScopeSpec]) -> Iterator[tuple[Any, str]]:
    """Yield the values at a place of a payload, in their order, each with the part of the stream that it is of."""

    def walk(value: Any, depth: int, of: str) -> Iterator[tuple[Any, str]]:
        for scope in scopes:
            if depth and scope.each.steps == tuple(steps[:depth]):
                key = key_of(scope, value)
                of = of if key is None else f"{scope.name.replace('_', ' ')} {key}"
        if depth == len(steps):
            yield value, of
        elif steps[depth] == ITEMS:
            for item in value if type(value) is list else ():
                yield from walk(item, depth + 1, of)
        elif type(value) is dict:
            for name in value if steps[depth] == MEMBERS else (steps[depth],):
                if name in value:
                    yield from walk(value[name], depth + 1, of)

    return walk(payload, 0, "")
