"""The walk: hands a value, and what it consists of, to the checks that a plan has at its place and those below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.checks.base import At, Breach
from validator.protocol import STREAM
from validator.scope import Scope, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.node import Below, Bound, Node, Work
    from validator.place import Path
    from validator.plan import Plan
    from validator.protocol import ScopeSpec

#: The types of values that are compared with those before; of others equal ones may differ: 1.0 is 1, and so is true.
_STEADY = frozenset({str, int})


class Walk:
    """Walks through the values of one stream.

    Args:
        plan: what to judge.
        meta: what is known beside the bytes, as the sidecar has it.

    """

    def __init__(self, plan: Plan, meta: Mapping[str, Any]) -> None:
        self.plan = plan
        self.stream = self._start(STREAM, None, None)
        self.at = At(self.stream, plan.depth, plan.mark_depths, meta, plan.limits)
        #: by the numbers of places, whether a value came there; by those of guarded rules, whether it was for them
        self.visited = bytearray(plan.nodes)
        self.judged = bytearray(len(plan.bound))
        #: what checks said since the last time that it was taken
        self.said: list[tuple[Bound, Breach]] = []
        #: by the numbers of places where that is enough to know: the last value of which nothing was said
        self._before: dict[int, str | int] = {}
        #: the scope instances, in the order in which they appeared
        self.instances = [self.stream]
        #: whether instances came that are not told apart, as there are too many
        self.crowded = False

    def walk(self, node: Node, value: Any) -> None:
        """Hand a value, and what it consists of, to the checks planned for its place and those below it."""
        number, work = node.work[type(value)]
        self.visited[number] = 1
        if work is not None:
            self._visit(work, value)

    def _visit(self, work: Work, value: Any) -> None:
        at = self.at
        scopes = at.scopes
        opening, calls, guarded, below = work
        at.here = opened = None
        around = at.scope
        if opening is not None:
            opened, marks, kinds = opening
            if opened is not None:
                entered = scopes[opened.depth] = self._enter(opened, value)
                at.scope = entered or around
            for name, depth, test in marks:
                owner = scopes[depth] or at.scope
                if name not in owner.marks and (test is None or test(value)):
                    owner.meet(name, at.spot())
            for kind, test in kinds:
                if kind < at.kind and (test is None or test(value)):
                    at.kind = kind
        for see, depth, slot, bound in calls:
            scope = scopes[depth]
            if scope is not None:
                at.own = scope
                said = see(scope.states[slot], value, at)
                if said:
                    self.note(bound, said)
        for see, depth, slot, where, when, bound in guarded:
            scope = scopes[depth]
            if scope is not None and (where is None or where(value)) and (when is None or when(at.payload)):
                self.judged[bound.index] = 1
                at.own = scope
                said = see(scope.states[slot], value, at)
                if said:
                    self.note(bound, said)
        if below is not None:
            self._below(below, value)
        if opened is not None:
            scopes[opened.depth], at.scope = None, around

    def _below(self, below: Below, value: Any) -> None:
        path, visited, before = self.at.path, self.visited, self._before
        keys, items, members = below
        for key, works, steady in keys:
            if key in value:
                member = value[key]
                number, work = works[type(member)]
                visited[number] = 1
                if work is None or (steady and before.get(number) == member and type(member) in _STEADY):
                    continue
                said = len(self.said)
                path.append(key)
                self._visit(work, member)
                path.pop()
                if steady and len(self.said) == said and type(member) in _STEADY:
                    before[number] = member
        if items is not None:
            works = items.work
            for position, item in enumerate(value):
                number, work = works[type(item)]
                visited[number] = 1
                if work is not None:
                    path.append(position)
                    self._visit(work, item)
                    path.pop()
        if members is not None:
            for key, member in value.items():
                path.append(key)
                self.walk(members, member)
                path.pop()

    def _enter(self, spec: ScopeSpec, value: Any) -> Scope | None:
        """Return the instance that a value belongs to, made if it is new; None if its key names none."""
        outer = self.at.scopes[spec.depth - 1]
        key = key_of(spec, value)
        if outer is None or key is None:
            return None
        scope = outer.inner.get((spec.name, key))
        if scope is None:
            if len(self.instances) > self.at.limits.instances:
                self.crowded = True
                return None
            scope = outer.inner[(spec.name, key)] = self._start(spec.name, key, outer)
            scope.first = self.at.event
            self.instances.append(scope)
        scope.last = self.at.event
        return scope

    def around(self, path: Path) -> Scope:
        """Return the innermost scope instance around a path of the payload that was walked."""
        node, value, scope = self.plan.roots.get("json"), self.at.payload, self.stream
        for step in path:
            if type(value) is list and type(step) is int:
                node, value = node and node.items, value[step]
            elif type(value) is dict and step in value:
                node, value = node and node.keys.get(str(step)), value[step]
            else:
                break
            if node is not None and node.opens is not None:
                key = key_of(node.opens, value)
                inner = scope.inner.get((node.opens.name, key)) if key is not None else None
                if inner is None:
                    break
                scope = inner
        return scope

    def _start(self, name: str, key: int | str | None, outer: Scope | None) -> Scope:
        return Scope(name, key, outer, [start() for start in self.plan.starts[name]])

    def note(self, bound: Bound, said: Iterable[Breach]) -> None:
        """Keep what a check says of the event at hand."""
        at = self.at
        for breach in said:
            spot = breach.spot or at.spot()
            self.said.append(
                (bound, Breach(breach.message, breach.got, spot, breach.related, breach.key, breach.case))
            )
