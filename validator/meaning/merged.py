"""Into what an instance went that one capture lacks: two tool calls that became one."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from validator.meaning.tree import Instance, Node, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from validator.meaning.pairs import Pair
    from validator.meaning.places import Steps
    from validator.meaning.tree import Step


#: Into how many others is looked.
MOST = 64


def merged(joins: frozenset[Steps], node: Node, name: str, pairs: Iterable[Pair], *, lost: bool) -> Instance | None:
    """Return the other instance of this name to which the text of one was joined; None if there is none.

    Args:
        joins: the places of texts in pieces.
        node: the instance that only one capture has.
        name: of what it is one.
        pairs: all instances of the array, in both captures.
        lost: whether A has it and B has not; else the other way round.

    """
    texts = [(steps, joined(found.texts())) for steps, found in _texts(node, joins)]
    for step, one, _, other in islice(pairs, MOST):
        if one is None or other is None or not isinstance(step, Instance) or step.name != name:
            continue
        less, more = (one, other) if lost else (other, one)
        if any(_holds(text, _below(less, steps), _below(more, steps)) for steps, text in texts):
            return step
    return None


def _holds(text: str, less: Node | None, more: Node | None) -> bool:
    """Whether a text was appended to, or put before, what stands at a place."""
    before, after = ("" if node is None else joined(node.texts()) for node in (less, more))
    return len(text) > 1 and before != after and after in (before + text, text + before)


def _texts(node: Node, joins: frozenset[Steps]) -> Iterator[tuple[tuple[Step, ...], Node]]:
    """Yield the texts in pieces below a node, each with the steps to it."""
    pending: list[tuple[tuple[Step, ...], Node]] = [((), node)]
    while pending:
        steps, found = pending.pop()
        if found.place in joins:
            yield steps, found
        pending.extend(((*steps, step), branch) for step, branch in found.branches.items())


def _below(node: Node, steps: tuple[Step, ...]) -> Node | None:
    """Return the node that steps lead to from another; None if it is not there."""
    found: Node | None = node
    for step in steps:
        found = None if found is None else found.branches.get(step)
    return found
