"""What the engine remembers of a stream: an instance of a scope, the marks met in it, the spots that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.meaning.places import Part
    from validator.place import Path
    from validator.protocol import ScopeSpec
    from validator.sse import Event


class Spot(NamedTuple):
    """A value's occurrence: the path below a root (see place.ROOTS) in an event.

    `span` is the byte offset and length in the stream where these are known already; else they are found from the
    path when somebody wants to print them.
    """

    root: str
    event: Event | None
    path: Path
    scope: Scope
    span: tuple[int, int] | None = None


def key_of(spec: ScopeSpec | Part, value: Any) -> int | str | None:
    """Return the key of the instance that a value belongs to; None if it names none."""
    for step in spec.key:
        value = value.get(step) if type(value) is dict else None
    if type(value) is int and spec.keys != "string" and value >= 0:
        return value
    return value if type(value) is str and spec.keys != "integer" and value else None


class Scope:
    """One instance of a scope: the stream, or one of its parts, with the state that each check keeps of it."""

    __slots__ = ("depth", "first", "held", "inner", "key", "last", "marks", "name", "outer", "states")

    def __init__(self, name: str, key: int | str | None, outer: Scope | None, states: list[Any]) -> None:
        self.name = name
        self.key = key
        self.outer = outer
        #: how many instances are around this one
        self.depth: int = 0 if outer is None else outer.depth + 1
        #: the instances directly within, by scope name and key, in the order of their first appearance
        self.inner: dict[tuple[str, int | str], Scope] = {}
        self.states = states
        #: how many characters of text checks keep of it; counted in the stream's own
        self.held = 0
        #: where each mark was first met, here or in an instance within
        self.marks: dict[str, Spot] = {}
        self.first: Event | None = None
        self.last: Event | None = None

    def chain(self) -> Iterator[Scope]:
        """Yield this instance and those around it, outwards."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def release(self) -> None:
        """Let go of all that was kept; spots refer back to here, so that else only the garbage collector frees it."""
        self.inner.clear()
        self.marks.clear()
        self.states.clear()

    def all(self) -> Iterator[Scope]:
        """Yield this instance and all within it, each before what it holds."""
        pending = [self]
        while pending:
            scope = pending.pop()
            yield scope
            pending.extend(reversed(scope.inner.values()))

    def each(self, name: str) -> list[Scope]:
        """Return the instances of the scope of this name in here, in the order of their first appearance."""
        return [scope for scope in self.all() if scope.name == name]

    def met(self, mark: str, depth: int) -> Spot | None:
        """Return where a mark, whose own scope stands at `depth`, was first met; None if it was not.

        What counts is what the instance of the mark's scope around this one has met; further out, what any has met.
        """
        scope = self
        while scope.depth > depth and scope.outer is not None:
            scope = scope.outer
        return scope.marks.get(mark)

    def meet(self, mark: str, spot: Spot) -> None:
        """Note the first occurrence of a mark, here and in every instance around."""
        for scope in self.chain():
            scope.marks.setdefault(mark, spot)
