"""The walk through a slot of look-alikes: the values of many blocks at once, place by place.

What the engine does for one value of a slot after the other, this does for each place of the slot with all its
values, where no state but that of the checks is touched. The package says why that is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.place import ITEMS
from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from validator.checks.base import See
    from validator.conditions import Test
    from validator.engine import Engine
    from validator.node import Bound, Node
    from validator.place import Path
    from validator.scope import Scope

#: A call at a place: its method, rule, scope instance, its condition, and whether that is to be noted as met.
_Call = tuple["See", "Bound", "Scope", "Test | None", bool]


@dataclass(frozen=True, slots=True)
class _Step:
    """A place: the number of the one above it and the step from there, its path, whether nothing is done there."""

    node: Node
    above: int
    step: str | None
    path: Path
    idle: bool
    calls: tuple[_Call, ...]


class SlotWalk:
    """What is to be done with the values of a slot.

    Args:
        engine: whose plan it is.
        node: the place of the slot, one that `is_flat`.
        path: its path in the payload.
        scopes: the scope instances around it.

    """

    def __init__(self, engine: Engine, node: Node, path: Path, scopes: Sequence[Scope | None]) -> None:
        self._engine, self._scopes = engine, list(scopes)
        self._steps: list[_Step] = []
        self._add(node, -1, None, path)

    def _add(self, node: Node, above: int, step: str | None, path: Path) -> None:
        idle = above >= 0 and node.idle
        self._steps.append(_Step(node, above, step, path, idle, tuple(self._calls(node))))
        number = len(self._steps) - 1
        for key, below in node.keys.items():
            self._add(below, number, key, (*path, key))
        if node.items is not None:
            self._add(node.items, number, ITEMS, (*path, 0))

    def _calls(self, node: Node) -> Iterator[_Call]:
        for see, bound in node.calls:
            if (scope := self._scopes[bound.depth]) is not None:
                yield see, bound, scope, None, False
        for see, bound in node.guarded:
            if (scope := self._scopes[bound.depth]) is not None:
                yield see, bound, scope, bound.where, True

    def states(self) -> list[Any]:
        """Return the states of all calls."""
        return [scope.states[bound.slot] for step in self._steps for _, bound, scope, _, _ in step.calls]

    def take(self, values: Sequence[Any], several: Collection[int]) -> frozenset[tuple[int, int]]:
        """Hand values to the checks of the slot's places; return those that refuse, by place and rule.

        `at` stands at the slot. A check whose state is, by its identity, one of `several` is not asked.
        """
        engine, at = self._engine, self._engine.at
        gathered: list[Sequence[Any]] = []
        refused = []
        for step in self._steps:
            inner = values if step.above < 0 else _below(gathered[step.above], step)
            gathered.append(inner)
            if not inner:
                continue
            engine.visited[step.node.index] = 1
            at.stand(step.path)
            for see, bound, scope, where, noted in step.calls:
                shown = inner if where is None else [one for one in inner if where(one)]
                if not shown:
                    continue
                if noted:
                    engine.judged[bound.index] = 1
                at.own, state = scope, scope.states[bound.slot]
                if id(state) in several or not bound.check.take(see, state, shown, at):
                    refused.append((step.node.index, bound.index))
            at.beside = None
        return frozenset(refused)

    def show(self, value: Any, only: frozenset[tuple[int, int]]) -> None:
        """Make some of the calls for one value; `at` stands at the slot."""
        self._show(0, value, only)

    def _show(self, number: int, value: Any, only: frozenset[tuple[int, int]]) -> None:
        engine, at = self._engine, self._engine.at
        for see, bound, scope, where, _ in self._steps[number].calls:
            if (self._steps[number].node.index, bound.index) in only and (where is None or where(value)):
                at.own = scope
                said = see(scope.states[bound.slot], value, at)
                if said:
                    engine.note(bound, said)
        for below, step in enumerate(self._steps):
            if step.above != number:
                continue
            inner: list[tuple[str | int, Any]] = []
            if step.step == ITEMS:
                inner += enumerate(value) if type(value) is list else ()
            elif type(value) is dict and step.step in value:
                inner.append((str(step.step), value[step.step]))
            for key, member in inner:
                at.stand((*at.path, key))
                self._show(below, member, only)
                at.stand(tuple(at.path[:-1]))


def _below(values: Sequence[Any], step: _Step) -> Sequence[Any]:
    """Return what stands one step below some values; of a place where nothing is done, one at most."""
    key = step.step
    if key == ITEMS:
        return [item for one in values if type(one) is list for item in one]
    found = (one[key] for one in values if type(one) is dict and key in one)
    if step.idle:
        return [True for _, _ in zip((None,), found, strict=False)]
    try:
        return [one[key] for one in values] if {dict}.issuperset(map(type, values)) else list(found)
    except KeyError:
        return list(found)


def decides(node: Node) -> bool:
    """Whether something at a place sets a mark, or something below it does, or decides of which kind a payload is."""
    below = [*node.keys.values(), *(one for one in (node.items, node.members) if one is not None)]
    return bool(node.marks) or any(one.kinds or decides(one) for one in below)


def is_flat(node: Node) -> bool:
    """Whether calls of a place, and of those below it, can be made for all values at once."""
    below = [*node.keys.values(), *([node.items] if node.items is not None else [])]
    if node.members is not None or node.opens is not None or any(bound.when for _, bound in node.guarded):
        return False
    return all(is_flat(one) for one in below)
