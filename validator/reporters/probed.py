"""What came of a probe, as reports share it: the matrix of scenarios by layer, the score, what was not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.reporters.visible import visible
from validator.reporters.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from validator.probed import Probed, Score, State

#: The sign of each state in a matrix, and its word.
SIGNS: Mapping[State, str] = {"pass": "+", "info": "i", "warn": "w", "fail": "F", "idle": "."}
WORDS: Mapping[State, str] = {
    "pass": "passes", "info": "info", "warn": "warning", "fail": "error", "idle": "nothing to judge",
}  # fmt: skip

#: What the matrix says of its signs.
LEGEND = ", ".join(f"{SIGNS[state]} {word}" for state, word in WORDS.items())

#: How many rules a score names of each kind.
_MOST = 12


def matrix(probed: Probed) -> Iterator[str]:
    """Yield the lines of the matrix: a head that leads from layers to columns, then a row for each scenario."""
    rows = probed.judged
    if not rows:
        return
    width = max(len(one.scenario) for one in rows)
    for column, layer in enumerate(probed.layers):
        yield " " * (width + 2) + "| " * column + layer
    for one in rows:
        signs = " ".join(SIGNS[one.cells.get(layer, "idle")] for layer in probed.layers)
        yield f"{one.scenario:<{width}}  {signs}"
    yield f"({LEGEND})"


def score_text(name: str, score: Score) -> str:
    """Return the score by one profile in a line."""
    told = f"{name}: {score.passed} of {number(score.exercised, 'rule')} that had something to judge pass"
    if score.warned:
        told += f", {len(score.warned)} of them with warnings ({_names(score.warned)})"
    if score.failed:
        told += f"; {number(len(score.failed), 'rule')} with errors: {_names(score.failed)}"
    return told


def _names(rules: tuple[str, ...]) -> str:
    more = f" and {len(rules) - _MOST} more" if len(rules) > _MOST else ""
    return ", ".join(rules[:_MOST]) + more


def scores(probed: Probed) -> Iterator[str]:
    """Yield the scores, a line each, and what the probe cost."""
    for name, score in probed.scores.items():
        yield score_text(name, score)
    judged = len(probed.judged)
    yield (
        f"{judged} of {number(len(probed.outcomes), 'scenario')} judged, by {number(probed.requests, 'request')} for"
        f" at most {number(probed.tokens, 'token')}"
    )


def idle(probed: Probed) -> list[tuple[str, str]]:
    """Return the scenarios whose answers do not show what they are for, each with the reason."""
    return [(one.scenario, visible(one.idle)) for one in probed.judged if one.idle is not None]


def skipped(probed: Probed) -> list[tuple[str, str]]:
    """Return the scenarios that were not judged, each with the reason."""
    return [(one.scenario, visible(one.skipped or "")) for one in probed.skipped]
