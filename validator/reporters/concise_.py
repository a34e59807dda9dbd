"""One line a finding, as compilers write it: editors and logs know the form and lead to the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from validator.reporters import PLAIN, View
from validator.reporters.visible import inert, visible

if TYPE_CHECKING:
    from validator.finding import Finding
    from validator.report import Report


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write ``file:line:column: severity rule message`` for each finding; suppressed ones only with `verbose`."""
    for stream in report.streams:
        findings = stream.findings if view.verbose else stream.counting
        out.writelines(inert(line(stream.source, finding)) + "\n" for finding in findings)


def line(source: str, finding: Finding) -> str:
    """Return the line of one finding."""
    where = finding.where
    place = f"{visible(source)}:{where.line}:{where.column}"
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    accepted = f" (suppressed: {visible(finding.suppressed)})" if finding.suppressed is not None else ""
    return f"{place}: {finding.severity} {finding.rule} {visible(finding.message)}{times}{accepted}"
