"""What a profile changes, applied to the rules and schemas of its protocol."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from validator.finding import rank
from validator.schema import BASE, SchemaError, SchemaSet
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.finding import Severity
    from validator.protocol import Patch, Profile, Protocol
    from validator.rule import Rule


def patched_rule(rule: Rule, patch: Patch) -> Rule:
    """Return a rule with the severity and options of a patch laid over its own, and without what it excepts.

    A severity is that of all cases; but where it makes the rule milder, what the rule judges more mildly still stays.
    """
    if patch.severity is not None:
        cases, after = _milder(rule.cases, patch.severity), _milder(rule.severity_after, patch.severity)
        if rank(patch.severity) >= rank(rule.severity):
            cases, after = {}, {}
        rule = replace(rule, severity=patch.severity, cases=cases, severity_after=after)
    if patch.cases:
        rule = replace(rule, cases={**rule.cases, **patch.cases})
    if patch.options:
        rule = replace(rule, options={**rule.options, **patch.options})
    if patch.excepted is not None:
        judged = {"not": patch.excepted}
        rule = replace(rule, when=judged if rule.when is None else {"allOf": [rule.when, judged]})
    return rule


def _milder(graded: Mapping[str, Severity], than: Severity) -> dict[str, Severity]:
    return {name: severity for name, severity in graded.items() if rank(severity) < rank(than)}


def patched_schemas(protocol: Protocol, profile: Profile) -> SchemaSet:
    """Return the schemas of a protocol, widened as a profile's patches say.

    Raises:
        ConfigError: a patch names a document that is not there, gives values to one without an enum, or makes one
            that is no JSON Schema.

    """
    base = SchemaSet().replace(protocol.schemas)
    changed: dict[str, Any] = {}
    for patch in profile.patches:
        if patch.schema is None:
            continue
        uri = BASE + patch.schema
        try:
            part = changed.get(uri) or base.patchable(uri)
        except SchemaError as error:
            raise ConfigError(f"{profile.origin}: {error}") from error
        if patch.fields:
            part.setdefault("properties", {}).update(patch.fields)
        if patch.values:
            if "enum" not in part:
                raise ConfigError(f"{profile.origin}: {patch.schema}: has no enum to widen")
            part["enum"] = [*part["enum"], *patch.values]
        changed[uri] = part
    if not changed:
        return base
    try:
        patched = base.replace(changed)
        for uri in changed:
            patched.at(uri)
    except SchemaError as error:
        raise ConfigError(f"{profile.origin}: {error}") from error
    return patched
