"""The corpus as a list of cases; the tests and the tools of this folder read it from here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from validator.schema import data_folder
from validator.yamlfile import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = data_folder("corpus")


@dataclass(frozen=True)
class Case:
    """One capture of the corpus, and what must be found in it under one profile."""

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
        return f"{name}@{self.profile}" if self.profile else name


def cases(part: str) -> list[Case]:
    """Return the cases of a part of the corpus: ``rules`` or ``streams``."""
    found = []
    for file in sorted((CORPUS / part).glob("**/case.yaml")):
        for name, entry in read_yaml(file, "case").items():
            path = file.parent / name
            ending = entry.get("ending")
            found.append(Case(path, entry["what"], entry.get("profile"), ending, entry.get("finds", [])))
            found += [
                Case(path, entry["what"], profile, ending, finds) for profile, finds in entry.get("under", {}).items()
            ]
    return found
