"""What to judge by: profiles, options and further rules, compiled into plans when first needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from validator import catalogue
from validator.grades import Grades
from validator.limits import Limits
from validator.plan import Plan
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from validator.finding import Severity
    from validator.protocol import Protocol
    from validator.rule import Need, Rule


@dataclass
class Judge:
    """What to judge streams by; plans are compiled when first needed, and shared.

    `profile` is a name, a file, or ``auto`` (None: what the sidecar says, else the default); it decides the protocol.
    `more` are files of further rules; `severities`, `select` and `ignore` name rules or layers of any protocol.
    """

    profile: str | None = None
    more: tuple[Path, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    limits: Limits = Limits()  # noqa: RUF009 - it is frozen
    _graded: dict[str | None, Grades] = field(default_factory=dict)
    _plans: dict[tuple[Grades, frozenset[Need]], Plan] = field(default_factory=dict)
    _rules: dict[str, Mapping[str, Rule]] = field(default_factory=dict)

    def rules(self, protocol: Protocol) -> Mapping[str, Rule]:
        """Return a protocol's rules and the further ones."""
        if protocol.name not in self._rules:
            rules = dict(protocol.rules)
            for path in self.more:
                catalogue.add_rules(rules, catalogue.load_rules(path, "house"))
            self._rules[protocol.name] = rules
        return self._rules[protocol.name]

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
        return plan, references

    def _grades(self, profile: str | None) -> Grades:
        if profile not in self._graded:
            protocol, found = catalogue.find_profile(profile)
            rules = self.rules(protocol)
            self._check_names(rules)
            self._graded[profile] = Grades(
                protocol, found, rules=rules, severities=self.severities, select=self.select, ignore=self.ignore
            )
        return self._graded[profile]

    def _plan(self, grades: Grades, held: frozenset[Need]) -> Plan:
        if (grades, held) not in self._plans:
            self._plans[grades, held] = Plan(grades, held, self.limits)
        return self._plans[grades, held]

    def _check_names(self, rules: Mapping[str, Rule]) -> None:
        """Refuse options that name what no protocol has; what only another has is for the captures of that one."""
        unknown = {*self.severities, *self.select, *self.ignore} - {*rules, *(rule.layer for rule in rules.values())}
        if unknown:
            known = {*rules, *catalogue.rule_names(), *catalogue.layer_names()}
            for name in sorted(unknown - known):
                raise ConfigError(f"unknown rule or layer {name!r}{nearest(name, sorted(known))}")


@cache
def standard(profile: str | None = None) -> Judge:
    """Return the judge by a built-in profile and nothing else, the same for every caller."""
    return Judge(profile)


def judge_by(profile: str | None) -> Judge:
    """Return the judge by a profile, a name or a file; one by a file is made anew, as the file may have changed."""
    return Judge(profile) if profile is not None and profile.endswith((".yaml", ".yml")) else standard(profile)
