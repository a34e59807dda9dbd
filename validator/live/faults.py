"""What can go wrong on the way of a stream, one function each: how a response is sent when it does.

A fault changes how the bytes travel or where they end. What servers write wrong is another matter: corpus cases and
variants of a provider have that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from validator import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from validator.live.wire import Wire
    from validator.protocol import Sentinel


class Unfit(ValueError):  # noqa: N818 - it says what is the case
    """A response that a fault can do nothing to; the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong.

    `apply` takes the response, the number of events after which it goes wrong (None: half of them), and the seconds
    that a pause lasts.
    """

    name: str
    what: str
    apply: Callable[[Wire, int | None, float], Wire]


def _split_character(wire: Wire, at: int | None, seconds: float) -> Wire:
    cuts = [offset for offset, byte in enumerate(wire.data) if 0x80 <= byte < 0xC0]
    if not cuts:
        raise Unfit("no character of the stream has several bytes, so none can be split")
    return wire.cut_at(cuts)


def _split_field(wire: Wire, at: int | None, seconds: float) -> Wire:
    cuts = [line.offset + len(line.name) // 2 for event in wire.events for line in event.lines if len(line.name) > 1]
    if not cuts:
        raise Unfit("the stream has no field whose name can be split")
    return wire.cut_at(cuts)


def _split_line_end(wire: Wire, at: int | None, seconds: float) -> Wire:
    cuts = [offset + 1 for offset, byte in enumerate(wire.data) if byte in b"\r\n"]
    if not cuts:
        raise Unfit("the stream has no line end")
    return wire.cut_at([*cuts, *(one - 1 for one in cuts)])


def _byte_by_byte(wire: Wire, at: int | None, seconds: float) -> Wire:
    return wire.read_by("byte")


def _no_done(wire: Wire, at: int | None, seconds: float) -> Wire:
    spans = [(event.offset, event.offset + len(event.raw)) for event in wire.events if _is_sentinel(event.data)]
    if not spans:
        raise Unfit("the stream has no event that says that it is done")
    for start, stop in reversed(spans):
        wire = wire.without(start, stop)
    return wire


def _is_sentinel(data: bytes | None) -> bool:
    return data is not None and any(one.means(data) for one in _sentinels())


def _sentinels() -> Iterator[Sentinel]:
    for name in catalogue.protocol_folders():
        sentinel = catalogue.protocol(name).sentinel
        if sentinel is not None:
            yield sentinel


def _no_last_blank_line(wire: Wire, at: int | None, seconds: float) -> Wire:
    last = wire.events[-1:]
    if not last or not last[0].terminated:
        raise Unfit("the stream does not end with a blank line")
    return wire.without(len(wire.data) - len(last[0].blank_end), len(wire.data))


def _place(wire: Wire, at: int | None) -> int:
    """Return the offset after a number of events; after half of them where none is said."""
    ends = [0] + [event.offset + len(event.raw) for event in wire.events]
    count = (len(ends) - 1) // 2 if at is None else at
    if count >= len(ends):
        raise Unfit(f"the stream has {len(ends) - 1} events, so nothing can happen after {count}")
    return ends[count]


def _until(wire: Wire, at: int | None) -> Wire:
    return wire.without(_place(wire, at), len(wire.data))


def _empty(wire: Wire, at: int | None, seconds: float) -> Wire:
    return wire.without(0, len(wire.data))


def _truncate(wire: Wire, at: int | None, seconds: float) -> Wire:
    return replace(_until(wire, at), end="close")


def _cut(wire: Wire, at: int | None, seconds: float) -> Wire:
    return replace(_until(wire, at), end="cut")


def _cut_inside(wire: Wire, at: int | None, seconds: float) -> Wire:
    place = _place(wire, at)
    event = next((one for one in wire.events if one.offset == place), None)
    if event is None:
        raise Unfit("no event follows that could be cut")
    return replace(wire.without(place + len(event.raw) // 2, len(wire.data)), end="cut")


def _reset(wire: Wire, at: int | None, seconds: float) -> Wire:
    return replace(_until(wire, at), end="reset")


def _stall(wire: Wire, at: int | None, seconds: float) -> Wire:
    return replace(_until(wire, at), end="stall")


def _pause(wire: Wire, at: int | None, seconds: float) -> Wire:
    place = _place(wire, at)
    return replace(wire, pauses=(*wire.pauses, (place, seconds)))


def _no_answer(wire: Wire, at: int | None, seconds: float) -> Wire:
    return replace(_empty(wire, at, seconds), end="stall", head=False)


def _reset_at_once(wire: Wire, at: int | None, seconds: float) -> Wire:
    return replace(_empty(wire, at, seconds), end="reset", head=False)


#: What can go wrong, in the order in which several of them are applied: to bytes, to pieces, to the end.
FAULTS: Mapping[str, Fault] = {
    name: Fault(name, what, apply)
    for name, what, apply in (
        ("no-done", "the event that ends the stream is left out", _no_done),
        ("no-last-blank-line", "the last blank line is left out", _no_last_blank_line),
        ("empty", "no byte of the body is sent", _empty),
        ("split-character", "each character of several bytes comes in as many pieces", _split_character),
        ("split-field", "each field name comes in two pieces: da, ta:", _split_field),
        ("split-line-end", "each byte of a line end is a piece of its own", _split_line_end),
        ("byte-by-byte", "each byte is a piece of its own", _byte_by_byte),
        ("pause", "nothing comes for --seconds, then the rest", _pause),
        ("truncate", "the response ends early, and well as far as HTTP goes", _truncate),
        ("cut", "the connection is closed early, without the end of the transfer coding", _cut),
        ("cut-inside", "the same, in the middle of an event", _cut_inside),
        ("reset", "the connection is reset (TCP RST)", _reset),
        ("stall", "nothing more comes, and the connection stays open until the client leaves", _stall),
        ("no-answer", "no status, no headers, nothing, until the client leaves", _no_answer),
        ("reset-at-once", "the connection is reset before the status", _reset_at_once),
    )
}
