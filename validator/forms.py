"""Forms of blocks: what the first block of a form leads to, found out once for all streams of a plan.

Nearly every block of a stream is of one form (`framing.ordinary`). What the rules of framing are shown of such a
block is the same each time but for its text, and of its text they have nothing to say. So it is enough that a plan
looks at each form once: what the first block of that form leads to is then done to every stream that has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator import framing
from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from validator.checks.base import At
    from validator.node import Bound, Node
    from validator.place import Path
    from validator.sse import Event
    from validator.walk import Walk


@dataclass(frozen=True, slots=True)
class _Step:
    """A mark that is set, or a call of a check that remembers what it sees; and where in the tree of the block."""

    path: Path
    value: Any
    mark: str | None = None
    see: Callable[..., Any] | None = None
    bound: Bound | None = None


class NotByForm(Exception):  # noqa: N818 - it says why there is no such thing, and is caught by that name
    """What a block leads to may be otherwise for another of its form."""


class Form:
    """What the first block of a form leads to.

    Args:
        node: the root ``@event`` of a plan.
        tree: the description of such a block.
        at: where a walk stands that is about to come to it.

    Raises:
        NotByForm: a rule says something of it, or remembers what another block of the form may have otherwise.

    """

    def __init__(self, node: Node, tree: dict[str, Any], at: At) -> None:
        self._visited: list[int] = []
        self._judged: list[int] = []
        self._steps: list[_Step] = []
        self._tree, self._at = tree, at
        try:
            self._look(node, tree, ())
        finally:
            at.stand(())
            del self._tree, self._at

    def _look(self, node: Node, value: Any, path: Path) -> None:
        self._visited.append(node.index)
        if node.opens is not None or node.kinds:
            raise NotByForm
        self._steps += [_Step(path, value, mark=name) for name, test in node.marks if test is None or test(value)]
        for see, bound in node.calls:
            self._call(see, bound, value, path)
        for see, bound in node.guarded:
            if (bound.where is None or bound.where(value)) and (bound.when is None or bound.when(self._tree)):
                self._judged.append(bound.index)
                self._call(see, bound, value, path)
        if type(value) is dict:
            for key, member in value.items():
                for below in (node.keys.get(key), node.members):
                    if below is not None:
                        self._look(below, member, (*path, key))
        elif type(value) is list and node.items is not None:
            for position, item in enumerate(value):
                self._look(node.items, item, (*path, position))

    def _call(self, see: Callable[..., Any], bound: Bound, value: Any, path: Path) -> None:
        if bound.check.pure:
            self._at.stand(path)
            if see(None, value, self._at):
                raise NotByForm
        elif bound.depth or type(value) in (dict, list) or path[-1] in framing.TEXTUAL:
            raise NotByForm
        else:
            self._steps.append(_Step(path, value, see=see, bound=bound))

    def lead(self, walk: Walk, event: Event) -> None:
        """Do to a stream what its first block of the form leads to."""
        at, stream = walk.at, walk.stream
        at.root, at.span, at.event, at.own = "event", None, event, stream
        for number in self._visited:
            walk.visited[number] = 1
        for number in self._judged:
            walk.judged[number] = 1
        for step in self._steps:
            at.stand(step.path)
            if step.mark is not None:
                stream.meet(step.mark, at.spot())
            elif step.see is not None and step.bound is not None:
                said = step.see(stream.states[step.bound.slot], step.value, at)
                if said:
                    walk.note(step.bound, said)
        at.stand(())
