"""What came of the scenarios of several probes, scenario by scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What came of a scenario, the gravest first; ``skipped``: it was not judged, ``absent``: it was not there to ask.
ScenarioState = Literal["error", "warning", "info", "pass", "idle", "skipped", "absent"]

_STATES: Mapping[str, ScenarioState] = {"fail": "error", "warn": "warning", "info": "info", "pass": "pass"}


@dataclass(frozen=True, slots=True)
class ScenarioCell:
    """What came of a scenario at one provider, and why it says nothing, if so; `sources` are the captures of it."""

    state: ScenarioState
    why: str | None = None
    sources: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"state": self.state, "why": self.why, "sources": list(self.sources)}


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """A scenario, and a cell for each provider."""

    scenario: str
    title: str
    cells: tuple[ScenarioCell, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"scenario": self.scenario, "title": self.title, "cells": [cell.to_dict() for cell in self.cells]}


def scenario_rows(probes: Sequence[Mapping[str, Any] | None]) -> tuple[ScenarioRow, ...]:
    """Return the scenarios of probes, in their order; None stands for a provider that was not probed."""
    titles: dict[str, str] = {}
    asked: list[dict[str, Mapping[str, Any]]] = []
    for probe in probes:
        outcomes = {one["scenario"]: one for one in (probe or {}).get("scenarios", ())}
        titles = {**{name: one["title"] for name, one in outcomes.items()}, **titles}
        asked.append(outcomes)
    order = list(dict.fromkeys(name for outcomes in asked for name in outcomes))
    return tuple(
        ScenarioRow(name, titles[name], tuple(_cell(outcomes.get(name)) for outcomes in asked)) for name in order
    )


def _cell(outcome: Mapping[str, Any] | None) -> ScenarioCell:
    if outcome is None:
        return ScenarioCell("absent")
    sources = tuple(outcome["sources"])
    if outcome["not_judged"] is not None:
        return ScenarioCell("skipped", outcome["not_judged"], sources)
    layers = set(outcome["layers"].values())
    state: ScenarioState = next((ours for theirs, ours in _STATES.items() if theirs in layers), "idle")
    return ScenarioCell(state, outcome["not_exercised"], sources)
