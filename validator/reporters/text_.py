"""The report for a person: grouped by stream, each finding with its place, its text and who breaks on it."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, TextIO

import click

from validator.reporters import PLAIN, View
from validator.reporters.visible import visible, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.finding import Excerpt, Finding, Severity, Where
    from validator.report import Report, StreamReport, Verdict

_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "cyan"}
_LABEL = 10
_INDENT = "    "


class _Style:
    """Colours, or none."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None) if self._colour else text


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write the streams that have findings (with `verbose` all of them), and a summary."""
    style = _Style(colour=view.colour)
    for stream in report.streams:
        if stream.findings or view.verbose:
            out.write("\n".join(_stream(stream, style, verbose=view.verbose)) + "\n\n")
    out.write("\n".join(_summary(report, style)) + "\n")


def _stream(stream: StreamReport, style: _Style, *, verbose: bool) -> Iterator[str]:
    name = visible(stream.source)
    yield f"{style(name, bold=True)}: {_counts(stream)}; profile {stream.profile}; ending: {stream.ending}"
    if stream.because is not None:
        yield from textwrap.wrap(f"profile {stream.profile}, because {visible(stream.because)}", _columns())
    yield "; ".join(f"{name}: {_verdict(verdict)}" for name, verdict in stream.verdicts.items())
    for finding in stream.findings:
        yield ""
        yield from finding_lines(finding, style)
    if verbose:
        yield ""
        yield from _wrapped("judged", ", ".join(stream.exercised) or "nothing")
        yield from _wrapped("nothing to judge", ", ".join(stream.unexercised) or "-")
        reasons: dict[str, list[str]] = {}
        for rule, reason in stream.not_judged.items():
            reasons.setdefault(reason, []).append(rule)
        for reason, rules in reasons.items():
            yield from _wrapped("not judged", f"{reason}: {', '.join(rules)}")


def finding_lines(finding: Finding, style: _Style | None = None) -> Iterator[str]:
    """Yield the lines that tell one finding."""
    style = style or _Style(colour=False)
    grave = style(finding.severity, fg=_COLOURS[finding.severity], bold=True)
    where = [place(finding.where)]
    where += [f"{name.replace('_', ' ')} {key}" for name, key in finding.scope.items() if key is not None]
    if finding.count > 1:
        where.append(f"{finding.count} times")
    yield f"  {grave} {style(finding.rule, bold=True)}  {style(', '.join(where), dim=True)}"
    yield from textwrap.wrap(visible(finding.message), _columns(), initial_indent=_INDENT, subsequent_indent=_INDENT)
    if finding.where.excerpt is not None:
        yield from _framed(finding.where.excerpt, style)
    yield from _wrapped("expected", finding.expected)
    if finding.got is not None:
        yield from _wrapped("got", finding.got)
    for related in finding.related:
        yield from _wrapped("see", f"{place(related.where)}: {related.message}")
    for client, what in finding.breaks.items():
        yield from _wrapped("breaks", f"{client}: {what}")
    if finding.fix:
        yield from _wrapped("change", finding.fix)


def place(where: Where) -> str:
    """Return a place in words."""
    event = f"event {where.event}, " if where.event is not None else ""
    return f"{event}line {where.line}, column {where.column}"


def _framed(excerpt: Excerpt, style: _Style) -> Iterator[str]:
    end = excerpt.start + excerpt.length
    before = visible(excerpt.text[: excerpt.start])
    marked = visible(excerpt.text[excerpt.start : end])
    after = visible(excerpt.text[end:])
    room = _columns() - len(_INDENT) - 4
    marked = _cut(marked, max(room // 2, 1))
    spare = max(room - width(marked), 2)
    left, right = spare // 2, spare - spare // 2
    if width(before) + width(after) <= spare:
        left, right = width(before), width(after)
    elif width(before) < left:
        right = spare - width(before)
    elif width(after) < right:
        left = spare - width(after)
    head = before if width(before) <= left and not excerpt.cut_before else "…" + _tail(before, left - 1)
    tail = after if width(after) <= right and not excerpt.cut_after else _cut(after, right - 1).rstrip("…") + "…"
    bar = style("|", dim=True)
    mark = style("^" * max(width(marked), 1), fg="red", bold=True)
    yield f"{_INDENT}{bar} {head}{style(marked, bold=True)}{tail}"
    yield f"{_INDENT}{bar} {' ' * width(head)}{mark}"


def _cut(text: str, columns: int) -> str:
    if width(text) <= columns:
        return text
    while text and width(text) > columns - 1:
        text = text[:-1]
    return text + "…"


def _tail(text: str, columns: int) -> str:
    while text and width(text) > columns:
        text = text[1:]
    return text


def _wrapped(label: str, text: str) -> Iterator[str]:
    lead = f"{_INDENT}{label:<{_LABEL}}"
    yield from textwrap.wrap(
        visible(text),
        _columns(),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_on_hyphens=False,
    )


def _columns() -> int:
    return max(min(shutil.get_terminal_size((80, 24)).columns, 120), 40)


def _counts(stream: StreamReport) -> str:
    severities: tuple[Severity, ...] = ("error", "warning", "info")
    told = [_number(stream.count(severity), severity) for severity in severities if stream.count(severity)]
    return ", ".join(told) or "no findings"


def _verdict(verdict: Verdict) -> str:
    return _number(verdict.errors, "error") if verdict.errors else "passes"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _summary(report: Report, style: _Style) -> Iterator[str]:
    if report.failures:
        yield f"{style('not judged', fg='red', bold=True)}: {_number(len(report.failures), 'input')}, see stderr."
    streams = report.streams
    if not streams:
        yield "No stream was judged."
        return
    failed = sum(not stream.ok for stream in streams)
    verdict = style("passed", fg="green", bold=True) if report.ok else style("failed", fg="red", bold=True)
    numbers = ", ".join(_number(report.count(severity), severity) for severity in ("error", "warning", "info"))
    yield f"{verdict}: {_number(len(streams), 'stream')}, {failed} with errors; {numbers}."
    endings = Counter(stream.ending for stream in streams)
    yield "Ended: " + ", ".join(f"{count} {ending}" for ending, count in endings.most_common()) + "."
    exercised = {rule for stream in streams for rule in stream.exercised}
    idle = {rule for stream in streams for rule in stream.unexercised} - exercised
    lacking = {rule for stream in streams for rule in stream.not_judged} - exercised - idle
    line = f"Judged: {_number(len(exercised), 'rule')} had something to judge, {len(idle)} had nothing"
    if lacking:
        reasons = sorted({stream.not_judged[rule] for stream in streams for rule in stream.not_judged})
        line += f", {len(lacking)} cannot be judged ({'; '.join(reasons)})"
    yield from textwrap.wrap(line + ".", _columns())
