"""A place of a plan: what is to be done with a value found there, and the places below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from validator.conditions import decided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from validator.checks.base import Check
    from validator.conditions import Test
    from validator.finding import Severity
    from validator.protocol import ScopeSpec
    from validator.rule import Rule

#: What to do with a value of one type at a place: what the place opens or decides (`Opening`), the calls, the guarded
#: calls, and what is below it (`Below`); tuples, because the engine unpacks them for every value.
Work = tuple["Opening | None", "tuple[Call, ...]", "tuple[GuardedCall, ...]", "Below | None"]

#: The scope that a place opens, the marks that it may set (each with its depth), the kinds of payload that it makes.
Opening = tuple["ScopeSpec | None", "tuple[tuple[str, int, Test | None], ...]", "tuple[tuple[int, Test | None], ...]"]

#: A call of a check: how it sees a value, the depth of the scope instance and the slot in it where its state is, the
#: rule. One that is guarded has, before the rule, what it asks of the value and of the payload.
Call = tuple["Callable[..., Any]", int, int, "Bound"]
GuardedCall = tuple["Callable[..., Any]", int, int, "Test | None", "Test | None", "Bound"]

#: The members of an object by their keys, each as `Node.work` and `Node.steady` have it; the items of an array; any
#: other members.
Below = tuple["tuple[tuple[str, Works, bool], ...]", "Node | None", "Node | None"]


@dataclass(slots=True, eq=False)
class Bound:
    """A rule in a plan: its check, its severity here, and where in a scope instance its state stands.

    `watch` are the nodes of its places: when one was visited, the rule had something to judge.
    """

    rule: Rule
    check: Check
    severity: Severity
    index: int
    scope: str
    depth: int
    slot: int
    where: Test | None
    when: Test | None
    watch: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Node:
    """A place of the plan: what is to be done with a value found there, and the places below it."""

    index: int
    depth: int = 0
    opens: ScopeSpec | None = None
    calls: list[tuple[Callable[..., Any], Bound]] = field(default_factory=list)
    guarded: list[tuple[Callable[..., Any], Bound]] = field(default_factory=list)
    marks: list[tuple[str, Test | None]] = field(default_factory=list)
    kinds: list[tuple[int, Test | None]] = field(default_factory=list)
    keys: dict[str, Node] = field(default_factory=dict)
    items: Node | None = None
    members: Node | None = None
    #: by the type of a value: the number of the place, and what to do with the value; None if nothing
    work: Works = field(init=False)

    def __post_init__(self) -> None:
        """Find out what to do with values of a type when the first one comes."""
        self.work = Works(self)

    @property
    def idle(self) -> bool:
        """Whether nothing is ever to be done with a value here or below it."""
        done = self.opens, self.calls, self.guarded, self.marks, self.kinds
        return not any(done) and not (self.keys or self.items or self.members)

    @property
    def steady(self) -> bool:
        """Whether nothing is to be done with a value that is as the one before it, of which nothing was said."""
        if self.opens or self.marks or self.kinds or self.keys or self.items or self.members:
            return False
        rules = [bound for _, bound in (*self.calls, *self.guarded)]
        return all((one.check.steady or one.check.pure) and one.depth == 0 and one.when is None for one in rules)


class Works(dict[type, "tuple[int, Work | None]"]):
    """What is to be done with the values at a place, by their Python type, worked out for each type that comes.

    Many values are null, and most conditions and checks look at values of one type alone: what these would say of a
    value is known, here and not for each value.
    """

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        super().__init__()
        self._node = node

    def __missing__(self, kind: type) -> tuple[int, Work | None]:
        """Return what is to be done with values of a type, which is kept."""
        node = self._node
        opening = node.opens, (*self._marks(kind),), (*self._kinds(kind),)
        keys = tuple((key, below.work, below.steady) for key, below in node.keys.items()) if kind is dict else ()
        items, members = node.items if kind is list else None, node.members if kind is dict else None
        work = (
            opening if any(opening) else None,
            tuple((see, bound.depth, bound.slot, bound) for see, bound in node.calls if bound.check.sees(kind)),
            (*self._guarded(kind),),
            (keys, items, members) if keys or items or members else None,
        )
        self[kind] = found = node.index, work if any(work) else None
        return found

    def _marks(self, kind: type) -> Iterator[tuple[str, int, Test | None]]:
        for name, test in self._node.marks:
            passes = decided(test, kind)
            if passes is not False:
                yield name, self._node.depth, None if passes else test

    def _kinds(self, kind: type) -> Iterator[tuple[int, Test | None]]:
        for number, test in self._node.kinds:
            passes = decided(test, kind)
            if passes is not False:
                yield number, None if passes else test

    def _guarded(self, kind: type) -> Iterator[GuardedCall]:
        for see, bound in self._node.guarded:
            passes = decided(bound.where, kind)
            if passes is not False:
                yield see, bound.depth, bound.slot, None if passes else bound.where, bound.when, bound
