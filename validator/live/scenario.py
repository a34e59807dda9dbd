"""Scenarios: what a running server is asked, and what must come beside what the rules judge. They are data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from validator import catalogue
from validator.live.asking import Asking
from validator.place import Place, PlaceError
from validator.probed import ASKED
from validator.rule import Rule
from validator.schema import SchemaError, SchemaSet
from validator.yamlfile import ConfigError, nearest, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from validator.finding import Severity
    from validator.judge import Judge
    from validator.protocol import Protocol

#: How many tokens an answer may have, where its scenario does not say.
TOKENS = 256


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a scenario; the names are those of schemas/meta/scenario.json."""

    name: str
    members: Mapping[str, Any]
    tokens: int = TOKENS
    stream: bool = True
    raw: str | None = None
    key: Literal["given", "none", "wrong"] = "given"
    leave: int | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """What shows that an answer did what its scenario is for: a value at a place, or so many payloads."""

    on: Place | None
    where: Any
    chunks: int
    otherwise: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold beside the rules: a `check` of `validator.live.expect` with its options, and words for it.

    `given` says that its severity was asked for, so that it holds for every way to break it.
    """

    id: str
    title: str
    severity: Severity
    check: str
    options: Mapping[str, Any]
    expect: str
    why: str = ""
    fix: str | None = None
    given: bool = False

    def rule(self) -> Rule:
        """Return it as reports show a rule."""
        return Rule(
            id=self.id, title=self.title, severity=self.severity, layer=ASKED, on=(), check="",
            expect=self.expect, why=self.why, fix=self.fix,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked, by which requests, and what must come."""

    id: str
    title: str
    asks: tuple[str, ...]
    requests: tuple[Ask, ...]
    together: bool
    exercised: Sign | None
    expect: tuple[Expectation, ...]
    origin: str = ""

    def request(self, name: str) -> Ask:
        """Return the request of a name."""
        return next(one for one in self.requests if one.name == name)

    def file(self, ask: Ask) -> str:
        """Return what the capture of a request's answer is called, without a suffix."""
        return f"{self.id}-{ask.name}" if ask.name else self.id

    def refused(self, ask: Ask) -> bool:
        """Whether the answer to a request must be a refusal."""
        return any(_refused(one, self) is ask for one in self.expect if one.check == "refused")

    def tells_of_life(self, ask: Ask) -> bool:
        """Whether a request is there to see if the server still answers, so that none may come."""
        return any(one.options["of"] == ask.name for one in self.expect if one.check == "answered")


def _refused(expectation: Expectation, scenario: Scenario) -> Ask:
    name = expectation.options.get("of")
    return scenario.requests[-1] if name is None else scenario.request(name)


def load(given: Iterable[Path], asking: Asking) -> list[Scenario]:
    """Return the scenarios of files, and of all ``*.yaml`` in folders.

    Raises:
        ConfigError: one cannot be read or is wrong; the message names the file and the scenario.

    """
    found: dict[str, Scenario] = {}
    for path in given:
        files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]
        if not files:
            raise ConfigError(f"{path}: there is no scenario (*.yaml) in it")
        for file in files:
            for entry in read_yaml(file, "scenario", unique=True):
                scenario = _scenario(entry, str(file), asking)
                if scenario.id in found:
                    raise ConfigError(f"{file}: scenario {scenario.id!r} is already in {found[scenario.id].origin}")
                found[scenario.id] = scenario
    return list(found.values())


def expectation(name: str) -> tuple[Protocol, Rule] | None:
    """Return what a built-in scenario expects, by the expectation's name, and the protocol; None if there is none."""
    for protocol, folder in catalogue.protocol_folders().items():
        if not (folder / "scenarios").is_dir():
            continue
        found = catalogue.protocol(protocol)
        asking = Asking.of(found)
        for scenario in load([asking.scenarios], asking):
            for one in scenario.expect:
                if one.id == name:
                    return found, one.rule()
    return None


def graded(scenarios: Iterable[Scenario], judge: Judge) -> tuple[list[Scenario], Judge]:
    """Return scenarios whose expectations are as grave as a judge's options say, and the judge without these.

    So expectations are named in options as rules are, and their layer as layers are.
    """
    scenarios = list(scenarios)
    names = {one.id for scenario in scenarios for one in scenario.expect} | {ASKED}
    rest = replace(
        judge,
        select=tuple(name for name in judge.select if name not in names) or judge.select,
        ignore=tuple(name for name in judge.ignore if name not in names),
        severities={name: level for name, level in judge.severities.items() if name not in names},
    )
    if judge.select and names.issuperset(judge.select):
        rest.select, rest.ignore = (), tuple(sorted(catalogue.layer_names()))
    return [
        replace(one, expect=tuple(_graded(expected, judge) for expected in one.expect)) for one in scenarios
    ], rest


def _graded(expectation: Expectation, judge: Judge) -> Expectation:
    own = (expectation.id, ASKED)
    selected = not set(own).isdisjoint(judge.select)
    if not set(own).isdisjoint(judge.ignore) or (judge.select and not selected):
        return replace(expectation, severity="off", given=True)
    level = next((judge.severities[name] for name in own if name in judge.severities), None)
    return expectation if level is None else replace(expectation, severity=level, given=True)


def chosen(scenarios: Iterable[Scenario], only: Iterable[str]) -> list[Scenario]:
    """Return the scenarios of these names, or all if there are none.

    Raises:
        ConfigError: there is no scenario of a name.

    """
    known = {one.id: one for one in scenarios}
    wanted = list(dict.fromkeys(only))
    for name in wanted:
        if name not in known:
            raise ConfigError(f"unknown scenario {name!r:.60}{nearest(name, list(known))}; --list names them all")
    return [one for one in known.values() if not wanted or one.id in wanted]


def _scenario(entry: dict[str, Any], file: str, asking: Asking) -> Scenario:
    where = f"{file}: scenario {entry['id']!r}"
    for name in entry.get("asks", ()):
        if name not in asking.capabilities:
            known = list(asking.capabilities)
            near = nearest(name, known)
            raise ConfigError(f"{where}: unknown capability {name!r:.60}: known are {', '.join(known)}{near}")
    requests = tuple(_ask(one, entry) for one in entry.get("requests", ({},)))
    names = [one.name for one in requests]
    if len(set(names)) != len(names) or (len(names) > 1 and "" in names):
        raise ConfigError(f"{where}: each of several requests has a name of its own, `as`")
    scenario = Scenario(
        id=entry["id"],
        title=entry["title"],
        asks=tuple(entry.get("asks", ())),
        requests=requests,
        together=entry.get("together", False),
        exercised=_sign(entry["exercised"], where) if "exercised" in entry else None,
        expect=tuple(_expectation(one) for one in entry.get("expect", ())),
        origin=file,
    )
    for one in scenario.expect:
        _check(one, names, where)
    return scenario


def _ask(one: Mapping[str, Any], entry: Mapping[str, Any]) -> Ask:
    ask = Ask(
        one.get("as", ""),
        {**entry.get("request", {}), **one.get("request", {})},
        one.get("tokens", entry.get("tokens", TOKENS)),
    )
    how = {name: one[name] for name in ("stream", "raw", "key", "leave") if name in one}
    return replace(ask, **how)


def _sign(entry: Mapping[str, Any], where: str) -> Sign:
    if ("on" in entry) == ("chunks" in entry):
        raise ConfigError(f"{where}: exercised: the sign is either a value `on` a place, or a number of `chunks`")
    condition = entry.get("where", "non-null")
    _compiles(condition, where)
    place = _place(entry["on"], where) if "on" in entry else None
    return Sign(place, condition, entry.get("chunks", 0), entry["else"])


def _expectation(entry: Mapping[str, Any]) -> Expectation:
    ((check, options),) = entry["check"].items()
    return Expectation(
        entry["id"], entry["title"], entry.get("severity", "error"), check, options,
        entry["expect"], entry.get("why", ""), entry.get("fix"),
    )  # fmt: skip


def _check(expectation: Expectation, names: list[str], where: str) -> None:
    """Refuse an expectation that speaks of an answer, or a place, that there is not."""
    options = expectation.options
    said = [options[key] for key in ("of", "as", "after") if key in options] + [*options.get("words", ())]
    for name in said:
        if name not in names:
            raise ConfigError(f"{where}: {expectation.id}: there is no request {name!r}{nearest(name, names)}")
    if "text" in options:
        _place(options["text"], where)


def _place(text: str, where: str) -> Place:
    try:
        found = Place.parse(text)
    except PlaceError as error:
        raise ConfigError(f"{where}: {error}") from error
    if found.root != "json":
        raise ConfigError(f"{where}: {text!r} is no place of a payload")
    return found


def _compiles(condition: Any, where: str) -> None:
    if type(condition) is dict:
        try:
            SchemaSet().compile(condition)
        except SchemaError as error:
            raise ConfigError(f"{where}: exercised: {error}") from error
