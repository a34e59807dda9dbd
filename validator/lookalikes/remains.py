"""What remains to be asked about a look-alike: the calls that one engine makes for it, of all that others led to.

The package says why these are enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from validator.checks.members import beside, positioned
from validator.conditions import asks_little, asks_null
from validator.lookalikes.anyvalue import asked_of, takes_any
from validator.lookalikes.slotwalk import SlotWalk, decides, is_flat
from validator.place import general, value_at
from validator.quickclass import dataclass
from validator.scope import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from validator.checks.base import See
    from validator.conditions import Test
    from validator.engine import Engine
    from validator.finding import Finding
    from validator.lookalikes.likeness import Likeness, Slot
    from validator.node import Bound, Node
    from validator.place import Path, Place
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
    """A call of a check that has to be made for each look-alike; without `bound`, a slot that is to be walked.

    Of a slot that is walked, `walk` makes the calls for many values at once, if it can. `only` are the calls that are
    then to be made all the same; None: all.
    """

    visit: _Visit
    bound: Bound | None = None
    see: See | None = None
    state: Any = None
    own: Scope | None = None
    where: Test | None = None
    when: Test | None = None
    walk: SlotWalk | None = None
    only: frozenset[tuple[int, int]] | None = None


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
        #: by the numbers of these slots: what is asked of all their values in a run, where that is enough
        self._arrays: dict[int, Schema] | None = {}
        #: those that all look-alikes have in common
        self.breaches: list[SchemaBreach] = []
        if plan.kinds:
            self._ask(plan.kinds[at.kind][1], plan.protocol.kinds[at.kind].schema)
        self.scopes: set[Scope] = {engine.stream}
        #: what stands at other places than a slot, by that and by theirs
        self._others: dict[tuple[Path, Place], tuple[int | None, Any]] = {}
        self.calls: list[_Call] = []
        at.root, at.span, at.payload = "json", None, tree
        node = plan.roots.get("json")
        scopes: list[Scope | None] = [engine.stream, *([None] * plan.depth)]
        try:
            for visit in self._visits(node, tree, (), scopes) if node is not None else ():
                self._choose(visit)
        finally:
            self._leave()
        states = [id(state) for call in self.calls for state in self._states(call) if state is not None]
        #: those of checks that see several values of a payload: in which order, they are shown only one by one
        self._several = frozenset(state for state, count in Counter(states).items() if count > 1)

    def _states(self, call: _Call) -> list[Any]:
        return call.walk.states() if call.walk is not None else [call.state]

    def _ask(self, schema: Schema, name: str) -> None:
        """Ask the schema of the payload's kind what will hold for all look-alikes."""
        for number, slot in enumerate(self._slots):
            asked = self._asked_of(name, slot)
            if asked is True:
                continue
            if slot.text:
                raise Moved
            self._schema = schema
            if asked is False or self._arrays is None:
                self._arrays = None
            else:
                self._arrays[number] = asked
        if not schema.is_valid(self._tree):
            self.breaches = list(schema.breaches(self._tree))
            if self._schema is not None or any(map(self._quotes, self.breaches)):
                raise Moved

    def _asked_of(self, name: str, slot: Slot) -> Schema | bool:
        """Return what a document asks of all values of a slot; True: nothing, False: more than of these."""
        known, schemas, place = self._engine.plan.asked_of_slots, self._engine.plan.schemas, general(slot.path)
        key = name, place, slot.types, slot.empty
        if key not in known:
            if takes_any(schemas, name, place, slot.types, empty=slot.empty):
                known[key] = True
            else:
                asked = None if slot.text else asked_of(schemas, name, place)
                known[key] = schemas.compile({"items": asked}) if asked is not None else False
        return known[key]

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
            if not all(asks_null(test) for _, test in node.kinds) or decides(node):
                raise Moved
            walk = SlotWalk(self._engine, node, visit.path, visit.scopes) if is_flat(node) else None
            self.calls.append(_Call(visit, walk=walk))
            return
        at.stand(visit.path, visit.scopes)
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
        at.stand((), [at.stream, *([None] * (len(at.scopes) - 1))])

    def admits(self, columns: Sequence[Sequence[Any]], put: Callable[[int], None]) -> int:
        """Return how many look-alikes of a run, from the first on, keep to the schema.

        Args:
            columns: for each slot its values.
            put: sets the values of a look-alike in the tree.

        """
        count = len(columns[0])
        if self._schema is None or (
            self._arrays is not None and all(schema.is_valid(columns[slot]) for slot, schema in self._arrays.items())
        ):
            return count
        for row in range(count):
            put(row)
            if not self._schema.is_valid(self._tree):
                return row
        return count

    def take(self, columns: Sequence[Sequence[Any]], last: Event, size: int) -> list[_Call]:
        """Make the calls that can be made at once for a whole run; return those that remain for each look-alike.

        Args:
            columns: for each slot its values.
            last: the last event of the run.
            size: how many bytes all have.

        """
        engine, at = self._engine, self._engine.at
        unknown = any(call.bound is None and call.walk is None for call in self.calls)  # which states it leads to
        if (
            unknown or engine.stream.held + size * len(self.calls) > engine.plan.joined
        ):  # who gets the last room stays
            return self.calls
        at.root, at.span, at.payload, at.event = "json", None, self._tree, last
        remaining = []
        for call in self.calls:
            visit, bound = call.visit, call.bound
            if visit.slot is None or call.where is not None or call.when is not None:
                remaining.append(call)
                continue
            at.stand(visit.path, visit.scopes)
            at.beside = partial(self._beside, columns, visit.path)
            values = columns[visit.slot]
            if bound is not None and call.see is not None:
                at.own = call.own or engine.stream
                if id(call.state) in self._several or not bound.check.take(call.see, call.state, values, at):
                    remaining.append(call)
            elif call.walk is not None and (refused := call.walk.take(values, self._several)):
                remaining.append(replace(call, only=refused))
        at.beside = None
        self._leave()
        return remaining

    def _beside(self, columns: Sequence[Sequence[Any]], here: Path, place: Place) -> Sequence[Any]:
        """Return the values of a run at another place than that at hand; none, if they cannot be told."""
        if (here, place) not in self._others:
            self._others[here, place] = self._other(place)
        slot, constant = self._others[here, place]
        return () if slot is None else columns[slot] if slot >= 0 else [constant] * len(columns[0])

    def _other(self, place: Place) -> tuple[int | None, Any]:
        """Return the slot that another place is; -1 and its value if that is always the same; None if neither."""
        path = positioned(self._engine.at, place)
        for number, slot in enumerate(self._slots):
            if slot.path == path:
                return number, None
            if slot.path[: len(path)] == path or path[: len(slot.path)] == slot.path:
                return None, None
        return -1, beside(self._engine.at, place)

    def judge(self, calls: Sequence[_Call], event: Event) -> list[Finding]:
        """Judge the look-alike whose values are in the tree."""
        engine = self._engine
        at = engine.at
        at.root, at.span, at.payload, at.event = "json", None, self._tree, event
        for call in calls:
            visit, bound = call.visit, call.bound
            value = visit.value if visit.slot is None else value_at(self._tree, visit.path)
            at.stand(visit.path, visit.scopes)
            if bound is None or call.see is None:
                if call.only is None or call.walk is None:
                    engine.walk(visit.node, value)
                else:
                    call.walk.show(value, call.only)
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

    def passed(self, last: Event, count: int) -> None:
        """Note that so many look-alikes were judged, up to this event."""
        engine = self._engine
        engine.chunks += count
        engine.at.event = last
        for scope in self.scopes:
            scope.last = last
