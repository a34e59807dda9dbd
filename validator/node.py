"""A place of a plan: what is to be done with a value found there, and the places below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from validator.checks.base import Check
    from validator.conditions import Test
    from validator.finding import Severity
    from validator.protocol import ScopeSpec
    from validator.rule import Rule

#: What a place's visit consists of: its number, the scope that it opens, marks, kinds, calls, guarded calls, the
#: members, items and any members below it. A tuple, because the engine unpacks it for every value.
Steps = tuple[Any, ...]


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
    #: what to do with a value, and with a null, as `pack` finds it
    steps: Steps = ()
    null_steps: Steps = ()

    def pack(self) -> None:
        """Put together what the engine needs of the place, once nothing more is added to it.

        Many values are null and few conditions pass a null: which do is found out here, and not for each value.
        """
        self.steps = self._packed(self.marks, self.guarded)
        self.null_steps = self._packed(
            [(name, test) for name, test in self.marks if test is None or test(None)],
            [(see, bound) for see, bound in self.guarded if bound.where is None or bound.where(None)],
        )

    def _packed(self, marks: list[Any], guarded: list[Any]) -> Steps:
        calls = [(see, bound.depth, bound.slot, bound) for see, bound in self.calls]
        tested = [(see, bound.depth, bound.slot, bound.where, bound.when, bound) for see, bound in guarded]
        owned = [(name, self.depth, test) for name, test in marks]
        keys = [(key, below, below.index, below.idles(null=False), below.idles(null=True))
                for key, below in self.keys.items()]  # fmt: skip
        return self.index, self.opens, owned, self.kinds, calls, tested, keys, self.items, self.members

    def idles(self, *, null: bool) -> bool:
        """Whether a value, or a null, has only to be noted as seen: nothing is to be done with it or below it."""
        if self.opens is not None or self.calls:
            return False
        tests = [test for _, test in self.marks] + [test for _, test in self.kinds]
        if null:
            guards = [bound.where for _, bound in self.guarded]
            return all(test is not None and not test(None) for test in [*tests, *guards])
        return not (tests or self.guarded or self.keys or self.items or self.members)
