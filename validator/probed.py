"""What came of asking a running server: scenarios by layer, what was not judged and why, the score of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from validator.finding import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.finding import Severity
    from validator.report import StreamReport

#: The layer of what a scenario expects beside the rules.
ASKED = "asked"

#: What came of a layer in a scenario: its gravest finding, ``pass`` if there is none, ``idle`` if no rule of the
#: layer had anything to judge.
State = Literal["pass", "info", "warn", "fail", "idle"]

_STATES: Mapping[Severity, State] = {"error": "fail", "warning": "warn", "info": "info"}


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
    how many rules there are.
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
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "layers": list(self.layers),
            "scenarios": [one.to_dict() for one in self.outcomes],
        }


def cells(streams: Iterable[StreamReport], layers: Mapping[str, str], order: Iterable[str]) -> dict[str, State]:
    """Return the state of each layer.

    Args:
        streams: what is said of the answers.
        layers: the layer of each rule.
        order: the layers.

    """
    found: dict[str, State] = dict.fromkeys(order, "idle")
    gravest: dict[str, Severity] = {}
    for stream in streams:
        for rule in stream.exercised:
            found[layers.get(rule, ASKED)] = "pass"
        for one in stream.counting:
            if rank(one.severity) > rank(gravest.get(one.layer, "off")):
                gravest[one.layer] = one.severity
    return {**found, **{layer: _STATES[severity] for layer, severity in gravest.items()}}


def scores(streams: Iterable[StreamReport], expected: Iterable[str] = ()) -> dict[str, Score]:
    """Return the score by each profile of reference; `expected` are what is no rule, and counts in no score."""
    streams, apart = list(streams), set(expected)
    exercised = {rule for stream in streams for rule in stream.exercised}
    found: dict[str, dict[str, Severity]] = {}
    for stream in streams:
        for name, verdict in stream.verdicts.items():
            worst = found.setdefault(name, {})
            for rule, severity in verdict.rules.items():
                if rank(severity) > rank(worst.get(rule, "off")):
                    worst[rule] = severity
    return {
        name: Score(
            len((exercised | worst.keys()) - apart),
            tuple(sorted(rule for rule, severity in worst.items() if severity == "warning" and rule not in apart)),
            tuple(sorted(rule for rule, severity in worst.items() if severity == "error" and rule not in apart)),
        )
        for name, worst in found.items()
    }
