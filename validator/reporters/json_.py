"""The report as JSON, by the contract of schemas/meta/report.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from validator.reporters import PLAIN, View
from validator.reporters.visible import write_json

if TYPE_CHECKING:
    from validator.report import Report


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write the report as one JSON object, in printable ASCII."""
    write_json(report.to_dict(), out, indent=2)
