"""The body of an answer that is not streamed, made of what a stream means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.meaning.places import among
from validator.meaning.tree import Instance, Node, joined, order

if TYPE_CHECKING:
    from validator.meaning import Meaning
    from validator.meaning.places import Places, Steps


def body(meaning: Meaning) -> dict[str, Any]:
    """Return the answer as it would be sent without streaming, where the protocol says what that looks like.

    Members that only a stream has are left out; what such an answer always has, and the stream does not, is added.
    """
    return _Body(meaning.places).of(meaning.root, ()) or {}


class _Body:
    def __init__(self, places: Places) -> None:
        self._places = places
        self._names = {(*place[:-1], name): place[-1] for place, name in places.whole.renamed.items()}

    def of(self, node: Node, place: Steps) -> Any:
        """Return the value of a place of the stream, which stands at another place in the answer."""
        places = self._places
        if node.place in places.lists and node.pieces:
            return [one.value for one in node.pieces]
        texts = node.texts() if node.place in places.joined else []
        block = places.blocks.get(node.place)
        if block is not None and texts and node.branches:
            items = [self.of(branch, (*place, "[]")) for branch in node.branches.values()]
            return [*items, {**block.members, block.text: joined(texts)}]
        if any(one.value for one in texts):
            return joined(texts)
        others = node.others(places)
        if others and not node.branches:
            return others[-1].value
        if texts and not node.branches:
            return ""
        without = places.without | places.whole.renamed.keys()
        inner = [(step, branch) for step, branch in node.branches.items() if not among(branch.place, without)]
        if inner and all(not isinstance(step, str) for step, _ in inner):
            return [self._item(step, branch, place) for step, branch in sorted(inner, key=lambda one: order(one[0]))]
        value: dict[str, Any] = {}
        for step, branch in inner:
            name = self._names.get(branch.place, str(step))
            value[name] = self.of(branch, (*place, name))
        return self._completed(value, place) if value or place in places.whole.needs else None

    def _item(self, step: Any, node: Node, place: Steps) -> Any:
        value = self.of(node, (*place, "[]"))
        if isinstance(step, Instance) and node.part is not None and not node.part.keyless:
            key = node.part.key
            if len(key) == 1 and isinstance(value, dict | None):
                value = {key[0]: step.key, **(value or {})}
        return value

    def _completed(self, value: dict[str, Any], place: Steps) -> dict[str, Any]:
        whole = self._places.whole
        needed = dict(whole.needs.get(place, {}))
        own = dict(whole.set) if not place and any(name in value for name in whole.set) else {}
        return {**value, **own, **{name: one for name, one in needed.items() if value.get(name) is None}}
