"""What has moved: it was lost at one place, and added at another of the same part of the stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from validator.difference import Difference, lead
from validator.meaning.tree import shown

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Missing:
    """What is there on one side only, and its value, so that it can be found again elsewhere."""

    difference: Difference
    value: Any


def with_moves(found: Sequence[Difference | Missing]) -> list[Difference]:
    """Return differences in which what was lost at one place and added at another has moved."""
    added: dict[tuple[str, str], list[Missing]] = {}
    for one in found:
        if isinstance(one, Missing) and one.difference.what == "added":
            added.setdefault(_again(one), []).append(one)
    told: list[Difference] = []
    gone: set[int] = set()
    for one in found:
        if isinstance(one, Missing) and one.difference.what == "lost" and not _is_trivial(one.value):
            others = [new for new in added.get(_again(one), ()) if new.difference.place != one.difference.place]
            if others:
                added[_again(one)].remove(others[0])
                gone.add(id(others[0].difference))
                told.append(_moved(one.difference, others[0].difference))
                continue
        told.append(one.difference if isinstance(one, Missing) else one)
    return [one for one in told if id(one) not in gone]


def _again(missing: Missing) -> tuple[str, str]:
    """Return what is the same for what was lost at one place and added at another of the same part of the stream."""
    return shown(missing.value), str(missing.difference.scope)


def _is_trivial(value: Any) -> bool:
    """Whether a value is so common that to find it elsewhere says nothing."""
    return value is None or type(value) in (int, bool) or (type(value) is str and len(value) < 2)


def _moved(lost: Difference, added: Difference) -> Difference:
    message = f"{lead(lost.scope)}{lost.name} moved from {lost.place} to {added.place}"
    return Difference("moved", lost.name, lost.place, message, lost.a, added.b, lost.scope)
