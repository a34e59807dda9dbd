"""Likeness: what the blocks of a stream have in common that are equal but for the values at a few places.

Most blocks of a long stream differ from the one before only in a piece of text, or in the tokens that it is made of.
Their bytes are constant segments with the values between them, so a block can be known as one of them, and its
values read, by comparing bytes, without decoding it. Nothing here knows a protocol or a rule.
"""

# Theory of operation. A likeness is made of two blocks of the form `data: X` and a blank line whose payloads have the
# same members, in the same order, and the same values but at a few places, the slots. The segments are the bytes of
# the second block around its slots. A slot holds one of two kinds of values:
#
# - a text, mostly one that is not empty: what stands between the quotes. It must be free of quotes, control
#   characters and \u escapes, so what is between the quotes is all of a JSON string, with no lone surrogate in it;
# - any other value, of the JSON type that it has in both blocks: it must be JSON with which nothing is wrong, all
#   on one line.
#
# Segments and values, joined, are then the block. JSON can be read in one way only, so its payload is that of the
# second block with other values in the slots, and it holds whatever does not depend on these. What the rules of
# framing want of a block (framing.ordinary) holds as well: its length, and the characters in it, are looked at here.
#
# A run of such blocks is cut with one search for what they begin with, and the texts of a run are proved clean
# together, so a block costs less than decoding it would.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orjson import dumps, loads

from validator import framing, jsontext
from validator.payload import Malformed, decode
from validator.place import value_at
from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from validator.place import Path
    from validator.sse import Event

#: How many places two blocks may differ in to be alike.
MOST_SLOTS = 6

_NAME = b"data: "
#: What stands in a payload for the values of its slots, while it is cut there.
_HOLE = b"@@slot@@"
_CLEAN = re.compile(rb'[^"\\\x00-\x1f]*+(?:\\["\\/bfnrt][^"\\\x00-\x1f]*+)*+')


class _Unlike(Exception):  # noqa: N818 - it says what two payloads are, and never leaves the module
    """Two payloads differ in more than a few values."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in which blocks of a likeness differ.

    Its path, the Python types of what stands there; whether that is a text, and one that may be `empty`.
    """

    path: Path
    types: tuple[type, ...]
    text: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """What blocks have in common.

    The slots, in the order of the bytes; the segments of a payload around them; whether line ends are CR LF; how deep
    a payload may nest.
    """

    slots: tuple[Slot, ...]
    segments: tuple[bytes, ...]
    crlf: bool
    depth: int

    @property
    def end(self) -> bytes:
        """What follows the payload in a block: the end of its line, and the blank one."""
        return b"\r\n\r\n" if self.crlf else b"\n\n"

    @property
    def around(self) -> int:
        """How many bytes a block has beside its payload."""
        return len(_NAME) + len(self.end)

    def block(self, payload: bytes) -> bytes:
        """Return the block of a payload; it has two lines, the second of them blank."""
        return _NAME + payload + self.end

    def fits(self, event: Event) -> bool:
        """Whether a block is of this likeness."""
        return len(self.run(event.raw, 0, len(event.raw)).payloads) == 1

    def run(self, data: bytes, start: int, stop: int) -> Run:
        """Return the blocks of this likeness that stand one after the other from `start` on, up to `stop`."""
        head, tail, between = self.segments[0], self.segments[-1], self.end + _NAME
        if not data.startswith(_NAME, start):
            return Run(self, [], [])
        begin = start + len(_NAME)
        payloads = data[begin:stop].split(between)
        last, end, _ = payloads.pop().partition(self.end)
        if end:
            payloads.append(last)
        least, most = len(head) + len(tail), framing.LONGEST_ORDINARY - self.around
        first, last_but = len(head), -len(tail)
        rests = [payload[first:last_but] for payload in payloads]
        inner = (tail + between + head).join(rests)
        if (
            max(map(len, payloads), default=0) > most
            or not data.startswith(head, begin)
            or not data.startswith(inner, begin + len(head))
            or not data.startswith(tail, begin + len(head) + len(inner))
        ):
            count = 0
            for payload in payloads:
                if not (payload.startswith(head) and payload.endswith(tail) and least <= len(payload) <= most):
                    break
                count += 1
            del payloads[count:], rests[count:]
        return Run(self, payloads, rests)


class Run:
    """Blocks in a row that begin and end like a likeness, as far as they are of it.

    Attributes: `like`, the likeness; `payloads`, the bytes of each; `columns`, for each slot the values of all.
    """

    __slots__ = ("columns", "like", "payloads")

    def __init__(self, like: Likeness, payloads: list[bytes], rests: list[bytes]) -> None:
        self.like = like
        self.payloads = payloads
        self.columns: list[list[Any]] = []
        for segment in like.segments[1:-1]:
            parts = [rest.partition(segment) for rest in rests]
            lacking = next((row for row, part in enumerate(parts) if not part[1]), None)
            if lacking is not None:
                self.keep(lacking)
                del parts[lacking:]
            self.columns.append([part[0] for part in parts])
            rests = [part[2] for part in parts]
        self.columns.append(rests)
        for number, slot in enumerate(like.slots):
            if slot.text:
                self._texts(number, empty=slot.empty)
            else:
                self._values(number, slot)

    def keep(self, count: int) -> None:
        """Forget all blocks but the first so many."""
        del self.payloads[count:]
        for column in self.columns:
            del column[count:]

    def _texts(self, number: int, *, empty: bool) -> None:
        """Decode the texts of a slot, up to the first that may not stand in one."""
        raw: list[bytes] = self.columns[number]
        texts = _texts(raw, empty=empty)
        if texts is None:
            clean = (row for row, one in enumerate(raw) if _texts([one], empty=empty) is None)
            self.keep(next(clean, len(raw)))
            texts = _texts(raw, empty=empty)
        self.columns[number] = texts or []

    def _values(self, number: int, slot: Slot) -> None:
        """Decode the other values of a slot, up to the first that may not stand in one."""
        raw: list[bytes] = self.columns[number]
        depth = self.like.depth - len(slot.path)
        values = _canonical(raw, slot.types, depth)
        if values is None:
            values = []
            for one in raw:
                if b"\n" in one or b"\r" in one or _parts_lines(one):
                    break
                decoded = decode(one, max_depth=depth)
                if isinstance(decoded, Malformed) or decoded.issues or type(decoded.value) not in slot.types:
                    break
                values.append(decoded.value)
        self.keep(len(values))
        self.columns[number] = values


def _canonical(raw: list[bytes], types: tuple[type, ...], depth: int) -> list[Any] | None:
    """Decode values that are written as orjson writes them, so that nothing is wrong; None if one is not."""
    joined = b"[" + b",".join(raw) + b"]"
    try:
        values = [loads(one) for one in raw]
    except ValueError:
        return None
    if _written(values) != joined or not set(types).issuperset(map(type, values)):
        return None
    # one that nests deeper has so many brackets, and as many that close them
    if max(map(len, raw), default=0) > 2 * depth and max([one.count(b"[") + one.count(b"{") for one in raw]) > depth:
        return None
    return None if _parts_lines(joined) else values


def _written(value: Any) -> bytes | None:
    """Return a value as orjson writes it; None if it cannot: nested too deep, a whole number beyond 64 bits."""
    try:
        return dumps(value)
    except TypeError:
        return None


def _texts(raw: list[bytes], *, empty: bool) -> list[str] | None:
    """Decode what stands between quotes; None if one may not stand there, or (unless it may be) is empty."""
    joined = b" ".join(raw)
    if (b"" in raw and not empty) or _CLEAN.fullmatch(joined) is None or _parts_lines(joined):
        return None
    texts: list[str] = loads(b'["' + b'","'.join(raw) + b'"]') if raw else []
    return texts


def _parts_lines(raw: bytes) -> bool:
    """Whether bytes hold a character that parts lines elsewhere, or are not UTF-8."""
    if raw.isascii():
        return False
    try:
        return framing.parts_lines(raw.decode())
    except UnicodeDecodeError:
        return True


def alike(
    one: Event, other: Event, depth: int, inseparable: Callable[[Path], bool], may_be_empty: Callable[[Path], bool]
) -> Likeness | None:
    """Return what two blocks have in common; None when they differ in other ways than a likeness allows.

    Args:
        one: a block.
        other: one that came after it; the segments are its bytes.
        depth: how deep a payload may nest.
        inseparable: whether the array at a path is one value, to be a slot as a whole where anything in it differs.
        may_be_empty: whether a slot at a path takes empty texts as well.

    """
    if framing.ordinary(one) is None or framing.ordinary(one) != framing.ordinary(other):
        return None
    data = other.data or b""
    before, after = decode(one.data or b"", max_depth=depth), decode(data, max_depth=depth)
    if isinstance(before, Malformed) or isinstance(after, Malformed) or after.issues:
        return None
    try:
        paths = list(_differences(before.value, after.value, (), inseparable))
    except _Unlike:
        return None
    if not paths or len(paths) > MOST_SLOTS:
        return None
    slots = []
    for path, was, value in paths:
        text = type(value) is str
        types = (int, float) if type(value) is float or type(was) is float else (type(value),)
        slots.append(Slot(path, types, text, text and may_be_empty(path)))
    made = Likeness(tuple(slots), _segments(data, after.value, slots), not other.plain, depth)
    return made if made.fits(one) and made.fits(other) else None


def _segments(data: bytes, value: Any, slots: Sequence[Slot]) -> tuple[bytes, ...]:
    """Return the bytes of a payload around its slots, which stand in it in this order."""
    if _written(value) == data and _HOLE not in data:  # then the same hand writes it with holes in it
        for slot in slots:
            value_at(value, slot.path[:-1])[slot.path[-1]] = _HOLE.decode()
        pieces = dumps(value).split(_HOLE)
        for number, slot in enumerate(slots):
            if not slot.text:
                pieces[number], pieces[number + 1] = pieces[number][:-1], pieces[number + 1][1:]
        return tuple(pieces)
    segments, at = [], 0
    for slot in slots:
        start, length = jsontext.span(data, slot.path) or (at, 0)
        segments.append(data[at : start + slot.text])
        at = start + length - slot.text
    return (*segments, data[at:])


def _differences(
    one: Any, other: Any, path: Path, inseparable: Callable[[Path], bool]
) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the paths at which two payloads differ, each with the values of both."""
    if type(one) is dict and type(other) is dict:
        if list(one) != list(other):
            raise _Unlike
        for name, member in one.items():
            yield from _differences(member, other[name], (*path, name), inseparable)
    elif type(one) is list and type(other) is list:
        if inseparable(path):
            if one != other:
                yield path, one, other
            return
        if len(one) != len(other):
            raise _Unlike
        for position, (item, now) in enumerate(zip(one, other, strict=True)):
            yield from _differences(item, now, (*path, position), inseparable)
    elif type(one) is str and type(other) is str:
        if one != other:
            yield path, one, other
    elif type(one) in (int, float) and type(other) in (int, float):
        if one != other or type(one) is not type(other):
            yield path, one, other
    elif one is not other:
        raise _Unlike
