"""The smallest profile that explains a stream: a known one as the base, and patches for what it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import yaml

from validator import catalogue
from validator.finding import rank
from validator.judge import standard
from validator.meta import have
from validator.panel import Panel
from validator.recognise import recognise
from validator.sse import Decoder
from validator.stream import HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from validator.finding import Finding
    from validator.judge import Judge


@dataclass(frozen=True, slots=True)
class Inferred:
    """A proposed profile: the known one that it extends, and the findings that its own patches explain."""

    base: str
    protocol: str
    left: tuple[Finding, ...]
    source: str

    def to_yaml(self, name: str = "inferred") -> str:
        """Return the profile as a YAML file, for a person to complete: what is documented, and where."""
        patches = [self._patch(list(found)) for _, found in groupby(self.left, key=lambda one: one.rule)]
        told = f"What {self.source} shows beyond the profile {self.base}."
        profile = {
            "name": name, "protocol": self.protocol, "extends": self.base, "summary": told, "patches": patches,
        }  # fmt: skip
        return yaml.safe_dump(profile, sort_keys=False, allow_unicode=False, width=110)

    def _patch(self, found: list[Finding]) -> dict[str, Any]:
        finding = found[0]
        where = f"event {finding.where.event}" if finding.where.event is not None else f"line {finding.where.line}"
        times = f", {finding.count} times" if finding.count > 1 else ""
        cases = {one.case: _milder(one) for one in found if one.case is not None}
        grade: dict[str, Any] = {"cases": cases} if len(cases) == len(found) else {"severity": _milder(finding)}
        source = f"seen in {self.source}, {where}{times}; is it documented?"
        return {"rules": [finding.rule], **grade, "source": source, "note": finding.message[:200]}


def _milder(finding: Finding) -> str:
    return "warning" if finding.severity == "error" else "info"


def infer(data: bytes, meta: Mapping[str, Any], source: str, protocol: str | None = None) -> Inferred:
    """Propose the profile for a stream: the known one that leaves least, and what it leaves above info.

    Only the default one and the one whose signs the stream shows are known ones to begin with: that another would
    explain a stream as well says nothing of whose it is.

    Args:
        data: the whole stream.
        meta: its checked metadata.
        source: what to call it.
        protocol: the name of the protocol, None the default one.

    """
    chosen = catalogue.protocol(protocol or catalogue.DEFAULT_PROTOCOL)
    judge = standard(None)
    shown, _ = recognise(data)
    names = [chosen.default_profile]
    if shown is not None and shown in chosen.profiles and shown not in names:
        names.append(shown)
    left = {name: _left(judge, name, data, meta) for name in names}
    best = min(names, key=lambda name: _weight(left[name], catalogue.profile(chosen, name).patches))
    return Inferred(best, chosen.name, tuple(sorted(left[best], key=lambda one: one.rule)), source)


def _weight(left: list[Finding], patches: tuple[object, ...]) -> tuple[int, int, int]:
    """Return how much is left to explain: errors, then all, then what the profile itself needs for it."""
    return sum(finding.severity == "error" for finding in left), len(left), len(patches)


def _left(judge: Judge, profile: str, data: bytes, meta: Mapping[str, Any]) -> list[Finding]:
    plan, _ = judge.plans(profile, have(meta))
    panel, decoder = Panel(plan, (), meta), Decoder(max_block=max(len(data), 1))
    for event in [*decoder.feed(data), *decoder.close()]:
        panel.event(event)
    panel.close(decoder, data[:HEAD] if decoder.events == 0 else None)
    return [finding for finding in panel.main.findings() if rank(finding.severity) > rank("info")]
