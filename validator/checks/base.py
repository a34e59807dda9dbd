"""What every check is: made once per plan of a rule, it sees values and says where they break the rule.

A check object holds the rule's options and never anything of a stream: streams share it. What it must remember is
the state that `start` makes, one for each instance of the rule's scope.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from validator.arrival import Arrivals
from validator.quickclass import dataclass
from validator.scope import Spot
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from validator.limits import Limits
    from validator.place import Path, Place
    from validator.protocol import Protocol, ScopeSpec
    from validator.rule import Rule
    from validator.schema import JsonSchema, Schema
    from validator.scope import Scope
    from validator.sse import Event


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach of a rule, as its check sees it.

    `spot` defaults to the value just seen, or, at the end, to the last event of the scope instance. `related` are
    other spots that it conflicts with, each with what to say of it. Breaches with one `key` are one defect: the
    first is told and the others counted. `case` names a kind of breach that the rule may give its own severity.
    """

    message: str
    got: str | None = None
    spot: Spot | None = None
    related: tuple[tuple[str, Spot], ...] = ()
    key: str = ""
    case: str | None = None


#: Types of values, as checks name them that look at no others.
TEXTS, OBJECTS, ARRAYS, NUMBERS = frozenset({str}), frozenset({dict}), frozenset({list}), frozenset({int, float})
NOT_NULL = frozenset({dict, list, str, int, float, bool})

#: What sees a value: of a state and where the engine stands, it makes what there is to say; None when all is well.
See = Callable[[Any, Any, "At"], "Iterable[Breach] | None"]


class At:
    """Where the engine stands in a stream: handed to every check, changed by the engine alone."""

    __slots__ = (
        "arrivals",
        "beside",
        "event",
        "here",
        "kind",
        "limits",
        "mark_depths",
        "meta",
        "own",
        "path",
        "payload",
        "root",
        "scope",
        "scopes",
        "span",
    )

    def __init__(
        self, stream: Scope, depth: int, mark_depths: Mapping[str, int], meta: Mapping[str, Any], limits: Limits
    ) -> None:
        self.mark_depths = mark_depths
        #: how much may be kept of a stream
        self.limits = limits
        #: while values of several payloads are taken at once: gives those at another place, one for each payload
        self.beside: Callable[[Place], Sequence[Any]] | None = None
        self.event: Event | None = None
        self.root = "json"
        #: the spot of the value being looked at, once somebody asked for it
        self.here: Spot | None = None
        #: steps from the root to the value being looked at
        self.path: list[str | int] = []
        #: the whole payload that the value stands in
        self.payload: Any = None
        #: the position of the payload's kind among the protocol's kinds
        self.kind = 0
        #: what is known beside the bytes: request, response, ended, reads
        self.meta = meta
        #: when the bytes came, where the capture holds it
        self.arrivals = Arrivals(meta["reads"]) if "reads" in meta else None
        #: the current scope instance at each depth, None where there is none
        self.scopes: list[Scope | None] = [stream, *([None] * depth)]
        #: the innermost of them
        self.scope = stream
        #: the instance whose state the check is handed
        self.own = stream
        #: where the root value stands in the stream, for roots whose values have no path into bytes
        self.span: tuple[int, int] | None = None

    @property
    def stream(self) -> Scope:
        """The stream's own scope instance."""
        assert self.scopes[0] is not None  # noqa: S101 - set at the start and never changed
        return self.scopes[0]

    def met(self, mark: str) -> Spot | None:
        """Return where a mark was first met by the instance at hand, None if it was not."""
        own, depth = self.own, self.mark_depths[mark]
        return own.marks.get(mark) if own.depth <= depth else own.met(mark, depth)

    def arrived(self) -> float | None:
        """Return when the event at hand was complete, in seconds since the request; None when that is not known."""
        if self.arrivals is None or self.event is None:
            return None
        return self.arrivals.at(self.event.offset + len(self.event.raw) - 1)

    def spot(self, *more: str | int) -> Spot:
        """Return the spot of the value being looked at, or of one below it."""
        if more:
            return Spot(self.root, self.event, (*self.path, *more), self.scope, self.span)
        here = self.here
        if here is None:
            here = self.here = Spot(self.root, self.event, tuple(self.path), self.scope, self.span)
        return here

    def stand(self, path: Path, scopes: Sequence[Scope | None] | None = None) -> None:
        """Stand at a value, in the scope instances that are around it, if these are others than those at hand."""
        self.path[:] = path
        self.here = None
        if scopes is not None:
            self.scopes[:] = scopes
            for scope in scopes:
                if scope is not None:
                    self.scope = scope

    def end(self) -> Spot:
        """Return the spot of the last event of the instance at hand."""
        return Spot("json", self.own.last, (), self.own)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a check is made in: the schemas of the plan, as the profile patches them, and its protocol.

    `compile` compiles a JSON Schema that may refer to them. `declared` gives the names of the members that they
    declare for the objects at a place of the payload.
    """

    compile: Callable[[JsonSchema], Schema]
    declared: Callable[[Place], frozenset[str]]
    protocol: Protocol

    def scope(self, rule: Rule, name: str) -> ScopeSpec:
        """Return the scope of the protocol that an option of a rule names.

        Raises:
            ConfigError: there is none.

        """
        known = {spec.name: spec for spec in self.protocol.scopes}
        if name not in known:
            raise ConfigError(
                f"{rule.origin}: rule {rule.id}: unknown scope {name!r:.60}{nearest(name, list(known))}"
            )
        return known[name]


class Check:
    """Base of the vocabulary: sees every occurrence of the rule's places, and the end of each scope instance."""

    #: The JSON Schema of the options that a rule may give.
    options: ClassVar[JsonSchema] = {"type": "object", "additionalProperties": False}
    #: Whether it judges each scope instance, even if its place never occurs there.
    judges_absence: ClassVar[bool] = False
    #: Whether it judges an object that lacks the member its place names: then that is enough to have judged.
    judges_around: ClassVar[bool] = False
    #: The Python types of the values that it looks at, None for all: of others it says and remembers nothing.
    looks_at: ClassVar[frozenset[type] | None] = None
    #: Whether it looks at nothing but a value, and remembers nothing of it.
    pure: ClassVar[bool] = False
    #: Whether it is done with a value of which it said nothing, so that it need not be shown an equal one at the same
    #: place of the same instance, whatever comes in between. What is pure is.
    steady: ClassVar[bool] = False
    #: Whether it matters to it if a text that it is shown, or that an option of it names, is empty.
    weighs_text: ClassVar[bool] = True
    #: The names of the protocol's marks that its options name.
    uses_marks: tuple[str, ...] = ()
    #: Checks with an equal value of this, not None, share one state per scope instance, which only the first of them
    #: is shown values for: those that keep the same of a stream and judge it at the end.
    shares: Hashable | None = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        self.rule = rule  # what the options say, and the setting gives, each check takes itself

    def applies(self, meta: Mapping[str, Any]) -> bool:
        """Whether it can judge a capture of which this is known; if not, it may never say anything."""
        return True

    def places(self) -> Iterable[tuple[Place, See]]:
        """Yield the places to look at, each with the method that sees their values."""
        for place in self.rule.on:
            yield place, self.see

    @classmethod
    def sees(cls, kind: type) -> bool:
        """Whether it has to be shown the values of a type."""
        return cls.looks_at is None or kind in cls.looks_at

    def start(self) -> Any:
        """Return the state for a new scope instance."""
        return None

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Judge one occurrence."""
        return None

    def close(self, state: Any, at: At) -> Iterable[Breach] | None:
        """Judge the scope instance `at.own` at the end of the stream."""
        return None

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """Whether it is done with a value that it was shown: more such values would leave it as it is.

        That is, it would say nothing of a further one at the same place, and remember nothing, if that comes next to
        the same instance: one that is equal (`same`), or that has the same members but other values at some places
        below: texts that are not empty, numbers, or arrays, each in place of such; and a text that is directly in the
        payload may be empty where no check `weighs_text` there. Beside the value, too, its payload may have such
        others. A check that does not know is shown all values.
        """
        return False

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Take values that come at a place in as many payloads in a row, all at once, as `see` would each of them.

        Where it would have something to say of one, or cannot tell, it takes none and returns False: it is shown
        each, then. Of `at`, `path` is that of each value but for positions, `event` the event of the last,
        `beside` gives the values at another place of their payloads.

        Args:
            see: the method that sees the values of this place.
            state: that of the instance which all values belong to.
            values: at least one.
            at: where they come.

        """
        return self.pure and not any(see(state, value, at) for value in values)

    @property
    def place(self) -> str:
        """The rule's places, in words."""
        return " or ".join(str(place) for place in self.rule.on)


def blank(value: object) -> bool:
    """Whether a value says nothing: null, "", or an array or object that holds nothing but such."""
    if type(value) is not dict and type(value) is not list:
        return value is None or value == ""
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if type(part) is dict:
            waiting.extend(part.values())
        elif type(part) is list:
            waiting.extend(part)
        elif part is not None and part != "":
            return False
    return True


def shown(value: object, limit: int = 100) -> str:
    """Return a value as JSON on one line, cut to `limit` characters."""
    if value is None or (type(value) is str and value.isascii() and len(value) <= limit):
        text = orjson.dumps(value).decode()
    else:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plural(count: int, noun: str, several: str | None = None) -> str:
    """Return ``1 choice`` or ``3 choices``."""
    return f"{count} {noun if count == 1 else several or noun + 's'}"
