"""A quick dataclass is what `dataclasses` would have made, as far as anybody can tell."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from validator.quickclass import dataclass as quick


def made(dataclass: Any, called: str) -> Any:
    class Place:
        """A place."""

        name: str
        steps: tuple[int, ...]
        more: dict[str, int] = dataclasses.field(default_factory=dict)
        found: int | None = None

        @property
        def depth(self) -> int:
            return len(self.steps)

    Place.__name__ = Place.__qualname__ = called
    return dataclass(frozen=True, slots=True)(Place)


Quick, Usual = made(quick, "Quick"), made(dataclasses.dataclass, "Usual")


@quick(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


class Below(Point):
    pass


@pytest.mark.parametrize("kind", [Quick, Usual])
def test_it_takes_what_it_is_given_and_makes_what_it_is_not(kind: Any) -> None:
    one, other = kind("a", (1, 2), found=3), kind(steps=(), name="b")
    assert (one.name, one.steps, one.more, one.found, one.depth) == ("a", (1, 2), {}, 3, 2)
    assert (other.name, other.steps, other.more, other.found) == ("b", (), {}, None)
    assert one.more is not other.more
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'steps'"):
        kind("a")
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        kind("a", (), colour=1)
    assert kind.__doc__ == "A place."
    assert kind.__match_args__ == ("name", "steps", "more", "found")


@pytest.mark.parametrize("kind", [Quick, Usual])
def test_it_stays_as_it_is(kind: Any) -> None:
    one = kind("a", ())
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.name
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        one.colour = 1
    assert not hasattr(one, "__dict__")
    assert one.name == "a"


@pytest.mark.parametrize("kind", [Quick, Usual])
def test_dataclasses_know_it(kind: Any) -> None:
    one = kind("a", (1,), {"b": 2})
    assert [field.name for field in dataclasses.fields(kind)] == ["name", "steps", "more", "found"]
    assert dataclasses.replace(one, found=5) == kind("a", (1,), {"b": 2}, 5)
    assert dataclasses.asdict(one) == {"name": "a", "steps": (1,), "more": {"b": 2}, "found": None}
    assert repr(one) == f"{kind.__name__}(name='a', steps=(1,), more={{'b': 2}}, found=None)"


@pytest.mark.parametrize("kind", [Quick, Usual])
def test_it_goes_to_other_processes(kind: Any) -> None:
    one = kind("a", (1,), {"b": 2}, 3)
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - made here
    assert copy.deepcopy(one) == one


def test_equal_are_those_of_one_class_with_equal_values() -> None:
    assert Point(1, 2) == Point(1, 2) != Point(1, 3)
    assert hash(Point(1, 2)) == hash(Point(1, 2))
    assert len({Point(1), Point(1, 0), Point(2)}) == 2
    assert Point(1) != Below(1)


def test_other_classes_are_refused() -> None:
    with pytest.raises(TypeError, match="frozen and slotted"):
        quick(frozen=False, slots=True)
