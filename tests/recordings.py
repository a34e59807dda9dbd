"""The recorded streams beside the project, when they are there, and a survey of what is found in them.

``python -m tests.recordings`` prints, for each provider, how many of its streams each rule fires on;
``python -m tests.recordings PROVIDER [RULE]`` prints the findings themselves. ``--profile NAME`` judges by another
profile (``own``: by the provider's own). ``--table`` prints how many streams of each provider have errors under the
strict, the compatible and the provider's own profile.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator import StreamValidator, catalogue
from validator.grades import Grades
from validator.meta import have
from validator.plan import Plan

if TYPE_CHECKING:
    from validator.report import StreamReport

FOLDER = Path(__file__).parents[2] / "shared" / "recordings"

#: The profile of a provider whose profile has another name.
OWN = {"azure-openai": "azure", "llamacpp": "llama-cpp", "llamafile": "llama-cpp", "api.cloudflare.com": "cloudflare",
       "vercel-ai-gateway": "vercel", "ollama-cloud": "ollama", "crusoe": "vllm"}  # fmt: skip


@dataclass(frozen=True)
class Recording:
    """A line of the index."""

    path: str
    provider: str
    entry: dict[str, Any]

    @property
    def protocol(self) -> str:
        return "text.completion" if self.path.startswith("text_completion/") else "chat.completions"

    @property
    def faithful(self) -> bool:
        """Whether the bytes are those of the wire."""
        return self.entry["transport"] == "recorded" and not self.entry["normalised"]

    def read(self) -> bytes:
        return (FOLDER / self.path).read_bytes()

    def meta(self) -> dict[str, Any]:
        """Return what the index knows beside the bytes, as a sidecar has it.

        The index keeps of the headers only the content type, so nothing is said of the response.
        """
        return {"request": self.entry["request"]} if self.entry["request"] else {}


@cache
def recordings() -> list[Recording]:
    """Return all recordings; none when the folder is not there."""
    index = FOLDER / "index.jsonl"
    if not index.is_file():
        return []
    entries = map(json.loads, index.read_text().splitlines())
    return [Recording(entry["path"], entry["provider"], entry) for entry in entries]


@cache
def _plan(protocol: str, profile: str, held: frozenset[Any]) -> Plan:
    loaded = catalogue.protocol(protocol)
    return Plan(Grades(loaded, catalogue.profile(loaded, profile or loaded.default_profile)), held)


def judge(recording: Recording, profile: str = "") -> StreamReport:
    """Return the verdict on a recording, by the default profile or another (``own``: the provider's)."""
    if profile == "own":
        profile = OWN.get(recording.provider, recording.provider)
        protocol = catalogue.protocol(recording.protocol)
        if profile not in protocol.profiles:
            profile = protocol.verdicts[-1]
    meta = recording.meta()
    plan = _plan(recording.protocol, profile, have({**meta, "exact": recording.entry["framing_exact"]}))
    stream = StreamValidator(meta=meta, source=recording.path, plan=plan)
    stream.feed(recording.read())
    return stream.close().streams[0]


def main() -> None:
    """Print the survey."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("provider", nargs="?")
    options.add_argument("rule", nargs="?")
    options.add_argument("--profile", default="")
    options.add_argument("--table", action="store_true")
    asked = options.parse_args()
    known = set(catalogue.protocol_folders())
    if asked.profile not in ("", "own"):
        known = {catalogue.find_profile(asked.profile)[0].name}
    chosen = [one for one in recordings() if one.protocol in known and asked.provider in (None, one.provider)]
    if asked.table:
        _table(chosen)
    elif asked.provider is None:
        _survey(chosen, asked.profile)
    for one in chosen if asked.provider else []:
        for found in judge(one, asked.profile).findings:
            if asked.rule in (None, found.rule):
                print(f"{one.path}:{found.where.line}:{found.where.column}: {found.severity} {found.rule} "
                      f"x{found.count} {found.message} | got {found.got}")  # fmt: skip


def _survey(chosen: list[Recording], profile: str) -> None:
    for provider in sorted({(one.protocol, one.provider) for one in chosen}):
        mine = [one for one in chosen if (one.protocol, one.provider) == provider]
        reports = [judge(one, profile) for one in mine]
        fired = Counter(one for report in reports for one in {(f.severity, f.rule) for f in report.findings})
        bad = sum(not report.ok for report in reports)
        print(f"{provider[0]} {provider[1]}: {len(mine)} streams, {bad} with errors")
        for (severity, rule), count in sorted(fired.items(), key=lambda item: (-item[1], item[0])):
            print(f"  {count:4}  {severity:8} {rule}")


def _table(chosen: list[Recording]) -> None:
    """Print, for each provider, how many streams have errors under each profile, and the rules that are left."""
    print("| provider | streams | strict | compatible | own | errors left under its own profile |")
    print("| --- | --- | --- | --- | --- | --- |")
    for protocol, provider in sorted({(one.protocol, one.provider) for one in chosen}):
        mine = [one for one in chosen if (one.protocol, one.provider) == (protocol, provider)]
        strict, compatible = catalogue.protocol(protocol).verdicts
        counts = [sum(not judge(one, profile).ok for one in mine) for profile in (strict, compatible)]
        own = [judge(one, "own") for one in mine]
        left = Counter(rule for report in own for rule in {f.rule for f in report.findings if f.severity == "error"})
        told = ", ".join(f"{rule} {count}" for rule, count in left.most_common())
        name = provider if protocol == catalogue.DEFAULT_PROTOCOL else f"{protocol}: {provider}"
        bad = sum(not report.ok for report in own)
        print(f"| {name} | {len(mine)} | {counts[0]} | {counts[1]} | {own[0].profile}: {bad} | {told} |")


if __name__ == "__main__":
    main()
