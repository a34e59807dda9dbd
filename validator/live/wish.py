"""How a client wants a stream to be played: reads, timing and faults, as options say them or as one request does.

A request says it as the query of a URL, ``reads=byte&fault=reset&at=3``: after ``?`` in the model's name, in the
header ``x-replay``, or in the query of its own URL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from validator.live.faults import FAULTS
from validator.live.wire import interval, read_size
from validator.yamlfile import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.live.wire import Wire

#: The header in which a request says how it wants to be answered.
HEADER = "x-replay"

#: The longest pause, in seconds.
LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Wish:
    """How a stream is to be played.

    `reads` and `timing` are as `wire` has them. `at` is the number of events after which a fault comes, None for half
    of them; `seconds` is how long a pause is.
    """

    reads: str = "recorded"
    timing: str = "recorded"
    faults: tuple[str, ...] = ()
    at: int | None = None
    seconds: float = 5.0

    def changed(self, text: str, *, strict: bool = True) -> Wish:
        """Return it as one request wants it; not `strict`: what else the text says is somebody else's business.

        Raises:
            ValueError: there is no such option, or it cannot have this value.

        """
        pairs = parse_qsl(text, keep_blank_values=True)
        faults = [value for name, value in pairs if name == "fault"]
        wish = replace(self, faults=_faults(faults)) if faults else self
        for name, value in pairs:
            wish = wish._with(name, value, strict=strict)
        return wish

    def _with(self, name: str, value: str, *, strict: bool) -> Wish:
        match name:
            case "fault":
                return self
            case "reads":
                if value not in ("recorded", "event", "whole"):
                    read_size(value)
                return replace(self, reads=value)
            case "timing":
                if value not in ("none", "recorded"):
                    interval(value)
                return replace(self, timing=value)
            case "at":
                return replace(self, at=_count(value))
            case "seconds":
                return replace(self, seconds=_seconds(value))
            case _ if strict:
                known = ["reads", "timing", "fault", "at", "seconds"]
                raise ValueError(f"unknown option {name!r:.60}: known are {', '.join(known)}{nearest(name, known)}")
            case _:
                return self

    def applied(self, wire: Wire) -> Wire:
        """Return a response as it is wanted.

        Raises:
            Unfit: a fault can do nothing to it.

        """
        for name, fault in FAULTS.items():  # in their order, whatever the order in which they were asked for
            if name in self.faults:
                wire = fault.apply(wire, self.at, self.seconds)
        return wire.read_by(self.reads)


def _faults(given: list[str]) -> tuple[str, ...]:
    names = tuple(name for one in given for name in one.split(",") if name)
    for name in names:
        if name != "none" and name not in FAULTS:
            known = ["none", *FAULTS]
            raise ValueError(f"unknown fault {name!r:.60}: known are {', '.join(known)}{nearest(name, known)}")
    return tuple(name for name in names if name != "none")


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ValueError(f"at is a number of events, not {value!r:.60}")
    return int(value)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise ValueError(f"seconds are a number from 0 to {LONGEST:.0f}, not {value!r:.60}")
    return seconds


def wish_of(options: Mapping[str, str | None], faults: tuple[str, ...]) -> Wish:
    """Return what options of a command say; those that are None are left as they are.

    Raises:
        ValueError: as `Wish.changed`.

    """
    wish = Wish(faults=_faults(list(faults)))
    for name, value in options.items():
        if value is not None:
            wish = wish._with(name, value, strict=True)
    return wish
