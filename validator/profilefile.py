"""The file of a profile, read: its patches and signs, and those of the profiles that it extends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.place import Place, PlaceError
from validator.protocol import Patch, Profile, Sign
from validator.yamlfile import ConfigError, nearest, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.protocol import Protocol


def profile_file(protocol: Protocol, name: str) -> Path:
    """Return the file of a protocol's profile, by the profile's name, or by the path itself.

    Raises:
        ConfigError: there is no profile of this name.

    """
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    if name not in protocol.profiles:
        known = list(protocol.profiles)
        raise ConfigError(f"unknown profile {name!r:.60}: known are {', '.join(known)}{nearest(name, known)}")
    return protocol.profiles[name]


def load_profile(path: Path, protocol: Protocol) -> Profile:
    """Load a profile and those that it extends.

    Raises:
        ConfigError: it is wrong, names an unknown rule, or extends itself.

    """
    return _load_profile(path, protocol, ())


def _load_profile(path: Path, protocol: Protocol, seen: tuple[Path, ...]) -> Profile:
    if path in seen:
        raise ConfigError(f"{path}: the profile extends itself, by way of {', '.join(p.stem for p in seen)}")
    entry = read_yaml(path, "profile")
    if entry["protocol"] != protocol.name:
        raise ConfigError(f"{path}: the profile is of protocol {entry['protocol']!r:.60}, not of {protocol.name!r}")
    inherited: tuple[Patch, ...] = ()
    if "extends" in entry:
        beside = path.with_name(entry["extends"] + ".yaml")
        if beside.is_file():
            inherited = _load_profile(beside, protocol, (*seen, path)).patches
        else:
            inherited = load_profile(profile_file(protocol, entry["extends"]), protocol).patches
    own = tuple(_patch(one, path, protocol) for one in entry["patches"])
    try:
        signs = tuple(
            Sign(Place.parse(one["on"]), one.get("where"), one["note"]) for one in entry.get("recognise", ())
        )
    except PlaceError as error:
        raise ConfigError(f"{path}: recognise: {error}") from error
    return Profile(
        entry["name"], entry["protocol"], entry.get("extends"), entry["summary"], (*inherited, *own), signs, str(path)
    )


def _patch(entry: Mapping[str, Any], path: Path, protocol: Protocol) -> Patch:
    if ("rules" in entry) == ("schema" in entry):
        raise ConfigError(f"{path}: a patch names either rules or a schema part; this one says {entry['note']!r}")
    for rule in entry.get("rules", ()):
        if rule not in protocol.rules:
            raise ConfigError(f"{path}: unknown rule {rule!r:.60}{nearest(rule, list(protocol.rules))}")
    return Patch(
        source=entry["source"],
        note=entry["note"],
        rules=tuple(entry.get("rules", ())),
        severity=entry.get("severity"),
        cases=entry.get("cases", {}),
        options=entry.get("options", {}),
        excepted=entry.get("except"),
        schema=entry.get("schema"),
        fields=entry.get("fields", {}),
        values=tuple(entry.get("values", ())),
    )
