"""What came of a rule at a provider, in a sign and in words, as all forms of a matrix say it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from validator.matrix import VERDICTS
from validator.reporters.words import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.matrix import By, Cell, Matrix, Provider, State
    from validator.scenarios import ScenarioState

#: The sign of each state.
SIGNS: Mapping[State, str] = {
    "error": "E", "warning": "W", "info": "i", "pass": "✓", "idle": "·", "unjudged": "?", "off": "off",
}  # fmt: skip

#: The sign of what came of a scenario.
SCENARIO_SIGNS: Mapping[ScenarioState, str] = {
    "error": "E", "warning": "W", "info": "i", "pass": "✓", "idle": "·", "skipped": "?", "absent": "",
}  # fmt: skip

#: What the signs mean.
LEGEND = (
    "E error, W warning, i info, each with the number of streams that have one; ✓ passes; · no stream had anything to"
    " judge; ? the captures do not hold what the rule needs; off: the profile does not judge it."
)


def cell_text(cell: Cell) -> str:
    """Return a cell in a sign, and the number of streams if there are findings."""
    return f"{SIGNS[cell.state]} {cell.streams}" if cell.example is not None else SIGNS[cell.state]


def cell_words(cell: Cell) -> str:
    """Return what a cell with findings says."""
    return f"{cell.state} in {cell.streams} of {number(cell.judged, 'stream')} that had something to judge"


def profiles(provider: Provider) -> str:
    """Return by which profiles the streams of a provider were judged."""
    used = Counter(one.own.profile for one in provider.streams)
    return ", ".join(name if len(used) == 1 else f"{name} {count}" for name, count in used.most_common())


def verdict(matrix: Matrix, by: By) -> str:
    """Return what came of it all, in a line."""
    broken = sum(any(cell.state == "error" for cell in row.cells[by]) for row in matrix.rows)
    told = f"{number(len(matrix.providers), 'provider')}, {number(len(matrix.rows), 'rule')}"
    clean = sum(one.passing(by) == len(one.streams) > 0 for one in matrix.providers)
    return f"{told}: {broken} with errors somewhere, {clean} of the providers without any ({VERDICTS[by]})"
