"""The report for a person: grouped by stream, each finding with its place, its text and who breaks on it."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

import click

from validator.reporters import PLAIN, View
from validator.reporters.visible import inert, visible, width
from validator.reporters.words import (
    ENDINGS,
    TOLD,
    counts,
    failing,
    gravest_first,
    lacking,
    number,
    place,
    spot,
    to_tell,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from validator.finding import Excerpt, FailOn, Finding, Severity
    from validator.probed import Probed
    from validator.report import Report, StreamReport, Verdict

_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "cyan"}
_LABEL = 10
_INDENT = "    "

#: How many further places of a finding are named.
_AGAIN = 3

#: How many rules the summary names of those that are broken.
_MOST = 10


class _Style:
    """Colours, or none, and how many columns a line has."""

    def __init__(self, *, colour: bool, columns: int) -> None:
        self._colour = colour
        self.columns = max(min(columns, 120), 40)

    def __call__(self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None) if self._colour else text

    def wrap(self, text: str, lead: str = "", hang: str | None = None) -> list[str]:
        """Return text in lines, a word in each at least; `lead` stands before the first, `hang` before the others."""
        return textwrap.wrap(
            visible(text), self.columns, initial_indent=lead, subsequent_indent=lead if hang is None else hang,
            break_on_hyphens=False,
        )  # fmt: skip

    def labelled(self, label: str, text: str, indent: str = _INDENT) -> list[str]:
        """Return text in lines after a label."""
        lead = f"{indent}{label:<{_LABEL}}"
        return self.wrap(text, lead, " " * len(lead))


_PLAIN = _Style(colour=False, columns=PLAIN.columns)


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write the streams that have findings (with `verbose` all of them, and suppressed ones too), and a summary.

    Of a probe, whose many answers have their defects in common, each defect is told once, with where else it is.
    """
    style = _Style(colour=view.colour, columns=view.columns)
    streams, again = to_tell(report, verbose=view.verbose)
    for stream, findings in streams:
        if findings or view.verbose:
            lines = _stream(stream, findings, style, again, verbose=view.verbose)
            out.write("\n".join(inert(line) for line in lines) + "\n\n")
    if report.probe is not None:
        out.write("\n".join(inert(line) for line in _probe(report.probe, style)) + "\n\n")
    out.write("\n".join(inert(line) for line in summary_lines(report, style, view.fail_on)) + "\n")


def _probe(probe: Probed, style: _Style) -> Iterator[str]:
    from validator.reporters import probed  # late: few reports are of a probe

    yield f"{style(visible(probe.url), bold=True)}: model {visible(probe.model)}"
    yield ""
    yield from probed.matrix(probe)
    for title, told in (("not exercised", probed.idle(probe)), ("not judged", probed.skipped(probe))):
        if told:
            yield ""
            yield style(f"{title}:", bold=True)
        for name, reason in told:
            yield from style.wrap(f"{name}: {reason}", "  ", _INDENT)


def _stream(
    stream: StreamReport,
    findings: Sequence[Finding],
    style: _Style,
    again: Mapping[str, Sequence[str]],
    *,
    verbose: bool,
) -> Iterator[str]:
    name = style(visible(stream.source), bold=True)
    yield f"{name}: {counts(stream)}; profile {visible(stream.profile)}; ending: {stream.ending}"
    if stream.ending in ENDINGS:
        yield from style.labelled("ending", f"{stream.ending}: {ENDINGS[stream.ending]}", "  ")
    if stream.because is not None:
        yield from style.labelled("profile", f"{stream.profile}, because {stream.because}", "  ")
    if stream.verdicts:
        verdicts = "; ".join(f"{name}: {_verdict(verdict)}" for name, verdict in stream.verdicts.items())
        yield from style.labelled("verdicts", verdicts, "  ")
    before: dict[str, Finding] = {}
    for finding in gravest_first(findings):
        yield ""
        yield from finding_lines(finding, style, before.get(finding.rule))
        before[finding.rule] = finding
        if finding.fingerprint in again:
            yield from (inert(line) for line in style.labelled("also in", also(again[finding.fingerprint])))
    if not verbose and len(findings) < len(stream.counting):
        yield ""
        yield f"  and {number(len(stream.counting) - len(findings), 'finding')} told above"
    if verbose:
        told = [("had something to judge", stream.exercised), ("had nothing to judge", stream.unexercised)]
        told += [(f"cannot be judged, as {reason}", tuple(rules)) for reason, rules in lacking(stream).items()]
        for what, rules in told:
            yield ""
            yield from style.wrap(f"{number(len(rules), 'rule')} {what}: {', '.join(rules)}", "  ", _INDENT)


def also(names: Sequence[str]) -> str:
    """Return the names of answers that have a defect too, the first few of them."""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def finding_lines(finding: Finding, style: _Style = _PLAIN, before: Finding | None = None) -> Iterator[str]:
    """Yield the lines that tell one finding; what the one `before` of its rule says as well is not told again."""
    grave = style(finding.severity, fg=_COLOURS[finding.severity], bold=True)
    where = ", ".join([place(finding.where), *spot(finding)])
    named = f"  {grave} {style(finding.rule, bold=True)}"
    if width(f"  {finding.severity} {finding.rule}  {where}") <= style.columns:
        yield f"{named}  {style(where, dim=True)}"
    else:
        yield named
        yield from (style(line, dim=True) for line in style.wrap(where, _INDENT))
    yield from (inert(line) for line in _told(finding, style, before))


def _told(finding: Finding, style: _Style, before: Finding | None) -> Iterator[str]:
    yield from style.wrap(finding.message, _INDENT)
    if finding.where.excerpt is not None:
        text, mark = framed(finding.where.excerpt, style.columns - len(_INDENT) - 2, style)
        bar = style("|", dim=True)
        yield f"{_INDENT}{bar} {text}"
        yield f"{_INDENT}{bar} {mark}"
    known = before is not None and _advice(before) == _advice(finding)
    if not known:
        yield from style.labelled("expected", finding.expected)
    if finding.got is not None:
        yield from style.labelled("got", finding.got)
    for related in finding.related:
        yield from style.labelled("see", f"{place(related.where)}: {related.message}")
    others = [where for where in finding.places if where != finding.where][:_AGAIN]
    if others:
        more = finding.count - 1 - len(others)
        told = "; ".join(place(where) for where in others) + (f"; and {more} more" if more else "")
        yield from style.labelled("again", told)
    if known:
        yield from style.labelled("as above", ", ".join(what for what, said in _advice(finding).items() if said))
    else:
        for client, what in finding.breaks.items():
            yield from style.labelled("breaks", f"{client}: {what}")
        if finding.fix:
            yield from style.labelled("change", finding.fix)
    if finding.suppressed is not None:
        yield from style.labelled("suppressed", finding.suppressed)


def _advice(finding: Finding) -> dict[str, Any]:
    """Return what a finding says that is not of its place, by the labels."""
    return {"expected": finding.expected, "breaks": finding.breaks, "change": finding.fix}


def framed(excerpt: Excerpt, columns: int, style: _Style = _PLAIN) -> tuple[str, str]:
    """Return the text around a place, cut to so many columns, and the marks that go below it."""
    end = excerpt.start + excerpt.length
    before = visible(excerpt.text[: excerpt.start])
    marked = visible(excerpt.text[excerpt.start : end])
    after = visible(excerpt.text[end:])
    room = columns - 2
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
    mark = style("^" * max(width(marked), 1), fg="red", bold=True)
    return f"{head}{style(marked, bold=True)}{tail}", f"{' ' * width(head)}{mark}"


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


def _verdict(verdict: Verdict) -> str:
    return number(verdict.errors, "error") if verdict.errors else "passes"


def summary_lines(report: Report, style: _Style = _PLAIN, fail_on: FailOn = "error") -> Iterator[str]:
    """Yield the lines that tell what came of the whole run."""
    if report.failures:
        yield f"{style('not judged', fg='red', bold=True)}: {number(len(report.failures), 'input')}, see stderr."
    if report.lapses:
        yield f"{style('baseline', fg='yellow', bold=True)}: {len(report.lapses)} of its entries lapsed, see stderr."
    streams = report.streams
    if not streams:
        yield "No stream was judged."
        return
    milder = failing(report, fail_on)
    passed = report.ok and not milder
    numbers = ", ".join(number(report.count(severity), severity) for severity in TOLD)
    numbers += f"; {report.suppressed} suppressed" if report.suppressed else ""
    numbers += f" (--fail-on {fail_on})" if milder else ""
    verdict = "passed" if passed else "failed"
    first, *rest = style.wrap(f"{verdict}: {number(len(streams), 'stream')}, {report.failed} with errors; {numbers}.")
    yield style(verdict, fg="green" if passed else "red", bold=True) + first.removeprefix(verdict)
    yield from rest
    endings = Counter(stream.ending for stream in streams)
    yield from style.wrap("Ended: " + ", ".join(f"{count} {ending}" for ending, count in endings.most_common()) + ".")
    if sum(bool(stream.counting) for stream in streams) > 1:
        broken = Counter(rule for stream in streams for rule in {finding.rule for finding in stream.counting})
        most = sorted(broken.items(), key=lambda one: (-one[1], one[0]))
        told = ", ".join(f"{rule}\u00a0{count}" for rule, count in most[:_MOST])
        more = f", and {number(len(most) - _MOST, 'rule')} more" if len(most) > _MOST else ""
        lines = style.wrap(f"Rules broken, by the number of streams: {told}{more}.")
        yield from (line.replace("\u00a0", " ") for line in lines)
    exercised = frozenset[str]().union(*{stream.exercised for stream in streams})  # most streams have the same
    idle = frozenset[str]().union(*{stream.unexercised for stream in streams}) - exercised
    unjudged = {id(stream.not_judged): stream.not_judged for stream in streams}.values()
    unknown = frozenset[str]().union(*unjudged) - exercised - idle
    if report.probe is not None:
        from validator.reporters import probed  # late, as above

        for told in probed.scores(report.probe):
            yield from style.wrap(told + ".", hang="  ")
        return
    line = f"Judged: {number(len(exercised), 'rule')} had something to judge, {len(idle)} had nothing"
    if unknown:
        reasons = sorted({of_it[rule] for of_it in unjudged for rule in unknown & of_it.keys()})
        line += f", {len(unknown)} cannot be judged ({'; '.join(reasons)})"
    yield from style.wrap(line + ".")
