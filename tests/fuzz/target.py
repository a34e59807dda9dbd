"""What a fuzz target is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

#: Inputs that are kept: each was written for its target, or was found by it and broke something once.
KEPT = Path(__file__).parent / "kept"


@dataclass(frozen=True)
class Target:
    """Something that takes bytes of strangers.

    `holds` takes any bytes and raises where something does not hold; `seeds` gives inputs to start from, beside the
    kept ones; `mutated` changes one as its format allows, where bytes changed at random would hardly get anywhere.
    `needs` names a module without which it cannot run.
    """

    name: str
    what: str
    holds: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]] = tuple
    mutated: Callable[[bytes, Random], bytes] | None = None
    needs: str | None = None

    def kept(self) -> list[Path]:
        """Return the files of the kept inputs."""
        return sorted(one for one in (KEPT / self.name).glob("*") if one.is_file())
