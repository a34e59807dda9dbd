"""GitHub's workflow commands, read as its runner reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY = {**_DATA, "%3A": ":", "%2C": ","}


@dataclass(frozen=True)
class Command:
    """A command: its name, its properties, its text."""

    name: str
    text: str
    properties: dict[str, str] = field(default_factory=dict)


def _plain(text: str, escapes: dict[str, str]) -> str:
    return re.sub("|".join(escapes), lambda found: escapes[found[0]], text)


def commands(log: str) -> list[Command]:
    """Return the commands of a log."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        match = re.match(r"\s*::(\S+?)(?: (.*?))?::(.*)", line)
        if match:
            pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
            properties = {key.strip(): _plain(value, _PROPERTY) for key, _, value in pairs}
            found.append(Command(match[1], _plain(match[3], _DATA), properties))
        elif "##[" in line:
            found.append(Command("##[", line))
    return found
