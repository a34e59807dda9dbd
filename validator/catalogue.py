"""The protocols, rules and profiles that there are, by their names, loaded from their files when asked for.

What does not fit is refused, by file and key.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.place import Place, PlaceError
from validator.profilefile import load_profile, profile_file
from validator.protocol import (
    STREAM,
    KindSpec,
    MarkSpec,
    Profile,
    Protocol,
    ScopeSpec,
    Sentinel,
    ShowSpec,
    Signature,
)
from validator.rule import Rule
from validator.schema import read_documents
from validator.yamlfile import PROTOCOLS, ConfigError, nearest, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The protocol of a stream of which nothing else is said.
DEFAULT_PROTOCOL = "chat.completions"


@cache
def protocol_folders() -> Mapping[str, Path]:
    """Return the folder of each built-in protocol that a stream can be judged by, by the protocol's name."""
    found = {}
    for file in sorted(PROTOCOLS.glob("*/protocol.yaml")):
        entry = read_yaml(file, "protocol")
        if "default_profile" in entry:
            found[entry["name"]] = file.parent
    return found


@cache
def protocol(name: str) -> Protocol:
    """Return a built-in protocol by its name, such as ``chat.completions``.

    Raises:
        ConfigError: there is none of this name.

    """
    folder = PROTOCOLS / name.replace(".", "_")
    there = folder.parent == PROTOCOLS and (folder / "protocol.yaml").is_file()
    found = load_protocol(folder) if there else None
    if found is None or not found.default_profile:
        known = list(protocol_folders())
        raise ConfigError(f"unknown protocol {name!r:.60}: known are {', '.join(known)}{nearest(name, known)}")
    return found


def load_protocol(folder: Path) -> Protocol:
    """Load a protocol of a folder.

    It holds ``protocol.yaml``, ``rules/*.yaml`` (a layer each), ``profiles/*.yaml``, and perhaps ``schemas/``.

    What it extends is looked for beside the folder, then among the built-in ones.

    Raises:
        ConfigError: a file is missing or wrong; the message names it.

    """
    file = folder / "protocol.yaml"
    entry = read_yaml(file, "protocol")
    base = None
    if "extends" in entry:
        base = load_protocol(_extended(folder, entry["extends"]))
    try:
        scopes = _scopes(entry.get("scopes", {}), file)
        marks = [
            MarkSpec(name, Place.parse(one["on"]), one.get("where")) for name, one in entry.get("marks", {}).items()
        ]
        kinds = [
            KindSpec(one["name"], Place.parse(one["on"]), one.get("where"), one["schema"])
            for one in entry.get("kinds", ())
        ]
        shows = [ShowSpec(one["name"], Place.parse(one["on"]), one["says"]) for one in entry.get("shows", ())]
    except PlaceError as error:
        raise ConfigError(f"{file}: {error}") from error
    if "schema" in entry:
        kinds.append(KindSpec("chunk", Place.parse("$"), None, entry["schema"]))
    rules = _inherited(entry, base, file)
    for path in sorted((folder / "rules").glob("*.yaml")):
        add_rules(rules, load_rules(path, path.stem))
    foreign = [Signature(one["name"], one["where"]) for one in entry.get("foreign", ())]
    ending = {"finish": base and base.finish, "error": base and base.error, **entry.get("ending", {})}
    return Protocol(
        name=entry["name"],
        title=entry["title"],
        default_profile=entry.get("default_profile", ""),
        sentinel=_sentinel(entry, base, file),
        scopes=tuple(scopes),
        marks=(*(base.marks if base else ()), *marks),
        kinds=tuple(kinds),
        finish=ending["finish"],
        error=ending["error"],
        foreign=(*(base.foreign if base else ()), *foreign),
        rules=rules,
        profiles={path.stem: path for path in sorted((folder / "profiles").glob("*.yaml"))},
        verdicts=tuple(entry.get("verdicts", ())),
        schemas=read_documents(folder / "schemas"),
        shows=(*(base.shows if base else ()), *shows),
        origin=str(file),
    )


def _inherited(entry: Mapping[str, Any], base: Protocol | None, file: Path) -> dict[str, Rule]:
    """Return the rules of the protocol that is extended, as this one amends them."""
    rules = dict(base.rules) if base else {}
    for name, amended in entry.get("amends", {}).items():
        if name not in rules:
            raise ConfigError(f"{file}: amends: unknown rule {name!r:.60}{nearest(name, list(rules))}")
        rules[name] = rules[name].amended(amended)
    return rules


def _sentinel(entry: Mapping[str, Any], base: Protocol | None, file: Path) -> Sentinel | None:
    if "sentinel" not in entry:
        return base.sentinel if base else None
    try:
        return Sentinel(entry["sentinel"]["data"], entry["sentinel"].get("like", ""))
    except re.error as error:
        raise ConfigError(f"{file}: sentinel: like is not a regular expression: {error}") from error


def _scopes(entries: Mapping[str, Any], file: Path) -> list[ScopeSpec]:
    scopes: dict[str, ScopeSpec] = {}
    for name, entry in entries.items():
        outer = entry["in"]
        if outer != STREAM and outer not in scopes:
            raise ConfigError(f"{file}: scope {name!r} is in {outer!r}, which is not defined above it")
        depth = scopes[outer].depth + 1 if outer in scopes else 1
        key = tuple(entry["key"].split("."))
        scopes[name] = ScopeSpec(
            name, outer, Place.parse(entry["each"]), key, entry["plural"], depth, entry.get("keys")
        )
    return list(scopes.values())


def load_rules(path: Path, layer: str) -> list[Rule]:
    """Load a file of rules, all of one layer.

    Raises:
        ConfigError: it cannot be read or is wrong; the message names file, line and key.

    """
    return [Rule.from_entry(entry, layer, str(path)) for entry in read_yaml(path, "rule")]


def add_rules(rules: dict[str, Rule], more: Iterable[Rule]) -> None:
    """Add rules to a catalogue.

    Raises:
        ConfigError: an id is there already.

    """
    for rule in more:
        if rule.id in rules:
            raise ConfigError(f"{rule.origin}: rule {rule.id!r} is already defined in {rules[rule.id].origin}")
        rules[rule.id] = rule


@cache
def profile_files() -> Mapping[str, Path]:
    """Return the file of each built-in profile, by the profile's name, which is its own among all protocols'."""
    return {path.stem: path for path in sorted(PROTOCOLS.glob("*/profiles/*.yaml"))}


def find_profile(name: str | None = None) -> tuple[Protocol, Profile]:
    """Return a profile by its name or file, and the protocol that it is of: so a profile decides the protocol.

    Without a name, it is the default profile of the default protocol.

    Raises:
        ConfigError: there is none, or it is wrong.

    """
    if name is None:
        found = protocol(DEFAULT_PROTOCOL)
        return found, profile(found, found.default_profile)
    path = Path(name) if name.endswith((".yaml", ".yml")) else profile_files().get(name)
    if path is None:
        known = list(profile_files())
        raise ConfigError(f"unknown profile {name!r:.60}: known are {', '.join(known)}{nearest(name, known)}")
    of = read_yaml(path, "profile")["protocol"]
    try:
        found = protocol(of)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return found, load_profile(path, found)


def find_rule(name: str) -> tuple[Protocol, Rule]:
    """Return a rule by its id, and a protocol that has it: the default one, if it does.

    Raises:
        ConfigError: no protocol has a rule of this id.

    """
    for one in sorted(protocol_folders(), key=lambda one: one != DEFAULT_PROTOCOL):
        found = protocol(one)
        if name in found.rules:
            return found, found.rules[name]
    raise ConfigError(f"unknown rule {name!r:.60}{nearest(name, sorted(rule_names()))}")


def rule_names() -> set[str]:
    """Return the ids of the rules of all protocols."""
    return {rule for one in protocol_folders() for rule in protocol(one).rules}


def layer_names() -> set[str]:
    """Return the layers of the rules of all protocols."""
    return {rule.layer for one in protocol_folders() for rule in protocol(one).rules.values()}


def profile(protocol: Protocol, name: str) -> Profile:
    """Return a profile of a protocol by its name, or by the path of a YAML file, a name in ``.yaml`` or ``.yml``.

    Raises:
        ConfigError: there is none, or it is wrong.

    """
    return load_profile(profile_file(protocol, name), protocol)


def sections(origin: str, name: str) -> list[dict[str, Any]]:
    """Return what the file of a protocol, and those that it extends, say under a name; its own first.

    Raises:
        ConfigError: one of the files cannot be read or is wrong.

    """
    found = []
    file: Path | None = Path(origin)
    while file is not None:
        entry = read_yaml(file, "protocol")
        if name in entry:
            found.append(entry[name])
        file = _extended(file.parent, entry["extends"]) / "protocol.yaml" if "extends" in entry else None
    return found


def _extended(folder: Path, name: str) -> Path:
    """Return the folder of a protocol that another extends: the one beside that, or the built-in one."""
    beside = folder.parent / name
    return beside if beside.is_dir() else PROTOCOLS / name
