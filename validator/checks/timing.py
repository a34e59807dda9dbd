"""When things come: judged only where the capture holds the times of its reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import At, Breach, Check, plural
from validator.checks.members import option_place
from validator.meta import sent_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.checks.base import See, Setting
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Spot

_SECONDS = {"type": "number", "exclusiveMinimum": 0}


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


class _Within(Check):
    """Base of the checks whose one limit is a number of `seconds`."""

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["seconds"],
        "properties": {"seconds": _SECONDS},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.limit: float = options["seconds"]


class Silence(Check):
    """``silence``: a number of seconds is at most `seconds`, and so are those from the last byte to the end.

    One above `long` is the case ``long``. Option `done`: the mark after which nothing more is to come, so that the
    response may stay open.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["seconds"],
        "properties": {"seconds": _SECONDS, "long": _SECONDS, "done": {"type": "string"}},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.limit: float = options["seconds"]
        self.long: float = options.get("long", float("inf"))
        self.uses_marks = (options["done"],) if "done" in options else ()

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each silence that is too long."""
        if value is None or value <= self.limit:
            return None
        case = "long" if value > self.long else None
        return (Breach(f"no byte comes for {_seconds(value)}", got=_seconds(value), key=case or "", case=case),)

    def close(self, state: Any, at: At) -> Iterable[Breach] | None:
        """Tell a silence that only the end of the response ended."""
        if at.arrivals is None or any(at.met(mark) for mark in self.uses_marks):
            return None
        return self.see(state, at.arrivals.open, at)


class FirstWithin(_Within):
    """``first_within``: the first value of an instance comes within `seconds` of the request."""

    def start(self) -> list[bool]:
        """Nothing seen yet."""
        return [False]

    def see(self, state: list[bool], value: Any, at: At) -> Iterable[Breach] | None:
        """Judge the first value alone."""
        if state[0]:
            return None
        state[0] = True
        came = at.arrived()
        if came is None or came <= self.limit:
            return None
        return (Breach(f"{self.place} comes first {_seconds(came)} after the request", got=_seconds(came)),)


class Apart(_Within):
    """``apart``: from each value at the places to the next, at most `seconds` pass."""

    class _Last:
        __slots__ = ("came", "spot")

        def __init__(self) -> None:
            self.came: float | None = None
            self.spot: Spot | None = None

    def start(self) -> _Last:
        """Nothing came yet."""
        return self._Last()

    def see(self, state: _Last, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a value that comes too long after the one before."""
        came, spot = at.arrived(), at.spot()
        before, earlier = state.came, state.spot
        state.came, state.spot = came, spot
        if came is None or before is None or earlier is None or came - before <= self.limit:
            return None
        apart = _seconds(came - before)
        return (Breach(f"{apart} pass without {self.place}", got=apart, related=(("the one before", earlier),)),)


class Promptly(_Within):
    """``promptly``: a value comes within `seconds` of the last one at `after`, and the end within as many of it.

    Option `name`: what to call the value.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["seconds", "after", "name"],
        "properties": {"seconds": _SECONDS, "after": {"type": "string"}, "name": {"type": "string"}},
    }

    class _Seen:
        __slots__ = ("before", "came", "spot")

        def __init__(self) -> None:
            self.before: float | None = None
            self.came: float | None = None
            self.spot: Spot | None = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.name: str = options["name"]
        self.after = option_place(rule, options["after"])

    def places(self) -> Iterator[tuple[Place, See]]:
        """Yield the rule's places, and the one before them."""
        yield from super().places()
        yield self.after, self._see_before

    def start(self) -> _Seen:
        """Nothing came yet."""
        return self._Seen()

    def _see_before(self, state: _Seen, value: Any, at: At) -> None:
        state.before = at.arrived()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a value that is late."""
        came = at.arrived()
        state.came, state.spot = came, at.spot()
        if came is None or state.before is None or came - state.before <= self.limit:
            return None
        late = _seconds(came - state.before)
        return (Breach(f"{self.name} comes {late} after the last payload", got=late, key="late"),)

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell that the response was left open."""
        closed = at.arrivals.closed if at.arrivals is not None else None
        if closed is None or state.came is None or closed - state.came <= self.limit:
            return None
        late = _seconds(closed - state.came)
        return (Breach(f"the response ends only {late} after {self.name}", got=late, spot=state.spot, key="open"),)


class Burst(Check):
    """``burst``: the values at the place do not come all at once, after a long wait.

    They do where more than `share` of them come within `window` of the time from the request to the last, faster
    than `rate` a second, and not before `wait` seconds. Fewer than `least` values are not judged.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["share", "window", "rate", "wait", "least"],
        "properties": {
            "share": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
            "window": {"type": "number", "minimum": 0, "maximum": 1},
            "rate": {"type": "number", "minimum": 0},
            "wait": _SECONDS,
            "least": {"type": "integer", "minimum": 2},
        },
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.share: float = options["share"]
        self.window: float = options["window"]
        self.rate: float = options["rate"]
        self.wait: float = options["wait"]
        self.least: int = options["least"]

    def start(self) -> dict[float, int]:
        """No value came yet: by time, how many. There are not more times than reads."""
        return {}

    def see(self, state: dict[float, int], value: Any, at: At) -> None:
        """Count the value at its time."""
        came = at.arrived()
        if came is not None:
            state[came] = state.get(came, 0) + 1

    def close(self, state: dict[float, int], at: At) -> Iterable[Breach] | None:
        """Tell the fullest window, if it is a burst."""
        total = sum(state.values())
        if total < self.least:
            return None
        first, last, count = self._fullest(list(state.items()))
        if count <= self.share * total or first < self.wait or count < self.rate * (last - first):
            return None
        took = f"{(last - first) * 1000:.0f} ms" if last > first else "one read"
        return (Breach(f"{count} of {plural(total, 'payload')} come in {took}, {_seconds(first)} after the request",
                       got=f"{count} in {took}", spot=at.end()),)  # fmt: skip

    def _fullest(self, counts: list[tuple[float, int]]) -> tuple[float, float, int]:
        """Return the window with most values, as its first and last time, and how many."""
        length = self.window * counts[-1][0]
        fullest, start, inside = (0.0, 0.0, 0), 0, 0
        for came, count in counts:
            inside += count
            while came - counts[start][0] > length:
                inside -= counts[start][1]
                start += 1
            if inside > fullest[2]:
                fullest = counts[start][0], came, inside
        return fullest


class NearDate(_Within):
    """``near_date``: a time in seconds since 1970 is within `seconds` of the response's ``Date`` header.

    Without that header there is nothing to judge: the clock is never asked.
    """

    def start(self) -> list[int]:
        """No time judged yet."""
        return []

    def applies(self, meta: Mapping[str, Any]) -> bool:
        """Whether the response says when it was sent."""
        return sent_at(meta) is not None

    def see(self, state: list[int], value: Any, at: At) -> Iterable[Breach] | None:
        """Judge each time that is not the one before."""
        if type(value) is not int or state == [value]:
            return None
        state[:] = [value]
        sent = sent_at(at.meta)
        if sent is None or abs(value - sent) <= self.limit:
            return None
        apart = f"{abs(value - sent):.0f} s {'before' if value < sent else 'after'}"
        return (Breach(f"{self.place} is {apart} the response was sent", got=f"{apart} its Date"),)
