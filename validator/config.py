"""The configuration: ``chunkspec.yaml``, or ``[tool.chunkspec]`` of a ``pyproject.toml``, the nearest one upwards.

Its form is `schemas/meta/config.json`. What the command line says goes before it; paths in it are relative to it.
"""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator import pathpattern
from validator.limits import Limits
from validator.quickclass import dataclass
from validator.recognise import AUTO
from validator.yamlfile import ConfigError, check_value, nearest, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.finding import FailOn, Severity

#: The name of a configuration that is nothing else, and of the file that may hold one in the table TABLE.
OWN, PYPROJECT = "chunkspec.yaml", "pyproject.toml"
TABLE = "tool.chunkspec"


@dataclass(frozen=True, slots=True)
class Config:
    """What a file of configuration says; `origin` names it in messages, `folder` is where its paths start.

    `profiles` maps patterns of paths to profiles, in their order; `profile` is for captures that none fits.
    """

    origin: str
    folder: Path
    profile: str | None = None
    profiles: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: tuple[Path, ...] = ()
    limits: Limits = Limits()
    fail_on: FailOn | None = None
    formats: tuple[str, ...] = ()
    baseline: Path | None = None
    jobs: int | None = None

    def profile_of(self, source: str) -> str | None:
        """Return the profile for a capture by its path, None if the configuration names none."""
        path = pathpattern.relative(source, self.folder)
        fits = (profile for pattern, profile in self.profiles.items() if pathpattern.matches(pattern, path))
        return next(fits, self.profile)

    @property
    def names(self) -> set[str]:
        """The rules and layers that it names."""
        return {*self.severities, *self.select, *self.ignore}


def find(start: Path | None = None) -> Config | None:
    """Return the configuration of the nearest folder, from `start` (default: the working directory) upwards.

    Raises:
        ConfigError: it cannot be read or is wrong, or one folder has two.

    """
    try:
        here = (start or Path()).resolve(strict=True)
    except OSError:  # the working directory is gone
        return None
    for folder in (here, *here.parents):
        own, shared = folder / OWN, folder / PYPROJECT
        table = _table(_shown(shared)) if shared.is_file() else None
        if own.is_file():
            if table is not None:
                raise ConfigError(
                    f"{_shown(own)} and [{TABLE}] of {_shown(shared)} both configure chunkspec; keep one"
                )
            return load(_shown(own))
        if table is not None:
            return _made(table, f"{_shown(shared)}: [{TABLE}]", _shown(shared).parent)
    return None


def load(path: Path) -> Config:
    """Return the configuration of a file; one in ``.toml`` holds it in the table ``tool.chunkspec``.

    Raises:
        ConfigError: it cannot be read or is wrong.

    """
    if path.suffix == ".toml":
        table = _table(path)
        if table is None:
            raise ConfigError(f"{path}: there is no table [{TABLE}]")
        return _made(table, f"{path}: [{TABLE}]", path.parent)
    return _made(read_yaml(path, "config", unique=True), str(path), path.parent, checked=True)


def _table(path: Path) -> Any:
    """Return the table of a TOML file, None if it has none; a file that never names us need not even be TOML."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if b"chunkspec" not in data:
        return None
    import tomllib  # late: few runs have such a file

    try:
        tools = tomllib.loads(data.decode()).get("tool", {})
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {str(error).splitlines()[0]}") from error
    return tools.get("chunkspec") if isinstance(tools, dict) else None


def _made(entry: Any, origin: str, folder: Path, *, checked: bool = False) -> Config:
    if not checked:
        check_value(entry, "config", origin)
    entry = entry or {}
    chosen: dict[str, str] = entry.get("profiles", {})
    formats = entry.get("format", ())
    given = (formats,) if isinstance(formats, str) else formats
    profiles = (*chosen.values(), entry.get("profile", AUTO))
    for name in (*profiles, *entry.get("rules", ()), *given, entry.get("baseline", "")):
        if not _can_be(name):
            raise ConfigError(f"{origin}: {name!r:.60} is no name that a file can have")
    for name in profiles:
        _check_profile(name, folder, origin)
    return Config(
        origin=origin,
        folder=folder,
        profile=_placed(entry["profile"], folder) if "profile" in entry else None,
        profiles={pattern: _placed(name, folder) for pattern, name in chosen.items()},
        severities=entry.get("severity", {}),
        select=tuple(entry.get("select", ())),
        ignore=tuple(entry.get("ignore", ())),
        rules=tuple(folder / name for name in entry.get("rules", ())),
        limits=Limits().changed(entry.get("limits", {}), origin),
        fail_on=entry.get("fail-on"),
        formats=tuple(_format(one, folder) for one in given),
        baseline=folder / entry["baseline"] if "baseline" in entry else None,
        jobs=entry.get("jobs"),
    )


def _format(given: str, folder: Path) -> str:
    """Return a format as --format takes it, with its file relative to the configuration."""
    name, _, file = given.partition(":")
    return f"{name}:{folder / file}" if file not in ("", "-") else given


def _can_be(name: str) -> bool:
    """Whether a file can be called so."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _is_file(profile: str) -> bool:
    return profile.endswith((".yaml", ".yml"))


def _placed(profile: str, folder: Path) -> str:
    return str(folder / profile) if _is_file(profile) else profile


def _check_profile(name: str, folder: Path, origin: str) -> None:
    """Refuse a profile that is not there now, and not only when a capture asks for it."""
    from validator.catalogue import profile_files  # late: it is needed only where a configuration is

    known = [AUTO, *profile_files()]
    if _is_file(name):
        if not (folder / name).is_file():
            raise ConfigError(f"{origin}: profile {str(folder / name)!r}: there is no such file")
    elif name not in known:
        raise ConfigError(
            f"{origin}: unknown profile {name!r:.60}: known are {', '.join(known)}{nearest(name, known)}"
        )


def _shown(path: Path) -> Path:
    """Return a path as it is best told: relative to the working directory, if it stands there or above."""
    return Path(os.path.relpath(path))
