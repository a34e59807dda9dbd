"""Which branch of one tree is which of another: by its name, its key, or its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.meaning.tree import Identity, Instance, Node, Step, order

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A branch of A and the one of B that belongs to it, and the steps to them; None for what is not there.
Pair = tuple[Step | None, Node | None, Step | None, Node | None]


def pairs_of(a: Node, b: Node) -> Iterator[Pair]:
    """Yield the branches of two nodes that belong together, in the order of A, then those that only B has."""
    matched = _instances(a, b)
    taken = set(matched.values())
    for step, node in a.branches.items():
        if isinstance(step, Instance):
            other = matched.get(step)
            yield step, node, other, None if other is None else b.branches[other]
        else:
            yield step, node, step, b.branches.get(step)
    for step, node in b.branches.items():
        if step not in taken if isinstance(step, Instance) else step not in a.branches:
            yield None, None, step, node


def _instances(a: Node, b: Node) -> dict[Instance, Instance]:
    """Return which instance of B each of A is, as far as there is one.

    What gave itself the same name is the same. The others are so by their keys, or, if on one side some have none,
    by their order.
    """
    ours = sorted((one for one in a.branches if isinstance(one, Instance)), key=order)
    theirs = sorted((one for one in b.branches if isinstance(one, Instance)), key=order)
    named: dict[Identity, Instance] = {}
    for other in theirs:
        for name in b.branches[other].identities:
            named.setdefault(name, other)
    matched: dict[Instance, Instance] = {}
    taken: set[Instance] = set()
    for one in ours:
        found = (named.get(name) for name in a.branches[one].identities)
        same = next((other for other in found if other is not None and other not in taken), None)
        if same is not None and same.name == one.name:
            matched[one] = same
            taken.add(same)
    rest = [one for one in ours if one not in matched]
    free = [other for other in theirs if other not in taken]
    if all(a.branches[one].keyed for one in rest) and all(b.branches[one].keyed for one in free):
        there = set(free)
        matched.update((one, one) for one in rest if one in there)
    else:
        matched.update(zip(rest, free, strict=False))
    return matched
