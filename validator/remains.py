"""What remains to be asked about a look-alike: the calls that one engine makes for it, of all that others led to.

lookalikes.py says why these are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from validator.anyvalue import takes_any
from validator.conditions import asks_little, asks_null
from validator.place import general
from validator.scope import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from validator.conditions import Test
    from validator.engine import Engine
    from validator.finding import Finding
    from validator.likeness import Likeness
    from validator.node import Bound, Node
    from validator.place import Path
    from validator.schema import Schema, SchemaBreach
    from validator.scope import Scope
    from validator.sse import Event


@dataclass(frozen=True, slots=True)
class _Visit:
    """A place of a payload that the engine walks to.

    The scope instances there; the number of the slot that it is, or whether there are slots below it.
    """

    node: Node
    value: Any
    path: Path
    scopes: list[Scope | None]
    slot: int | None = None
    around: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a check that has to be made for each look-alike, or (without `bound`) a slot that is to be walked."""

    visit: _Visit
    bound: Bound | None = None
    see: Callable[..., Any] | None = None
    state: Any = None
    own: Scope | None = None
    where: Test | None = None
    when: Test | None = None


class Moved(Exception):  # noqa: N818 - it says what a likeness would do, and never leaves the module
    """What a payload leads to is not the same for all look-alikes of it."""


class Remains:
    """What one engine has to do for each look-alike.

    Args:
        engine: it has just judged a block of the likeness in full.
        like: the likeness.
        tree: that block's payload, decoded anew; the values of a look-alike will be set in it.

    Raises:
        Moved: there is no telling.

    """

    def __init__(self, engine: Engine, like: Likeness, tree: dict[str, Any]) -> None:
        self._engine, self._slots, self._tree = engine, like.slots, tree
        plan, at = engine.plan, engine.at
        if at.arrivals is not None or engine.settled or not engine.known:
            raise Moved
        #: asked for each look-alike, where its answer may depend on a slot
        self._schema: Schema | None = None
        #: those that all look-alikes have in common
        self.breaches: list[SchemaBreach] = []
        if plan.kinds:
            self._ask(plan.kinds[at.kind][1], plan.protocol.kinds[at.kind].schema)
        self.scopes: set[Scope] = {engine.stream}
        self.calls: list[_Call] = []
        at.root, at.span, at.payload = "json", None, tree
        node = plan.roots.get("json")
        scopes: list[Scope | None] = [engine.stream, *([None] * plan.depth)]
        try:
            for visit in self._visits(node, tree, (), scopes) if node is not None else ():
                self._choose(visit)
        finally:
            self._leave()

    def _ask(self, schema: Schema, name: str) -> None:
        """Ask the schema of the payload's kind what will hold for all look-alikes."""
        schemas = self._engine.plan.schemas
        for slot in self._slots:
            if takes_any(schemas, name, general(slot.path), slot.types, empty=slot.empty):
                continue
            if slot.text:
                raise Moved
            self._schema = schema
        if not schema.is_valid(self._tree):
            self.breaches = list(schema.breaches(self._tree))
            if self._schema is not None or any(map(self._quotes, self.breaches)):
                raise Moved

    def _quotes(self, breach: SchemaBreach) -> bool:
        """Whether the words of a breach may quote what is in a slot."""
        around = any(slot.path[: len(breach.path)] == breach.path for slot in self._slots)
        return around and not breach.missing and breach.keyword not in ("type", "const", "enum")

    def _visits(self, node: Node, value: Any, path: Path, scopes: list[Scope | None]) -> Iterator[_Visit]:
        """Yield what the engine walks to, in its order, but nothing below a slot."""
        slot = next((number for number, slot in enumerate(self._slots) if slot.path == path), None)
        around = any(len(path) < len(slot.path) and slot.path[: len(path)] == path for slot in self._slots)
        spec = node.opens
        if spec is not None:
            if any(slot.path == (*path, *spec.key[: len(slot.path) - len(path)]) for slot in self._slots):
                raise Moved
            outer, key = scopes[spec.depth - 1], key_of(spec, value)
            inner = outer.inner.get((spec.name, key)) if outer is not None and key is not None else None
            scopes = [*scopes[: spec.depth], inner, *scopes[spec.depth + 1 :]]
            if inner is not None:
                self.scopes.add(inner)
        yield _Visit(node, value, path, scopes, slot, around)
        if slot is not None:
            return
        if type(value) is dict:
            below = [(key, one) for key, one in node.keys.items() if key in value]
            below += [(key, node.members) for key in value] if node.members is not None else []
            for key, one in below:
                yield from self._visits(one, value[key], (*path, key), scopes)
        elif node.items is not None and type(value) is list:
            for position, item in enumerate(value):
                yield from self._visits(node.items, item, (*path, position), scopes)

    def _choose(self, visit: _Visit) -> None:
        """Keep those calls of a place that a look-alike could move."""
        node, at = visit.node, self._engine.at
        if visit.slot is not None and not self._slots[visit.slot].text:
            if not all(asks_null(test) for _, test in node.kinds) or _decides_kind(node):
                raise Moved
            self.calls.append(_Call(visit))
            return
        at.path[:], at.scopes[:] = visit.path, visit.scopes
        for name, test in node.marks:
            owner = visit.scopes[node.depth] or at.scope
            if name not in owner.marks and not self._stays(test, visit):
                raise Moved
        if not all(self._stays(test, visit) for _, test in node.kinds):
            raise Moved
        calls = [(see, bound, None, None) for see, bound in node.calls]
        for see, bound, where, when in [
            *calls,
            *((see, bound, bound.where, bound.when) for see, bound in node.guarded),
        ]:
            scope = visit.scopes[bound.depth]
            stays = self._stays(where, visit)
            if scope is None or (stays and where is not None and not where(visit.value)):
                continue
            at.own, state = scope, scope.states[bound.slot]
            same = visit.slot is None and not visit.around
            if not stays or when is not None or not bound.check.unmoved(state, visit.value, at, same=same):
                self.calls.append(_Call(visit, bound, see, state, scope, where, when))

    def _stays(self, test: Test | None, visit: _Visit) -> bool:
        """Whether a condition says the same of a look-alike's value as of this one."""
        if test is None or (visit.slot is None and not visit.around):
            return True
        below = [slot for slot in self._slots if slot.path[: len(visit.path)] == visit.path]
        return asks_little(test, texts=all(slot.text and not slot.empty for slot in below))

    def _leave(self) -> None:
        at = self._engine.at
        at.path.clear()
        at.scopes[1:] = [None] * (len(at.scopes) - 1)

    def admits(self) -> bool:
        """Whether the look-alike whose values are in the tree keeps to the schema."""
        return self._schema is None or self._schema.is_valid(self._tree)

    def moving(self, texts: Sequence[str | None]) -> list[_Call]:
        """Return the calls that remain for a run of which these are the texts of the slots, each joined."""
        return [call for call in self.calls if not self._unmoved_by(call, texts)]

    def _unmoved_by(self, call: _Call, texts: Sequence[str | None]) -> bool:
        if call.bound is None or call.visit.slot is None or call.where is not None or call.when is not None:
            return False
        text = texts[call.visit.slot]
        at = self._engine.at
        at.path[:] = call.visit.path
        unmoved = text is not None and call.bound.check.unmoved_by(call.state, text, at)
        at.path.clear()
        return unmoved

    def judge(self, calls: Sequence[_Call], event: Event) -> list[Finding]:
        """Judge the look-alike whose values are in the tree."""
        engine = self._engine
        at = engine.at
        at.root, at.span, at.payload, at.event = "json", None, self._tree, event
        for call in calls:
            visit, bound = call.visit, call.bound
            value = self._value(visit)
            at.path[:], at.scopes[:] = visit.path, visit.scopes
            if bound is None or call.see is None:
                engine.walk(visit.node, value)
                continue
            if call.where is not None or call.when is not None:
                if not ((call.where is None or call.where(value)) and (call.when is None or call.when(self._tree))):
                    continue
                engine.judged[bound.index] = 1
            at.own = call.own or engine.stream
            said = call.see(call.state, value, at)
            if said:
                engine.note(bound, said)
        self._leave()
        for breach in self.breaches:
            engine.breached(breach)
        return engine.conclude()

    def _value(self, visit: _Visit) -> Any:
        if visit.slot is None:
            return visit.value
        value: Any = self._tree
        for step in visit.path:
            value = value[step]
        return value

    def passed(self, last: Event, count: int) -> None:
        """Note that so many look-alikes were judged, up to this event."""
        engine = self._engine
        engine.chunks += count
        engine.at.event = last
        for scope in self.scopes:
            scope.last = last

    def marks(self) -> int:
        """Return how many marks the stream has met."""
        return len(self._engine.stream.marks)


def _decides_kind(node: Node) -> bool:
    """Whether something below a place decides of which kind a payload is."""
    below = [*node.keys.values(), *(one for one in (node.items, node.members) if one is not None)]
    return any(one.kinds or _decides_kind(one) for one in below)
