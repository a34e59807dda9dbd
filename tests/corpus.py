"""The corpus as a list of cases; the tests and the tools of this folder read it from here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from validator import catalogue
from validator.schema import data_folder
from validator.yamlfile import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = data_folder("corpus")


@dataclass(frozen=True)
class Case:
    """One capture of the corpus, and what must be found in it under one profile.

    Where the case names no profile, it is the default one of the protocol that has the rule (None: of the default
    protocol, unless the sidecar says otherwise).
    """

    path: Path
    what: str
    profile: str | None
    ending: str | None
    finds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return self.path.parent.name

    @property
    def id(self) -> str:
        name = f"{self.folder}/{self.path.name}"
        return f"{name}@{PurePath(self.profile).name}" if self.profile else name


@cache
def _profile_of(folder: str) -> str | None:
    if folder not in catalogue.rule_names():
        return None
    protocol, _ = catalogue.find_rule(folder)
    return None if protocol.name == catalogue.DEFAULT_PROTOCOL else protocol.default_profile


def cases(part: str) -> list[Case]:
    """Return the cases of a part of the corpus: ``rules`` or ``streams``."""
    found = []
    for file in sorted((CORPUS / part).glob("**/case.yaml")):
        for name, entry in read_yaml(file, "case").items():
            path = file.parent / name
            ending = entry.get("ending")
            profile = entry.get("profile") or _profile_of(file.parent.name)
            if profile and profile.endswith(".yaml"):  # it stands beside the capture
                profile = str(file.with_name(profile))
            found.append(Case(path, entry["what"], profile, ending, entry.get("finds", [])))
            found += [
                Case(path, entry["what"], profile, ending, finds) for profile, finds in entry.get("under", {}).items()
            ]
    return found
