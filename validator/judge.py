"""What to judge by: profiles, options and further rules, compiled into plans when first needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from validator import catalogue
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
    _plans: dict[tuple[str | None, frozenset[Need]], Plan] = field(default_factory=dict)
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
    ) -> tuple[Plan, list[Plan]]:
        """Return the plan of a profile for captures that hold so much, and those of its protocol's references.

        Args:
            profile: its name or file, None the default one.
            held: what the capture holds.

        Raises:
            ConfigError: the profile, a rule or an option cannot be used.

        """
        plan = self._plan(profile, held)
        return plan, [self._plan(name, held) for name in plan.protocol.verdicts]

    def _plan(self, chosen: str | None, held: frozenset[Need]) -> Plan:
        key = (chosen, held)
        if key not in self._plans:
            protocol, found = catalogue.find_profile(chosen)
            rules = self.rules(protocol)
            self._check_names(rules)
            self._plans[key] = Plan(
                protocol,
                found,
                rules=rules,
                have=held,
                severities=self.severities,
                select=self.select,
                ignore=self.ignore,
            )
        return self._plans[key]

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
