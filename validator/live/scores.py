"""What the reports of a probe's answers come to: the state of each layer, and the score of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.finding import rank
from validator.probed import ASKED, Score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.finding import Severity
    from validator.probed import State
    from validator.report import StreamReport

_STATES: Mapping[Severity, State] = {"error": "fail", "warning": "warn", "info": "info"}


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
