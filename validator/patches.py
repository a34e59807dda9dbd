"""What a profile changes, applied to the rules and schemas of its protocol."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from validator.schema import BASE, SchemaError, SchemaSet
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from validator.protocol import Patch, Profile, Protocol
    from validator.rule import Rule


def patched_rule(rule: Rule, patch: Patch) -> Rule:
    """Return a rule with the severity and options of a patch laid over its own, and without what it excepts."""
    if patch.severity is not None:
        rule = replace(rule, severity=patch.severity, cases={}, severity_after={})
    if patch.cases:
        rule = replace(rule, cases={**rule.cases, **patch.cases})
    if patch.options:
        rule = replace(rule, options={**rule.options, **patch.options})
    if patch.excepted is not None:
        judged = {"not": patch.excepted}
        rule = replace(rule, when=judged if rule.when is None else {"allOf": [rule.when, judged]})
    return rule


def patched_schemas(protocol: Protocol, profile: Profile) -> SchemaSet:
    """Return the schemas of a protocol, widened as a profile's patches say.

    Raises:
        ConfigError: a patch names a document that is not there, or gives values to one without an enum.

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
    return base.replace(changed) if changed else base
