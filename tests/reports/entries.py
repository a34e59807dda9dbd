"""The reports: what each of them shows, what must be found in it, and why not where nothing is.

``*.yaml`` of this folder hold them by the layer that they are about; their form is ``form.json``. An entry has

- ``ref``: the report, as project#number. ``shows``: what is wrong, in our words.
- ``stream`` and what belongs to it: the report, completed to a stream that has this fault and no other (`streams`).
- ``expect``: the rules that say so. ``also``: rules that rightly say something else of it, none of them an error.
- ``because`` and ``why``: where no rule speaks, the reason. ``needs``: where no capture shows it, what would.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

from tests.reports.streams import build
from validator import StreamValidator

if TYPE_CHECKING:
    from validator.finding import Finding

HERE = Path(__file__).parent

#: Why nothing is found in a stream that is there, and what would show what a capture does not.
BECAUSE = {
    "legal": "rightly silent: nothing above info is wrong with the stream",
    "no-rule": "not caught: no rule of the catalogue speaks of it",
    "hidden": "not caught: what is sent could be right, and only the whole answer would tell",
    "other-protocol": "not caught: another protocol than those that there are",
}
NEEDS = {
    "twin": "the same answer without streaming, or its text",
    "captures": "several captures: of one server, or of both sides of a gateway",
    "connection": "the connection: its chunks, or that it stays open",
    "profile": "what a provider says of its own extension",
}

PROFILES = {"chat.completions": "openai", "text.completion": "openai-completions"}


@dataclass(frozen=True)
class Entry:
    """A report."""

    id: str
    layer: str
    said: dict[str, Any]

    @property
    def expect(self) -> list[str]:
        return list(self.said.get("expect", ()))

    @property
    def also(self) -> list[str]:
        return list(self.said.get("also", ()))

    @property
    def because(self) -> str | None:
        return self.said.get("because")

    @property
    def needs(self) -> str | None:
        return self.said.get("needs")

    @property
    def has_stream(self) -> bool:
        return "stream" in self.said

    @property
    def held(self) -> str:
        """What of a capture shows it."""
        if any(isinstance(step, dict) and "at" in step for step in self.said["stream"]):
            return "times"
        if {"headers", "status", "ended"} & self.said.keys():
            return "headers"
        if {"request", "offers"} & self.said.keys():
            return "request"
        return "stream"

    def judge(self) -> list[Finding]:
        """Return what is found in the stream."""
        body, meta = build(self.said)
        profile = PROFILES[self.said.get("protocol", "chat.completions")]
        validator = StreamValidator(profile, meta, source=self.id)
        size = 1 if self.said.get("split") else max(1, len(body))
        for start in range(0, len(body), size):
            validator.feed(body[start : start + size])
        return list(validator.close().findings)


@cache
def entries() -> list[Entry]:
    """Return all reports.

    Raises:
        jsonschema.ValidationError: an entry is not of the form.

    """
    form = jsonschema.Draft202012Validator(json.loads((HERE / "form.json").read_text()))
    found = []
    for file in sorted(HERE.glob("*.yaml")):
        for name, said in yaml.load(file.read_text(), yaml.CSafeLoader).items():
            for error in form.iter_errors(said):
                error.message = f"{file.name}: {name}: {error.message}"
                raise error
            found.append(Entry(name, file.stem, said))
    return found
