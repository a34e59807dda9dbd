"""Annotations for GitHub Actions, by workflow commands, and a step summary where the job takes one.

GitHub shows ten annotations of a severity in a step, so the gravest come first; the summary has them all.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from validator.finding import rank
from validator.reporters import PLAIN, View, markdown_
from validator.reporters.artifact import in_place, relative
from validator.reporters.text_ import summary_lines
from validator.reporters.visible import inert, visible
from validator.reporters.words import lapse_text
from validator.trace import Wanted
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.finding import Finding, Severity
    from validator.report import Failure, Lapse, Report, StreamReport

#: What this format wants of streams beside their findings.
WANTED = Wanted(rules=True, characters=True)

_COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write the commands, the gravest findings first, and a summary; the whole report goes to the step summary.

    Raises:
        ConfigError: the file of the step summary cannot be written.

    """
    told = [(finding, stream) for stream in report.streams for finding in stream.counting]
    told.sort(key=lambda one: -rank(one[0].severity))
    out.writelines(_failure(failure) + "\n" for failure in report.failures)
    out.writelines(_lapse(lapse) + "\n" for lapse in report.lapses)
    out.writelines(_annotation(finding, stream) + "\n" for finding, stream in told)
    out.writelines(inert(line) + "\n" for line in summary_lines(report, fail_on=view.fail_on))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            with Path(summary).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                markdown_.write(report, file, view)
        except OSError as error:
            raise ConfigError(f"{summary}: the step summary cannot be written: {error.strerror}") from error


def _annotation(finding: Finding, stream: StreamReport) -> str:
    where, told = finding.where, {"title": f"{finding.rule}: {finding.title}"}
    if stream.file is not None:
        told["file"] = relative(stream.file, os.environ.get("GITHUB_WORKSPACE"))
    if in_place(stream):
        told |= {"line": str(where.line), "col": str(where.column)}
        extent = where.extent
        if extent is not None and extent.end_line == where.line and extent.char_length:
            told |= {"endLine": str(extent.end_line), "endColumn": str(extent.end_column)}
    text = [finding.message, f"Expected: {finding.expected}"]
    text += [f"Breaks {client}: {what}" for client, what in finding.breaks.items()]
    text += [f"Change: {finding.fix}"] if finding.fix else []
    if not in_place(stream):
        text.insert(0, f"{stream.source}, line {where.line}, column {where.column}")
    return _command(_COMMANDS[finding.severity], told, "\n".join(visible(line) for line in text))


def _failure(failure: Failure) -> str:
    return _command("error", {"title": "not judged"}, visible(failure.reason))


def _lapse(lapse: Lapse) -> str:
    return _command("warning", {"title": "baseline"}, visible(lapse_text(lapse)))


def _command(name: str, properties: Mapping[str, str], text: str) -> str:
    told = ",".join(f"{key}={_property(visible(value))}" for key, value in properties.items())
    return f"::{name} {told}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
