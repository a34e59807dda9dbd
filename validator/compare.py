"""Two captures of one answer, compared by what they mean: what was lost, added, changed or moved, and where.

Two ends of a gateway, or an answer streamed and not streamed::

    from validator.compare import compare
    from validator.meaning import meaning

    differences = compare(meaning(upstream), meaning(downstream))
    assert not [one for one in differences if not one.minor], differences

    # the answers to two requests: ids of tool calls and the like, which are made anew for each, are minor
    differences = compare(meaning(streamed), meaning(body), separate=True)

How an answer is cut into chunks is no difference, nor is what means nothing: null, an empty text, an empty list.
What may differ by right, such as ids of chunks and times, is a minor difference. All bytes can be compared.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from validator.difference import Difference, Side, lead, words
from validator.meaning.merged import merged
from validator.meaning.moved import Missing, with_moves
from validator.meaning.pairs import pairs_of
from validator.meaning.places import among
from validator.meaning.texts import around, middle, short
from validator.meaning.tree import Instance, Node, joined, located, plain, same, shown
from validator.payload import Json, decode
from validator.place import ITEMS, Place, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.difference import What
    from validator.finding import Where
    from validator.meaning import Meaning
    from validator.meaning.pairs import Pair
    from validator.meaning.places import Steps
    from validator.meaning.tree import Piece, Step

#: So many values of one place, one after the other, are words; more are the pieces of a text.
_WORDS = 3

#: How many bytes are read again to find exact places; those of further differences are the events.
_READ = 4 * 2**20

#: What is beside the payloads, and what a person calls it.
_BESIDE = {"@end": "end of the stream", "@unreadable": "data that is no JSON", "@event": "name of an event"}


def compare(a: Meaning, b: Meaning, *, separate: bool = False, ignore: Iterable[str] = ()) -> list[Difference]:
    """Return in what B differs from A, in the order of A; nothing if both mean the same.

    Args:
        a: what there was, such as what an upstream sent.
        b: what became of it.
        separate: whether they are the answers to two requests; then what a server makes anew for each is minor.
        ignore: places, such as ``model`` or ``usage.total_tokens``, that do not count.

    Raises:
        PlaceError: a place is not written as one.

    """
    comparison = _Comparison(a, b, separate=separate, ignore=frozenset(Place.parse(one).steps for one in ignore))
    comparison.nodes(a.root, b.root, {})
    if not (a.whole or b.whole):
        comparison.nodes(a.beside, b.beside, {})
    return with_moves(comparison.found)


class _Comparison:
    def __init__(self, a: Meaning, b: Meaning, *, separate: bool, ignore: frozenset[Steps]) -> None:
        self._a, self._b = a, b
        self._separate = separate
        self._places = a.places
        self._ignored = ignore | a.places.without
        self._one_whole = a.whole is not b.whole
        if self._one_whole:
            self._ignored |= {(name,) for name in a.places.whole.set} | a.places.whole.renamed.keys()
        #: in the order of A
        self.found: list[Difference | Missing] = []
        self._left = _READ

    def nodes(self, a: Node, b: Node, scope: Mapping[str, int | str]) -> None:
        """Compare what stands at one place on both sides."""
        if among(a.place, self._ignored):
            return
        if a.pieces or b.pieces:
            self._values(a, b, scope)
        pairs = list(pairs_of(a, b))
        for step, mine, other, theirs in pairs:
            mine = mine if mine is not None and mine.says(self._places) else None
            theirs = theirs if theirs is not None and theirs.says(self._places) else None
            inner = {**scope, step.name: step.key} if isinstance(step, Instance) else scope
            if mine is not None and theirs is not None:
                self._keys(step, mine, other, theirs, inner)
                self.nodes(mine, theirs, inner)
            elif mine is not None and step is not None:
                self._missing("lost", step, mine, b, scope, pairs)
            elif theirs is not None and other is not None:
                self._missing("added", other, theirs, a, scope, pairs)

    # what both have, and it differs

    def _values(self, a: Node, b: Node, scope: Mapping[str, int | str]) -> None:
        place = a.place
        if place in self._places.lists:
            self._lists(a, b, scope)
            return
        if place in self._places.joined:
            self._texts(a, b, scope)
        mine, theirs = a.others(self._places), b.others(self._places)
        if len(mine) == len(theirs) and all(same(x.value, y.value) for x, y in zip(mine, theirs, strict=True)):
            return
        if place not in self._places.joined and not among(place, self._places.last):
            # the protocol says nothing of it: it may be a text in pieces, or a value that comes again
            if all(type(one.value) is str for one in (*a.pieces, *b.pieces)):
                if joined(a.texts()) == joined(b.texts()):
                    return
                if max(len(mine), len(theirs)) > _WORDS:
                    self._texts(a, b, scope)
                    return
            if self._one_whole:  # which says only what counts in the end
                mine, theirs = mine[-1:], theirs[-1:]
        for x, y in zip_longest(mine, theirs):
            if x is None or y is None or not same(x.value, y.value):
                self._changed(a, b, x, y, scope)
                return

    def _changed(self, a: Node, b: Node, x: Piece | None, y: Piece | None, scope: Mapping[str, int | str]) -> None:
        one, other = self._sides(a, b, x, y)
        what: What = "changed"
        if x is None:
            what, says = "added", f": {other.value!s} is added"
        elif y is None:
            what, says = "lost", f": {one.value!s} is lost"
        else:
            says = f": {one.value!s} became {other.value!s}"
        self._tell(what, a.place, says, one, other, scope)

    def _sides(self, a: Node, b: Node, x: Piece | None, y: Piece | None) -> tuple[Side, Side]:
        """Return two values, of which one may be missing, each with its place."""
        one, other = (None if piece is None else short(shown(piece.value)) for piece in (x, y))
        return Side(one, self._where(self._a, x or _end(a))), Side(other, self._where(self._b, y or _end(b)))

    def _texts(self, a: Node, b: Node, scope: Mapping[str, int | str]) -> None:
        mine, theirs = a.texts(), b.texts()
        one, other = joined(mine), joined(theirs)
        if one == other:
            return
        start, lost, added = middle(one, other)
        what: What = "changed"
        if not other:
            what, says = "lost", f": all of its {_characters(one)} are lost"
        elif not one:
            what, says = "added", f": {_characters(other)} are added, where there were none"
        elif not added:
            what, says = "lost", f": {_characters(lost)} of {len(one)} are lost, from character {start + 1} on"
        elif not lost:
            what, says = "added", f": {_characters(added)} are added, at character {start + 1}"
        else:
            says = f": differs from character {start + 1} on"
        here = Side(around(one, start, len(lost)) if one else None, self._character(self._a, a, mine, start))
        there = Side(around(other, start, len(added)) if other else None, self._character(self._b, b, theirs, start))
        because = None
        if a.place in self._places.json and _same_json(one, other):
            because = "it is the same JSON, written otherwise"
        self._tell(what, a.place, says, here, there, scope, because)

    def _lists(self, a: Node, b: Node, scope: Mapping[str, int | str]) -> None:
        for at, (x, y) in enumerate(zip_longest(a.pieces, b.pieces)):
            if x is not None and y is not None and same(x.value, y.value):
                continue
            count = f"{len(a.pieces)} and {len(b.pieces)} items"
            says = f": differs from item {at + 1} on ({count})"
            what: What = "lost" if not b.pieces else "added" if not a.pieces else "changed"
            self._tell(what, a.place, says, *self._sides(a, b, x, y), scope)
            return

    def _keys(self, step: Step | None, a: Node, other: Step | None, b: Node, scope: Mapping[str, int | str]) -> None:
        """Tell of an instance that gave itself a name, and has another key now."""
        if not isinstance(step, Instance) or not isinstance(other, Instance) or not (a.keyed and b.keyed):
            return
        if other != step and a.part is not None:
            name = f"{'.'.join(a.part.key)} of the {words(step.name)}"
            mine, theirs = self._where(self._a, a.first), self._where(self._b, b.first)
            sides = Side(str(step.key), mine), Side(str(other.key), theirs)
            says = f": {step.key} became {other.key}"
            self._tell("changed", (*a.place, *a.part.key), says, *sides, scope, name=name)

    # what only one has

    def _missing(
        self,
        what: What,
        step: Step,
        node: Node,
        around: Node,
        scope: Mapping[str, int | str],
        pairs: Sequence[Pair],
    ) -> None:
        """Tell of what stands on one side only, or of its parts, where those have names and it has none."""
        if among(node.place, self._ignored):
            return
        instance = isinstance(step, Instance)
        named = instance or node.pieces or node.place in self._places.names or not self._has_named(node.place)
        if not named:
            for inner, branch in node.branches.items():
                if branch.says(self._places):
                    self._missing(what, inner, branch, around, scope, ())
            return
        value = plain(node, self._places)
        name = f"{words(step.name)} {step.key}" if isinstance(step, Instance) else self._name(node.place)
        says = f" is {what}"
        if isinstance(step, Instance):
            other = merged(self._places.joined, node, step.name, pairs, lost=what == "lost")
            verb = "is now" if what == "lost" else "was"
            says += f"; what it has {verb} in {words(other.name)} {other.key}" if other is not None else ""
        piece = _beginning(node)
        there, gone = (self._a, self._b) if what == "lost" else (self._b, self._a)
        here = Side(short(shown(value)), self._where(there, piece))
        nothing = Side(None, self._where(gone, around.first))
        sides = (here, nothing) if what == "lost" else (nothing, here)
        because = self._may_lack(node.place, gone)
        self._tell(what, node.place, says, *sides, scope, because, name=name, value=value)

    def _has_named(self, place: Steps) -> bool:
        return any(named[: len(place)] == place for named in self._places.names)

    def _may_lack(self, place: Steps, lacking: Meaning) -> str | None:
        """Return why a stream may lack what an answer that is not streamed has, if it may."""
        asked = self._places.whole.optional.get(place)
        if asked is None or not self._one_whole or lacking.whole:
            return None
        request = lacking.request
        if request is not None and any(values(request, asked)):
            return None
        return "a stream has it only if the request asks for it"

    # telling

    def _tell(
        self,
        what: What,
        place: Steps,
        says: str,
        a: Side,
        b: Side,
        scope: Mapping[str, int | str],
        because: str | None = None,
        *,
        name: str | None = None,
        value: Any = None,
    ) -> None:
        """Note a difference; `says` goes on where a message has named what it speaks of."""
        name = name or self._name(place)
        if because is None and among(place, self._places.varies):
            because = "two captures of one answer may differ in it"
        if because is None and self._separate and among(place, self._places.anew):
            because = "it is made anew for each request"
        at = str(Place("json", place)) if place and not place[0].startswith("@") else "".join(place) or "$"
        difference = Difference(what, name, at, f"{lead(scope)}{name}{says}", a, b, dict(scope), because)
        self.found.append(Missing(difference, value) if value is not None else difference)

    def _name(self, place: Steps) -> str:
        names = self._places.names
        if place in names:
            return names[place]
        if place[:1] and place[0] in _BESIDE:
            return _BESIDE[place[0]]
        over = next((place[:length] for length in range(len(place), 0, -1) if place[:length] in names), None)
        if over is not None:
            return ", ".join([names[over], *(step for step in place[len(over) :] if step != ITEMS)])
        return next((step for step in reversed(place) if step != ITEMS), "the payload")

    def _where(self, of: Meaning, piece: Piece, character: int | None = None) -> Where | None:
        if not piece.path and piece.event is None:
            return None
        exact = self._left > 0
        self._left -= of.cost(piece)
        return of.where(piece, character, exact=exact)

    def _character(self, of: Meaning, node: Node, pieces: Sequence[Piece], start: int) -> Where | None:
        if not pieces:
            return self._where(of, node.first)
        return self._where(of, *located(pieces, start))


def _characters(text: str) -> str:
    return f"{len(text):,} character{'' if len(text) == 1 else 's'}"


def _end(node: Node) -> Piece:
    """Return the last piece of a node, where what follows it is missing."""
    return node.pieces[-1] if node.pieces else node.first


def _beginning(node: Node) -> Piece:
    """Return the piece by which a node begins to say something: the first that is not empty, or all of the node."""
    return next((one for one in node.pieces if one.value != ""), node.first)


def _same_json(one: str, other: str) -> bool:
    mine, theirs = decode(one.encode("utf-8", "replace")), decode(other.encode("utf-8", "replace"))
    return isinstance(mine, Json) and isinstance(theirs, Json) and same(mine.value, theirs.value)
