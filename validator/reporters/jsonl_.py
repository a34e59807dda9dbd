"""The report as lines of JSON, for tools that read logs: schemas/meta/report-line.json says what each line has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from validator.reporters import PLAIN, View
from validator.reporters.visible import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.report import Report


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write a line for each finding, after those of a stream one for it, then failures, lapses and the summary."""
    for line in _lines(report.to_dict()):
        write_json(line, out)


def _lines(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for stream in report["streams"]:
        findings = stream.pop("findings")
        told = {key: stream[key] for key in ("source", "protocol", "profile")}
        for finding in findings:
            yield {"type": "finding", **told, **finding}
        yield {"type": "stream", **stream}
    for failure in report["failures"]:
        yield {"type": "failure", **failure}
    for lapse in report["lapses"]:
        yield {"type": "lapse", **lapse}
    probe = report.get("probe")
    if probe is not None:
        scenarios = probe.pop("scenarios")
        yield from ({"type": "scenario", **scenario} for scenario in scenarios)
        yield {"type": "probe", **probe}
    yield {"type": "summary", "version": report["version"], "tool": report["tool"], **report["summary"]}
