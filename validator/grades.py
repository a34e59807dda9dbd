"""How grave each rule is: what a profile and a user's options make of a protocol's rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from validator.patches import patched_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.finding import Finding, Severity
    from validator.protocol import Patch, Profile, Protocol
    from validator.rule import Rule


class Grades:
    """The rules as a profile and the options leave them.

    Args:
        protocol: the protocol to judge by.
        profile: its patches apply in their order.
        rules: the rules, the protocol's or more.
        severities: severities by rule, over those of the profile.

    """

    def __init__(
        self,
        protocol: Protocol,
        profile: Profile,
        *,
        rules: Mapping[str, Rule] | None = None,
        severities: Mapping[str, Severity] | None = None,
    ) -> None:
        self.protocol = protocol
        self.profile = profile
        patched = dict(protocol.rules if rules is None else rules)
        for patch in profile.patches:
            for name in patch.rules:
                if name in patched:
                    patched[name] = patched_rule(patched[name], patch)
        for name, severity in (severities or {}).items():
            patched[name] = replace(patched[name], severity=severity, cases={}, severity_after={})
        #: every rule by its id, also those that are off
        self.rules = patched

    def needed(self) -> list[Rule]:
        """Return the rules that must look at a stream.

        A rule that is off still looks, silent, where another yields to it, where it claims schema breaches and where
        it settles a stream: so that switching it off changes nothing that the others say.
        """
        rules = self.rules.values()
        wanted = {name for rule in rules if rule.severity != "off" for name in rule.defers_to}
        while more := {name for rule in rules if rule.id in wanted for name in rule.defers_to} - wanted:
            wanted |= more
        return [
            rule
            for rule in rules
            if rule.severity != "off" or rule.settles or rule.id in wanted or rule.check == "schema"
        ]

    @property
    def detection(self) -> tuple[Patch, ...]:
        """The patches that change what is found, and not only how grave it is."""
        return tuple(one for one in self.profile.patches if one.schema is not None or one.options or one.excepted)

    def covers(self, other: Grades) -> bool:
        """Whether what is found by these, graded anew, is what is found by the others."""
        if self.detection != other.detection or set(self.rules) != set(other.rules):
            return False
        return all(_tells_all(rule, other.rules[name]) for name, rule in self.rules.items())

    def regrade(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings made by grades that cover these, as these grade them."""
        graded = [(finding, self.rules[finding.rule].severity_in(finding.case)) for finding in findings]
        return [replace(finding, severity=severity) for finding, severity in graded if severity != "off"]


def _tells_all(rule: Rule, other: Rule) -> bool:
    """Whether a rule, so graded, tells whatever it tells when it is graded as the other."""
    if "off" not in (rule.severity, *rule.cases.values(), *rule.severity_after.values()):
        return True
    grades, others = ((one.severity, one.cases, one.severity_after) for one in (rule, other))
    return others in (grades, ("off", {}, {}))
