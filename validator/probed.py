"""What came of asking a running server: scenarios by layer, what was not judged and why, the score of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The layer of what a scenario expects beside the rules.
ASKED = "asked"

#: What came of a layer in a scenario: its gravest finding, ``pass`` if there is none, ``idle`` if no rule of the
#: layer had anything to judge.
State = Literal["pass", "info", "warn", "fail", "idle"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one scenario.

    `sources` are the reports' names of its answers, `cells` the state of each layer, in the order of the layers.
    `idle` says why the scenario shows nothing of what it is for, `skipped` why it was not judged at all.
    """

    scenario: str
    title: str
    sources: tuple[str, ...] = ()
    cells: Mapping[str, State] = field(default_factory=dict)
    idle: str | None = None
    skipped: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "scenario": self.scenario,
            "title": self.title,
            "sources": list(self.sources),
            "layers": dict(self.cells),
            "not_exercised": self.idle,
            "not_judged": self.skipped,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """Of the rules that had something to judge, by one profile: how many are without errors, and which are not.

    Those that are `warned` pass, with a warning.
    """

    exercised: int
    warned: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many rules have no error."""
        return self.exercised - len(self.failed)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "exercised": self.exercised,
            "passed": self.passed,
            "warned": list(self.warned),
            "failed": list(self.failed),
        }


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of a probe.

    `url` is where was asked, without any secret, `model` for what. `requests` were sent, and `tokens` is the most
    that their answers could have. `scores` are by the profiles that the protocol names for every report. `rules` is
    how many rules there are. `expected` are the names of what scenarios expected beside the rules.
    """

    url: str
    model: str
    profile: str
    layers: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    scores: Mapping[str, Score]
    rules: int
    requests: int
    tokens: int
    expected: tuple[str, ...] = ()

    @property
    def judged(self) -> tuple[Outcome, ...]:
        """The scenarios that were judged."""
        return tuple(one for one in self.outcomes if one.skipped is None)

    @property
    def skipped(self) -> tuple[Outcome, ...]:
        """The scenarios that were not."""
        return tuple(one for one in self.outcomes if one.skipped is not None)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, as schemas/meta/report.json has it."""
        return {
            "url": self.url,
            "model": self.model,
            "profile": self.profile,
            "requests": self.requests,
            "tokens": self.tokens,
            "rules": self.rules,
            "expected": list(self.expected),
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "layers": list(self.layers),
            "scenarios": [one.to_dict() for one in self.outcomes],
        }
