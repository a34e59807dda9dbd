"""The defects of ``defects.yaml``: what is known of each peer, and what a probe must find of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from tests.peers.peer import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.peers.asked import Asked


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect of a server: the rules that it breaks, where it is seen, and what to change."""

    rules: list[str]
    see: str
    says: str
    change: str
    bytes: str | None = None
    sometimes: bool = False

    def seen_in(self, text: str) -> bool:
        """Whether the bytes stand in a capture; ⏎ is a line end, … stands for any text, $ ends the capture."""
        if self.bytes is None:
            return True
        pieces = (re.escape(piece) for piece in self.bytes.removesuffix("$").split("…"))
        pattern = ".*?".join(pieces).replace("⏎", "\n") + (r"\Z" if self.bytes.endswith("$") else "")
        return re.search(pattern, text, re.DOTALL) is not None

    def missing(self, asked: Asked) -> Iterator[str]:
        """Yield what a probe should have found of this defect and did not."""
        found = asked.found()
        if self.sometimes and not found.keys() & set(self.rules):
            return
        for rule in self.rules:
            if rule not in found:
                yield f"{rule}: not found"
        seen = [one for one in found.get(self.rules[0], ()) if fnmatchcase(one, self.see)]
        if not seen and not self.sometimes:
            yield f"{self.rules[0]}: not found in {self.see}"
        if seen and not any(self.seen_in(asked.text(one)) for one in seen):
            yield f"{self.rules[0]}: {self.see} has no {self.bytes}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a peer, of the version at which somebody looked."""

    version: str
    defects: list[Defect]

    @property
    def rules(self) -> set[str]:
        return {rule for one in self.defects for rule in one.rules}


@cache
def known() -> dict[str, Known]:
    """Return what is known of each peer, by its name."""
    said: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "defects.yaml").read_text("utf-8"))
    return {
        name: Known(str(one["version"]), [Defect(**each) for each in one["defects"]]) for name, one in said.items()
    }
