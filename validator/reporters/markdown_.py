"""The report as Markdown, for a pull request, an issue or a step summary.

Text of a stream stands in code only, where nothing in it acts: no markup, no mention, no link.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from validator.reporters import PLAIN, View
from validator.reporters.text_ import also, framed
from validator.reporters.visible import inert, visible
from validator.reporters.words import TOLD, failing, gravest_first, lapse_text, number, place, spot, to_tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from validator.finding import FailOn, Finding
    from validator.probed import Probed, State
    from validator.report import Report

#: What stands in the matrix of a probe.
_STATES: Mapping[State, str] = {"pass": "✓", "info": "info", "warn": "warning", "fail": "**error**", "idle": ""}

#: How many findings are told in full, and how many streams stand in the table: beyond, only their numbers are given.
MOST, STREAMS = 100, 200


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write the verdicts as a table, then each finding; suppressed ones only as a number, unless `verbose`."""
    out.write("\n".join(_lines(report, view)) + "\n")


def _lines(report: Report, view: View) -> Iterator[str]:
    yield f"## chunkspec: {_verdict(report, view.fail_on)}"
    yield ""
    if report.probe is not None:
        yield from _probe(report.probe)
    yield from _table(report)
    if report.failures:
        yield "### Not judged"
        yield ""
        for failure in report.failures:
            yield f"- {code(failure.reason)}"
        yield ""
    if report.lapses:
        yield "### Baseline"
        yield ""
        for lapse in report.lapses:
            yield f"- {code(lapse_text(lapse))}"
        yield ""
    count = 0
    streams, again = to_tell(report, verbose=view.verbose)
    for stream, found in streams:
        findings = gravest_first(found)
        if findings and count < MOST:
            yield f"### {code(stream.source)}"
            yield ""
            for finding in findings[: MOST - count]:
                yield from _finding(finding, again.get(finding.fingerprint, ()))
        count += len(findings)
    if count > MOST:
        rest = Counter(finding.rule for stream in report.streams for finding in stream.counting)
        counts = ", ".join(f"{code(rule)} {count}" for rule, count in rest.most_common())
        yield f"These are {MOST} of {count} findings. All of them by rule: {counts}"
        yield ""


def _verdict(report: Report, fail_on: FailOn) -> str:
    if not report.streams:
        return "no stream was judged"
    told = [number(report.count(severity), severity) for severity in TOLD]
    milder = failing(report, fail_on)
    verdict = "passed" if report.ok and not milder else "failed"
    told += [f"--fail-on {fail_on}"] if milder else []
    return f"{verdict}, {report.failed} of {number(len(report.streams), 'stream')} with errors; {', '.join(told)}"


def _table(report: Report) -> Iterator[str]:
    names = list(dict.fromkeys(name for stream in report.streams for name in stream.verdicts))
    yield table_row(["stream", "profile", "ended", "errors", "warnings", "infos", "suppressed", *names])
    yield table_row(["---", "---", "---", "--:", "--:", "--:", "--:", *("---" for _ in names)])
    for stream in report.streams[:STREAMS]:
        verdicts = [stream.verdicts.get(name) for name in names]
        yield table_row(
            [
                cell(stream.source), cell(stream.profile), stream.ending,
                *(str(stream.count(severity)) for severity in TOLD),
                str(stream.suppressed),
                *("" if one is None else number(one.errors, "error") if one.errors else "passes" for one in verdicts),
            ]
        )  # fmt: skip
    if len(report.streams) > STREAMS:
        yield table_row([f"and {len(report.streams) - STREAMS} more"])
    yield ""


def _probe(probe: Probed) -> Iterator[str]:
    from validator.reporters import probed  # late: few reports are of a probe

    yield f"{code(probe.url)}, model {code(probe.model)}"
    yield ""
    yield from (f"- {line}" for line in probed.scores(probe))
    yield ""
    if probe.judged:
        yield table_row(["scenario", *probe.layers])
        yield table_row(["---", *(":-:" for _ in probe.layers)])
        for one in probe.judged:
            yield table_row([cell(one.scenario), *(_STATES[one.cells.get(layer, "idle")] for layer in probe.layers)])
        yield ""
    for title, told in (("Not exercised", probed.idle(probe)), ("Not judged", probed.skipped(probe))):
        if told:
            yield f"{title}:"
            yield ""
            yield from (f"- {code(name)}: {code(reason)}" for name, reason in told)
            yield ""


def _finding(finding: Finding, again: Sequence[str] = ()) -> Iterator[str]:
    yield f"**{finding.severity} `{finding.rule}`**: {finding.title}"
    yield ""
    where = [place(finding.where), *spot(finding)]
    accepted = f" Suppressed: {code(finding.suppressed)}" if finding.suppressed is not None else ""
    yield f"{', '.join(where).capitalize()}.{accepted}"
    yield ""
    lines = [visible(finding.message)]
    if finding.where.excerpt is not None:
        lines += framed(finding.where.excerpt, 100)
    yield from fence(lines)
    yield ""
    yield f"- expected: {finding.expected}"
    if finding.got is not None:
        yield f"- got: {code(finding.got)}"
    for related in finding.related:
        yield f"- see: {place(related.where)}, {code(related.message)}"
    if again:
        yield f"- also in: {code(also(again))}"
    for client, what in finding.breaks.items():
        yield f"- breaks: {client}: {what}"
    if finding.fix:
        yield f"- change: {finding.fix}"
    yield ""


def code(text: str) -> str:
    """Return text as a code span."""
    shown = visible(text) or " "
    ticks = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    space = " " if shown[0] in " `" or shown[-1] in " `" else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def cell(text: str) -> str:
    """Return text as a code span in a table, where a bar would end the cell."""
    return code(text).replace("|", "\\|")


def table_row(cells: Iterable[str]) -> str:
    """Return cells as a row of a table."""
    return "| " + " | ".join(cells) + " |"


def fence(lines: Iterable[str]) -> list[str]:
    """Return lines as a block of code."""
    shown = [inert(visible(line)) for line in lines]
    ticks = "`" * max(3, *(len(run) + 1 for line in shown for run in re.findall("`+", line)), 0)
    return [f"{ticks}text", *shown, ticks]
