"""The matrix: captures of several providers or versions, judged by the same rules, beside one another.

Each stream is judged as a check would judge it, and by the strictest profile of its protocol; so each rule has a
state by three verdicts: the profile that the stream is judged by, the strict one, and the compatible one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from validator import catalogue
from validator.finding import rank
from validator.report import Verdict, tool_version
from validator.scenarios import ScenarioRow, scenario_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.finding import Finding, Severity
    from validator.judge import Judge
    from validator.report import Failure, StreamReport
    from validator.rule import Rule

#: By whose profile a rule's state is told, and what it is called.
By = Literal["own", "strict", "compatible"]
VERDICTS: Mapping[By, str] = {"own": "own profile", "strict": "strict", "compatible": "compatible"}

#: What came of a rule in the streams of a provider: its gravest finding; or ``pass``; or why that says nothing:
#: no stream had anything to judge (``idle``), no capture holds what it needs (``unjudged``), it is ``off``.
State = Literal["error", "warning", "info", "pass", "idle", "unjudged", "off"]

_FOUND: tuple[State, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Judged:
    """One stream, judged by its own profile and by the strictest of its protocol (the same report, if these are one).

    `off` are the rules that are off by each verdict.
    """

    own: StreamReport
    strict: StreamReport
    off: Mapping[By, frozenset[str]]

    def found(self, by: By) -> Mapping[str, Severity]:
        """Return the gravest severity of each rule that is broken."""
        if by == "own":
            return Verdict.of(self.own.counting).rules
        names = list(self.own.verdicts)
        return self.own.verdicts[names[0 if by == "strict" else -1]].rules if names else {}

    def states(self, rules: Iterable[str], by: By) -> Iterator[tuple[str, State]]:
        """Yield what came of each of the rules."""
        found, off = self.found(by), self.off[by]
        told = self.own if by == "own" else self.strict
        exercised = set(told.exercised)
        for rule in rules:
            severity = found.get(rule, "off")
            if severity != "off":
                yield rule, severity
            elif rule in off:
                yield rule, "off"
            elif rule in exercised:
                yield rule, "pass"
            else:
                yield rule, "unjudged" if rule in told.not_judged else "idle"

    def findings(self, rule: str) -> list[Finding]:
        """Return the findings of a rule, by its own profile or, if that allows it, by the strictest."""
        own = [one for one in self.own.counting if one.rule == rule]
        return own or [one for one in self.strict.counting if one.rule == rule]


@dataclass(frozen=True, slots=True)
class Provider:
    """The streams of one provider or version: what it is called, where its captures are, what could not be judged.

    `probe` is what `chunkspec probe` left beside them, by schemas/meta/report.json.
    """

    name: str
    folder: str
    streams: tuple[Judged, ...]
    failures: tuple[Failure, ...] = ()
    probe: Mapping[str, Any] | None = None

    def passing(self, by: By) -> int:
        """Return how many streams have no error."""
        return sum("error" not in one.found(by).values() for one in self.streams)


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of a rule in the streams of a provider.

    `streams` is how many have findings of the gravest severity, `judged` how many had something to judge, and
    `example` the first of the streams with the gravest, by its position.
    """

    state: State
    streams: int = 0
    judged: int = 0
    example: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A rule, and by each verdict a cell for each provider."""

    rule: str
    layer: str
    title: str
    cells: Mapping[By, tuple[Cell, ...]]

    def tells(self, by: By) -> bool:
        """Whether some provider fails it, or they differ in it."""
        states = {cell.state for cell in self.cells[by]} - {"idle", "unjudged", "off"}
        return len(states) > 1 or bool(states & {"error", "warning"})


@dataclass(frozen=True)
class Matrix:
    """Providers by rules."""

    providers: tuple[Provider, ...]
    rules: Mapping[str, Rule] = field(default_factory=dict)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rules that some stream was judged by, layer by layer."""
        seen = [one for provider in self.providers for one in provider.streams]
        known = {rule for one in seen for of in (one.own, one.strict)
                 for rule in (*of.exercised, *of.unexercised, *of.not_judged)}  # fmt: skip
        layers = list(dict.fromkeys(rule.layer for rule in self.rules.values()))
        ordered = sorted((rule for rule in self.rules.values() if rule.id in known),
                         key=lambda rule: layers.index(rule.layer))  # fmt: skip
        columns = {by: [_cells(provider, by, known) for provider in self.providers] for by in VERDICTS}
        return tuple(
            Row(rule.id, rule.layer, rule.title, {by: tuple(one[rule.id] for one in columns[by]) for by in VERDICTS})
            for rule in ordered
        )

    @cached_property
    def scenarios(self) -> tuple[ScenarioRow, ...]:
        """The scenarios of those providers that were probed."""
        return scenario_rows([one.probe for one in self.providers])

    def layers(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield each layer and its rows."""
        by_layer: dict[str, list[Row]] = {}
        for row in self.rows:
            by_layer.setdefault(row.layer, []).append(row)
        yield from by_layer.items()

    def count(self, provider: int, by: By, state: State) -> int:
        """Return how many rules came out so."""
        return sum(row.cells[by][provider].state == state for row in self.rows)

    def example(self, provider: int, cell: Cell, rule: str) -> tuple[Judged, Finding | None] | None:
        """Return the stream that a cell leads to, and the finding, if it is there."""
        if cell.example is None:
            return None
        stream = self.providers[provider].streams[cell.example]
        findings = sorted(stream.findings(rule), key=lambda one: -rank(one.severity))
        return stream, findings[0] if findings else None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, by schemas/meta/matrix.json."""
        return {
            "version": 1,
            "tool": {"name": "chunkspec", "version": tool_version()},
            "providers": [self._provider(one) for one in self.providers],
            "scenarios": [one.to_dict() for one in self.scenarios],
            "rules": [
                {
                    "rule": row.rule, "layer": row.layer, "title": row.title,
                    "verdicts": {by: [self._cell(at, cell, row.rule) for at, cell in enumerate(row.cells[by])]
                                 for by in VERDICTS},
                }
                for row in self.rows
            ],
        }  # fmt: skip

    def _provider(self, one: Provider) -> dict[str, Any]:
        return {
            "name": one.name,
            "folder": one.folder,
            "streams": len(one.streams),
            "profiles": dict(Counter(stream.own.profile for stream in one.streams)),
            "passing": {by: one.passing(by) for by in VERDICTS},
            "failures": [failure.to_dict() for failure in one.failures],
        }

    def _cell(self, provider: int, cell: Cell, rule: str) -> dict[str, Any]:
        found = self.example(provider, cell, rule)
        example = None
        if found is not None:
            stream, finding = found
            about = {"message": finding.message, **finding.where.to_dict()} if finding is not None else {}
            example = {"source": stream.own.source, **about}
        return {"state": cell.state, "streams": cell.streams, "judged": cell.judged, "example": example}


def judged(judge: Judge, own: StreamReport, strict: StreamReport) -> Judged:
    """Return a stream as two profiles judge it, its own and the strictest, with the rules that are off by each."""
    names = list(own.verdicts)
    profiles: dict[By, str] = {"own": own.profile}
    if names:
        profiles |= {"strict": names[0], "compatible": names[-1]}
    return Judged(own, strict, {by: judge.off(profiles.get(by, own.profile)) for by in VERDICTS})


def rules_of(judge: Judge, streams: Iterable[Judged]) -> dict[str, Rule]:
    """Return the rules of all protocols that streams are of."""
    names = dict.fromkeys(one.own.protocol for one in streams)
    found: dict[str, Rule] = {}
    for name in names:
        for rule in judge.rules(catalogue.protocol(name)).values():
            found.setdefault(rule.id, rule)
    return found


def _cells(provider: Provider, by: By, rules: Iterable[str]) -> dict[str, Cell]:
    states: dict[str, list[tuple[State, int]]] = {rule: [] for rule in rules}
    for at, stream in enumerate(provider.streams):
        for rule, state in stream.states(states, by):
            states[rule].append((state, at))
    return {rule: _cell(of_it) for rule, of_it in states.items()}


def _cell(states: list[tuple[State, int]]) -> Cell:
    counts = Counter(state for state, _ in states)
    had = sum(counts[state] for state in (*_FOUND, "pass"))
    for state in _FOUND:
        if counts[state]:
            return Cell(state, counts[state], had, next(at for one, at in states if one == state))
    others: tuple[State, ...] = ("pass", "idle", "unjudged", "off")
    return Cell(next((one for one in others if counts[one]), "idle"), 0, had)
