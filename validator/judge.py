"""What to judge by: profiles, options and further rules, compiled into plans when first needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from validator import catalogue
from validator.finding import SEVERITIES
from validator.grades import Grades
from validator.limits import Limits
from validator.plan import Plan
from validator.recognise import AUTO
from validator.yamlfile import ConfigError, keep_parsed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from validator.config import Config
    from validator.finding import Severity
    from validator.protocol import Protocol
    from validator.rule import Need, Rule


@dataclass
class Judge:
    """What to judge streams by; plans are compiled when first needed, and shared.

    `profile` is a name, a file, or ``auto`` (None: what the sidecar says, else the default); it decides the protocol.
    `more` are files of further rules; `severities`, `select` and `ignore` name rules or layers of any protocol.
    `config` says what these leave open.
    """

    profile: str | None = None
    more: tuple[Path, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    limits: Limits = Limits()  # noqa: RUF009 - it is frozen
    config: Config | None = None
    _graded: dict[str | None, Grades] = field(default_factory=dict)
    _plans: dict[tuple[Grades, frozenset[Need]], Plan] = field(default_factory=dict)
    _ready: dict[tuple[str | None, frozenset[Need]], tuple[Plan, list[tuple[Grades, Plan]]]] = field(
        default_factory=dict
    )
    _rules: dict[str, Mapping[str, Rule]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a profile without a name, which is none and not the default one."""
        if self.profile == "":
            raise ConfigError("an empty name is no profile: has a variable no value?")

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs; it compiles plans of its own."""
        return {**self.__dict__, "_graded": {}, "_plans": {}, "_ready": {}, "_rules": {}}

    def rules(self, protocol: Protocol) -> Mapping[str, Rule]:
        """Return a protocol's rules and the further ones."""
        if protocol.name not in self._rules:
            rules = dict(protocol.rules)
            configured = self.config.rules if self.config else ()
            given = {path.resolve() for path in self.more}
            for path in (*self.more, *(one for one in configured if one.resolve() not in given)):
                catalogue.add_rules(rules, catalogue.load_rules(path, "house"))
            self._rules[protocol.name] = rules
        return self._rules[protocol.name]

    def ready(self) -> None:
        """Compile what captures are judged by that say no more, and so refuse now what nothing can be judged by.

        Raises:
            ConfigError: the profile, a rule or an option cannot be used.

        """
        first = self.profile or (self.config.profile if self.config else None)
        self.plans(None if first == AUTO else first)

    def profile_for(self, source: str, meta: Mapping[str, Any]) -> str | None:
        """Return the profile for a capture: the one given, its sidecar's, or the configuration's by its path."""
        return self.profile or meta.get("profile") or (self.config.profile_of(source) if self.config else None)

    def plans(
        self, profile: str | None = None, held: frozenset[Need] = frozenset({"bytes"})
    ) -> tuple[Plan, list[tuple[Grades, Plan]]]:
        """Return the plan of a profile for captures that hold so much, and its protocol's verdicts of reference.

        Each of these is its grades, and the plan to find by: the same one, if only severities differ.

        Args:
            profile: its name or file, None the default one.
            held: what the capture holds.

        Raises:
            ConfigError: the profile, a rule or an option cannot be used.

        """
        if (profile, held) not in self._ready:
            self._ready[profile, held] = self._compiled(profile, held)
        return self._ready[profile, held]

    def _compiled(self, profile: str | None, held: frozenset[Need]) -> tuple[Plan, list[tuple[Grades, Plan]]]:
        plan = self._plan(self._grades(profile), held)
        finders = [plan]
        references = []
        for name in plan.protocol.verdicts:
            grades = self._grades(name)
            finder = next((one for one in finders if one.grades.covers(grades)), None)
            if finder is None:
                finder = self._plan(grades, held)
                finders.append(finder)
            references.append((grades, finder))
        keep_parsed()
        return plan, references

    def off(self, profile: str) -> frozenset[str]:
        """Return the rules that are off by a profile; none, if no profile of this name is known."""
        graded = (one for one in self._graded.values() if one.profile.name == profile)
        grades = next(graded, None) or (self._grades(profile) if profile in catalogue.profile_files() else None)
        rules = grades.rules.values() if grades is not None else ()
        return frozenset(rule.id for rule in rules if {rule.severity, *rule.cases.values()} == {"off"})

    def _grades(self, profile: str | None) -> Grades:
        if profile not in self._graded:
            protocol, found = catalogue.find_profile(profile)
            rules = self.rules(protocol)
            self._check_names(rules)
            chosen = {rule.id for rule in rules.values() if self._is_chosen(rule)}
            if len(chosen) < len(rules):
                rules = {name: rule.among(chosen) for name, rule in rules.items()}
            set_here = ((rule.id, self._severity(rule)) for rule in rules.values())
            severities = {name: severity for name, severity in set_here if severity is not None}
            self._graded[profile] = Grades(protocol, found, rules=rules, severities=severities)
        return self._graded[profile]

    def _plan(self, grades: Grades, held: frozenset[Need]) -> Plan:
        if (grades, held) not in self._plans:
            self._plans[grades, held] = Plan(grades, held, self.limits)
        return self._plans[grades, held]

    def _severity(self, rule: Rule) -> Severity | None:
        """Return what the options make of a rule, or else the configuration; None: it stays as the profile has it."""
        names = (rule.id, rule.layer)
        if not set(names).isdisjoint(self.ignore) or not self._is_chosen(rule):
            return "off"
        config = self.config
        found = next((self.severities[name] for name in names if name in self.severities), None)
        if found is not None or config is None:
            return found
        if not self.select and not set(names).isdisjoint(config.ignore):
            return "off"
        return next((config.severities[name] for name in names if name in config.severities), None)

    def _is_chosen(self, rule: Rule) -> bool:
        """Whether a rule is to be judged where only some are: by the options, or else by the configuration."""
        names = {rule.id, rule.layer}
        if self.select:
            return not names.isdisjoint(self.select)
        only = self.config.select if self.config else ()
        return not only or not names.isdisjoint(only) or not names.isdisjoint(self.severities)

    def _check_names(self, rules: Mapping[str, Rule]) -> None:
        """Refuse options that name what no protocol has; what only another has is for the captures of that one."""
        for name, level in self.severities.items():
            if level not in SEVERITIES:
                near = nearest(str(level), list(SEVERITIES))
                raise ConfigError(f"{name}={level}: a severity is one of {', '.join(reversed(SEVERITIES))}{near}")
        given = {*self.severities, *self.select, *self.ignore}
        configured = self.config.names if self.config else set()
        unknown = {*given, *configured} - {*rules, *(rule.layer for rule in rules.values())}
        if unknown:
            known = {*rules, *catalogue.rule_names(), *catalogue.layer_names()}
            for name in sorted(unknown - known):
                origin = f"{self.config.origin}: " if self.config and name not in given else ""
                raise ConfigError(f"{origin}unknown rule or layer {name!r:.60}{nearest(name, sorted(known))}")


@cache
def standard(profile: str | None = None) -> Judge:
    """Return the judge by a built-in profile and nothing else, the same for every caller."""
    return Judge(profile)


def judge_by(profile: str | None) -> Judge:
    """Return the judge by a profile, a name or a file; one by a file is made anew, as the file may have changed."""
    return Judge(profile) if profile is not None and profile.endswith((".yaml", ".yml")) else standard(profile)
