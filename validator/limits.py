"""What one stream may cost: bytes held, text joined, findings told. Beyond a limit less is said, never nothing."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from validator.jsontext import MAX_DEPTH
from validator.payload import DEEPEST
from validator.quickclass import dataclass
from validator.sse import MAX_BLOCK, BlockTooLong
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.sse import Event

_UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SIZE = re.compile(r"([0-9]{1,15}) ?(KiB|MiB|GiB)?")


class LineTooLong(BlockTooLong):
    """An event has more lines, or a longer one, than it may."""

    def __init__(self, event: Event, says: str, option: str, limit: int) -> None:
        ValueError.__init__(self, f"the event that starts at byte {event.offset} (line {event.line}) {says}")
        self.offset, self.line, self.limit, self.events, self.option = event.offset, event.line, limit, [], option


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one stream, and of the file that it stands in.

    `block`: bytes of one event, `line`: bytes of one line, `lines`: lines of one event; what has more is refused, as
    it cannot be judged. `depth`: brackets of a payload that may be open at once; a rule tells of more, beyond 320 it
    is not read. `joined`: characters of fragments kept to be joined, in all; beyond it joined texts are not judged,
    and the report says so. `findings`: findings of one rule told apart, so that what is told of a rule does not hang
    on others; further ones are counted with the last. `places`: places told of one finding. `instances`: instances of
    scopes told apart; of further ones less is judged, and the report says so. `unpacked`: bytes that a compressed
    file, or the compressed body of a response, may unpack to, `whole`: bytes of a file that is no plain stream, which
    must be in memory as a whole; what has more is refused.
    """

    block: int = MAX_BLOCK
    line: int = MAX_BLOCK
    lines: int = 100_000
    depth: int = MAX_DEPTH
    joined: int = 16 * 2**20
    findings: int = 100
    places: int = 10
    instances: int = 10_000
    unpacked: int = 256 * 2**20
    whole: int = 256 * 2**20

    def changed(self, given: Mapping[str, int | str], origin: str) -> Limits:
        """Return limits with these instead: whole numbers from 1, or texts such as ``128MiB``.

        Raises:
            ConfigError: a name is unknown, or what it is set to is no size.

        """
        changed = replace(self, **{_name(name, origin): _bytes(name, value, origin) for name, value in given.items()})
        if changed.depth > DEEPEST:
            raise ConfigError(
                f"{origin}: limit depth: {changed.depth} is more than {DEEPEST}, the deepest that is read"
            )
        return changed

    def check(self, event: Event) -> None:
        """Refuse an event with too many lines, or too long a one.

        Raises:
            LineTooLong: it is such.

        """
        raw = event.raw
        lines = event.last_line - event.line + (not event.terminated)
        if lines > self.lines:
            raise LineTooLong(event, f"has {lines} lines, and {self.lines} is the limit", "lines=NUMBER", self.lines)
        if len(raw) > self.line and (longest := max(map(len, raw.splitlines()), default=0)) > self.line:
            says = f"has a line of {longest} bytes, and {self.line} is the limit"
            raise LineTooLong(event, says, "line=SIZE", self.line)


def _name(name: str, origin: str) -> str:
    known = [field.name for field in fields(Limits)]
    if name not in known:
        raise ConfigError(f"{origin}: unknown limit {name!r:.60}: known are {', '.join(known)}{nearest(name, known)}")
    return name


def _bytes(name: str, value: int | str, origin: str) -> int:
    match = _SIZE.fullmatch(str(value))
    number = int(match[1]) * _UNITS[match[2] or ""] if match else 0
    if number < 1:
        raise ConfigError(
            f"{origin}: limit {name}: {value!r:.60} is not a whole number from 1, or one with KiB, MiB, GiB"
        )
    return number


def size(number: int) -> str:
    """Return a number of bytes as a person writes it, such as ``256 MiB`` or ``1000 bytes``."""
    for unit in ("GiB", "MiB", "KiB"):
        if number % _UNITS[unit] == 0:
            return f"{number // _UNITS[unit]} {unit}"
    return f"{number} bytes"
