"""The tree of a meaning: the values of all payloads, each at its place, with where each piece of it stands.

A member of an object is a branch by its name. Items of an array that the protocol has keys for are branches by their
key, and so is one that comes in several payloads; those of any other array are branches by their position.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from validator import jsontext
from validator.meaning.places import among
from validator.place import ITEMS
from validator.scope import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.meaning.places import Part, Places, Steps
    from validator.place import Path
    from validator.sse import Event

#: How deep the tree goes; what nests deeper is the text that it is written as.
DEEPEST = 48


@dataclass(frozen=True, slots=True)
class Instance:
    """A step to an item that is known by its key: the name of what it is, and the key or else its ordinal."""

    name: str
    key: int | str


#: A step of the tree: a member, a position, or an instance.
Step = str | int | Instance


#: A name that an instance gives itself, and of what type it is.
Identity = tuple[type, str]


class Piece(NamedTuple):
    """A value as it came: the event that brought it, None in an answer that is not streamed, and its path there."""

    value: Any
    event: Event | None
    path: Path


@dataclass(slots=True, eq=False)
class Node:
    """What stands at one place: the values that came there, in their order, and the branches below.

    `place` are the steps of its place, `part` what it is an item of. `identities` are the names that the instance
    gave itself, `keyed` says whether it has a key of its own, `first` is the first piece at or below it.
    """

    place: Steps
    first: Piece
    part: Part | None = None
    keyed: bool = False
    identities: dict[Identity, None] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    branches: dict[Step, Node] = field(default_factory=dict)

    def texts(self) -> list[Piece]:
        """Return the pieces that are strings."""
        return [one for one in self.pieces if type(one.value) is str]

    def others(self, places: Places) -> list[Piece]:
        """Return the values that count as they are, those that repeat the one before left out; of usage the last."""
        chosen = [
            one
            for one in self.pieces
            if one.value != "" and not (type(one.value) is str and self.place in places.joined)
        ]
        if among(self.place, places.last):
            return chosen[-1:]
        return [one for at, one in enumerate(chosen) if not at or not same(one.value, chosen[at - 1].value)]

    def says(self, places: Places) -> bool:
        """Whether there is anything in it: no empty texts, lists and objects."""
        pending = [self]
        while pending:
            node = pending.pop()
            if not among(node.place, places.without) and any(one.value != "" for one in node.pieces):
                return True
            pending.extend(node.branches.values())
        return False


class Builder:
    """Builds the tree of a meaning, payload by payload.

    Args:
        places: what the protocol says.

    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._whole = False
        self._data = b""
        self._known: dict[int, _Known] = {}
        self.root = Node((), Piece(None, None, ()))

    def add(self, payload: Any, data: bytes, event: Event | None, *, path: Path = (), whole: bool = False) -> None:
        """Add a payload that is JSON.

        Args:
            payload: its value.
            data: the text that it was read from.
            event: the event that brought it.
            path: where it stands in that text.
            whole: whether it is an answer that is not streamed.

        """
        self._data, self._whole = data, whole
        self._add(self.root, payload, event, path)

    def note(self, name: str, value: Any, event: Event) -> None:
        """Add a value that an event has as a whole, under a name."""
        piece = Piece(value, event, ())
        _branch(self.root, name, (name,), piece).pieces.append(piece)

    def _add(self, node: Node, value: Any, event: Event | None, path: Path) -> None:
        if value is None:
            return
        places = self.places
        if type(value) is dict and len(path) < DEEPEST:
            for key, member in value.items():
                self._member(node, key, member, event, (*path, key))
        elif type(value) is list and node.place in places.lists:
            node.pieces += [Piece(item, event, (*path, at)) for at, item in enumerate(value)]
        elif type(value) is list and len(path) < DEEPEST:
            place = (*node.place, ITEMS)
            part, block = places.parts.get(place), places.blocks.get(node.place)
            for at, item in enumerate(value):
                if item is None:
                    continue
                here = (*path, at)
                if block is not None and block.holds(item):
                    node.pieces.append(Piece(item[block.text], event, (*here, block.text)))
                elif part is None:
                    self._add(_branch(node, at, place, Piece(item, event, here)), item, event, here)
                else:
                    self._item(node, part, item, Piece(item, event, here), alone=len(value) == 1)
        else:
            if type(value) is dict or type(value) is list:
                start, length = jsontext.span(self._data, path) or (0, 0)
                value = self._data[start : start + length].decode("utf-8", "replace")
            node.pieces.append(Piece(value, event, path))

    def _member(self, node: Node, key: str, member: Any, event: Event | None, path: Path) -> None:
        if member is None:
            return
        place = (*node.place, key)
        name = self.places.whole.renamed.get(place, key) if self._whole else key
        branch = _branch(node, name, (*node.place, name), Piece(member, event, path))
        self._add(branch, member, event, path)

    def _item(self, node: Node, part: Part, item: Any, piece: Piece, *, alone: bool) -> None:
        """Add an item of an array to the instance that it is of."""
        key = key_of(part, item)
        name = item.get(part.identity) if part.identity is not None and type(item) is dict else None
        named = None if name in (None, "") else (type(name), str(name))
        known = self._known.setdefault(id(node), _Known())
        at = piece.path[-1]
        if key is not None:
            step = Instance(part.name, key)
        elif named is not None:
            step = known.owners.get(named) or known.free(part.name)
        elif known.last is not None and alone and not self._whole:
            step = known.last
        else:
            step = Instance(part.name, at if isinstance(at, int) else len(known.keys))
        known.last = step
        known.keys.add(step.key)
        branch = _branch(node, step, (*node.place, ITEMS), piece, part)
        branch.keyed = branch.keyed or key is not None
        if named is not None:
            known.owners.setdefault(named, step)
            branch.identities.setdefault(named)
        if key is not None and len(part.key) == 1:
            item = {name: member for name, member in item.items() if name != part.key[0]}
        self._add(branch, item, piece.event, piece.path)


@dataclass(slots=True)
class _Known:
    """The instances of an array: their keys, the one met last, and which has given itself which name first."""

    keys: set[int | str] = field(default_factory=set)
    last: Instance | None = None
    owners: dict[Identity, Instance] = field(default_factory=dict)
    _next: int = 0

    def free(self, name: str) -> Instance:
        """Return an instance with an ordinal that none has as its key."""
        self._next = max(self._next, len(self.keys))
        while self._next in self.keys:
            self._next += 1
        return Instance(name, self._next)


def _branch(node: Node, step: Step, place: Steps, first: Piece, part: Part | None = None) -> Node:
    found = node.branches.get(step)
    if found is None:
        found = node.branches[step] = Node(place, first, part)
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: 1 is 1.0, but no true; NaN is NaN."""
    pending = [(one, other)]
    while pending:
        left, right = pending.pop()
        if type(left) is dict and type(right) is dict:
            if left.keys() != right.keys():
                return False
            pending += [(value, right[key]) for key, value in left.items()]
        elif type(left) is list and type(right) is list:
            if len(left) != len(right):
                return False
            pending += zip(left, right, strict=True)
        elif isinstance(left, bool) is not isinstance(right, bool) or not (left == right or _both_nan(left, right)):
            return False
    return True


def _both_nan(one: Any, other: Any) -> bool:
    return isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)


def joined(pieces: Sequence[Piece]) -> str:
    """Return the text that pieces make."""
    return "".join(one.value for one in pieces)


def located(pieces: Sequence[Piece], offset: int) -> tuple[Piece, int]:
    """Return the piece that holds a character of a joined text, and which of its characters that is.

    The character after the last is the end of the last piece that is not empty.
    """
    at, last = 0, (pieces[-1], 0)
    for one in pieces:
        if offset < at + len(one.value):
            return one, offset - at
        at += len(one.value)
        if one.value:
            last = one, len(one.value)
    return last


def plain(node: Node, places: Places) -> Any:
    """Return what stands at a place as one JSON value; of several values the last, of an object without any None.

    Instances make an array, in the order of their keys; these are left out.
    """
    if node.place in places.lists and node.pieces:
        return [one.value for one in node.pieces]
    texts = node.texts()
    if node.place in places.joined and texts:
        return joined(texts)
    if node.pieces and not node.branches:
        return node.pieces[-1].value
    inner = [(step, branch) for step, branch in node.branches.items() if not among(branch.place, places.without)]
    if inner and all(not isinstance(step, str) for step, _ in inner):
        return [plain(branch, places) for step, branch in sorted(inner, key=lambda one: order(one[0]))]
    return {str(step): plain(branch, places) for step, branch in inner} or None


def order(step: Step) -> tuple[int, int, str]:
    """Return what sorts the items of an array: by their keys, numbers first."""
    key = step.key if isinstance(step, Instance) else step
    return (0, key, "") if isinstance(key, int) else (1, 0, key)


def shown(value: Any) -> str:
    """Return a value as text: a string as it is, any other as JSON."""
    return value if type(value) is str else json.dumps(value, ensure_ascii=False)
