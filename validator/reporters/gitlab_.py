"""The report for GitLab's code quality widget: a list of issues, each with a place and a fingerprint of its own.

GitLab knows no suppression, so suppressed findings are left out.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TextIO

from validator.reporters import PLAIN, View
from validator.reporters.artifact import in_place, relative
from validator.reporters.visible import visible, write_json
from validator.reporters.words import lapse_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.finding import Finding, Severity
    from validator.report import Lapse, Report, StreamReport

_SEVERITIES: Mapping[Severity, str] = {"error": "major", "warning": "minor", "info": "info"}


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write one JSON array, in ASCII."""
    seen: dict[str, int] = {}
    issues = [_issue(finding, stream, seen) for stream in report.streams for finding in stream.counting]
    issues += [_lapse(lapse) for lapse in report.lapses]
    write_json(issues, out, indent=2)


def _lapse(lapse: Lapse) -> dict[str, Any]:
    name = f"baseline\x1f{lapse.state}\x1f{lapse.path}\x1f{lapse.fingerprint}"
    return {
        "description": visible(lapse_text(lapse)),
        "check_name": f"baseline-{lapse.state}",
        "fingerprint": hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest(),
        "severity": _SEVERITIES["warning"],
        "location": {"path": visible(lapse.path), "lines": {"begin": 1}},
    }


def _issue(finding: Finding, stream: StreamReport, seen: dict[str, int]) -> dict[str, Any]:
    path = relative(stream.file) if stream.file is not None else stream.source
    name = f"{path}\x1f{stream.source}\x1f{finding.fingerprint}"
    seen[name] = number = seen.get(name, 0) + 1
    return {
        "description": visible(f"{finding.rule}: {finding.message} (expected: {finding.expected})"),
        "check_name": finding.rule,
        "fingerprint": hashlib.sha256(f"{name}\x1f{number}".encode("utf-8", "surrogateescape")).hexdigest(),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": visible(path), "lines": {"begin": finding.where.line if in_place(stream) else 1}},
    }
