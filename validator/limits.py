"""What one stream may cost: bytes held, text joined, findings told. Beyond a limit less is said, never nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from validator.sse import MAX_BLOCK
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SIZE = re.compile(r"([0-9]{1,15}) ?(KiB|MiB|GiB)?")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one stream.

    `block`: bytes of one event; a longer one cannot be judged. `joined`: characters of fragments kept to be joined,
    in all; beyond it joined texts are not judged. `findings`: findings of one rule told apart; further ones are
    counted with the last. `places`: places told of one finding. `instances`: instances of scopes told apart; what
    belongs to further ones is judged less closely.
    """

    block: int = MAX_BLOCK
    joined: int = 16 * 2**20
    findings: int = 100
    places: int = 10
    instances: int = 10_000

    def changed(self, given: Mapping[str, int | str], origin: str) -> Limits:
        """Return limits with these instead: whole numbers from 1, or texts such as ``128MiB``.

        Raises:
            ConfigError: a name is unknown, or what it is set to is no size.

        """
        return replace(self, **{_name(name, origin): _size(name, value, origin) for name, value in given.items()})


def _name(name: str, origin: str) -> str:
    known = [field.name for field in fields(Limits)]
    if name not in known:
        raise ConfigError(f"{origin}: unknown limit {name!r}: known are {', '.join(known)}{nearest(name, known)}")
    return name


def _size(name: str, value: int | str, origin: str) -> int:
    match = _SIZE.fullmatch(str(value))
    size = int(match[1]) * _UNITS[match[2] or ""] if match else 0
    if size < 1:
        raise ConfigError(
            f"{origin}: limit {name}: {value!r:.60} is not a whole number from 1, or one with KiB, MiB, GiB"
        )
    return size
