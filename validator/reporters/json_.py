"""The report as JSON, by the contract of schemas/meta/report.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from validator.reporters import PLAIN, View

if TYPE_CHECKING:
    from validator.report import Report


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write the report as one JSON object, in ASCII, so that no text of a stream can break a terminal or a log."""
    json.dump(report.to_dict(), out, indent=2, ensure_ascii=True)
    out.write("\n")
