"""The texts of a stream: what stands as text in its payloads and beside them, and what belongs together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from validator import jsontext
from validator.literal import units
from validator.masking.letters import length
from validator.payload import Json, decode
from validator.place import ITEMS, general
from validator.scope import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from validator.masking.places import TextPlaces
    from validator.place import Path
    from validator.protocol import Protocol

#: Of what a text is a piece: the place, with the keys of the instances of scopes in it.
Owner = tuple[object, ...]


@dataclass(slots=True, eq=False)
class Text:
    """One text as it stands in the stream.

    `units` are its characters, each as it is written and what it is; the first is written at `offset` of the stream.
    It came with `event`; within that, and in its owner's text, it begins `base` bytes after the start. `done` is what
    is done with each character, once that is known.
    """

    offset: int
    units: list[tuple[bytes, str]]
    event: int
    base: int = 0
    done: bytearray = field(default_factory=bytearray)

    @property
    def chars(self) -> str:
        """The text itself."""
        return "".join([char for _, char in self.units])

    @property
    def length(self) -> int:
        """How many bytes the text has in UTF-8."""
        return sum(length(char) for _, char in self.units)


@dataclass(slots=True)
class Number:
    """A number that stands for text: where it is written, and how."""

    offset: int
    digits: bytes
    event: int


@dataclass(slots=True)
class Spelled:
    """The bytes of tokens that make one text, as numbers, with the texts of the tokens."""

    event: int
    tokens: list[tuple[Text | None, list[Number]]] = field(default_factory=list)


class Texts:
    """Finds the texts of a stream.

    Attributes: `owned`, by owner, the texts that make one; `alone`, texts that are no strings of JSON; `numbers` that
    stand for text; `spelled`, the bytes of tokens.

    """

    def __init__(self, protocol: Protocol, places: TextPlaces) -> None:
        self._places = places
        self._scopes = {spec.each.steps: spec for spec in protocol.scopes}
        self._is_text: dict[tuple[tuple[str, ...], bool], bool] = {}
        self.owned: dict[Owner, list[Text]] = {}
        self.alone: list[Text] = []
        self.numbers: list[Number] = []
        self.spelled: list[Spelled] = []

    def payload(self, data: bytes, event: int, place: Callable[[int], int]) -> None:
        """Take what is meant to be JSON; `place` gives the offset in the stream of one in the data."""
        decoded = decode(data)
        value = decoded.value if isinstance(decoded, Json) else None
        strings: dict[Path, Text] = {}
        numbers: dict[Path, Number] = {}
        bases: dict[Owner, int] = {}
        end = 0
        try:
            for kind, start, end, path in _leaves(data):
                steps = general(path)
                if kind == "number":
                    numbers[path] = Number(place(start), data[start:end], event)
                    continue
                if kind == "key" and not self._places.has_keys("json", steps[:-1]):
                    continue
                if kind == "string" and not self._text_at(steps, data[start + 1 : end - 1]):
                    continue
                text = Text(place(start + 1), units(data[start + 1 : end - 1]), event)
                if kind == "key":
                    self.owned[event, path] = [text]  # each apart, so that no two become the same
                    continue
                strings[path] = text
                owner = self._owner(path, value)
                text.base = bases.get(owner, 0)
                bases[owner] = text.base + text.length
                self.owned.setdefault(owner, []).append(text)
        except jsontext.NotJson:
            self.loose(data[end:], event, lambda at: place(end + at))
        self._tokens(strings, numbers, event)
        self.numbers += [one for path, one in numbers.items() if self._places.is_number("json", general(path))]

    def loose(self, data: bytes, event: int, place: Callable[[int], int]) -> None:
        """Take text that is no payload."""
        at = 0
        for line in data.splitlines(keepends=True):
            text = line.decode("utf-8", "surrogateescape")
            written = [(char.encode("utf-8", "surrogateescape"), char) for char in text]
            self.alone.append(Text(place(at), written, event))
            at += len(line)

    def _text_at(self, steps: tuple[str, ...], written: bytes) -> bool:
        named = b" " not in written
        known = self._is_text.get((steps, named))
        if known is None:
            known = self._is_text[steps, named] = self._places.is_text("json", steps, named=named)
        return known

    def _owner(self, path: Path, value: Any) -> Owner:
        """Return whose text a string is a piece of: positions count only where they tell scopes apart."""
        owner: list[object] = []
        steps: tuple[str, ...] = ()
        for step in path:
            try:
                value = value[step]
            except (TypeError, KeyError, IndexError):
                value = None
            if isinstance(step, str):
                steps += (step,)
                owner.append(step)
                continue
            steps += (ITEMS,)
            spec = self._scopes.get(steps)
            key = key_of(spec, value) if spec is not None else None
            owner.append(ITEMS if spec is None else ("at", step) if key is None else ("key", key))
        return tuple(owner)

    def _tokens(self, strings: dict[Path, Text], numbers: dict[Path, Number], event: int) -> None:
        """Bring the bytes of tokens together with their texts, and these in line with the text that they make."""
        for spec in self._places.tokens:
            made: dict[Path, Spelled] = {}
            held: dict[Path, list[Number]] = {}
            for path, number in numbers.items():
                if path[-2:-1] == (spec.bytes,) and general(path[:-2]) == spec.on.steps:
                    held.setdefault(path[:-2], []).append(number)
            owners = dict.fromkeys(path[:-1] for path in strings if path[-1:] == (spec.text,))
            base: dict[Path, int] = {}
            for token in dict.fromkeys([*owners, *held]):
                if general(token) != spec.on.steps:
                    continue
                group = token if spec.apart else token[:-1]
                text, of = strings.get((*token, spec.text)), held.get(token, [])
                if text is not None:
                    text.base = base.get(group, 0)
                base[group] = base.get(group, 0) + (len(of) or (text.length if text is not None else 0))
                made.setdefault(group, Spelled(event)).tokens.append((text, of))
            self.spelled += made.values()


def _leaves(data: bytes) -> Iterator[tuple[str, int, int, Path]]:
    """Yield the keys, strings and numbers of a JSON text, with the path to each, for a key to its member.

    Raises:
        NotJson: the text stops being JSON.

    """
    steps: list[str | int] = []
    for kind, start, end in jsontext.tokens(data):
        if kind == "key":
            steps[-1] = jsontext.string(data, start, end)
        elif kind not in "}]" and steps and isinstance(steps[-1], int):
            steps[-1] += 1
        if kind in "{[":
            steps.append("" if kind == "{" else -1)
        elif kind in "}]":
            steps.pop()
        elif kind != "literal":
            yield kind, start, end, tuple(steps)
