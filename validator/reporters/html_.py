"""The report as one page for a browser: verdicts, findings to filter, and each stream as a timeline.

The page needs nothing beside itself and fetches nothing. Without scripts it shows everything; the script filters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from validator.report import tool_version
from validator.reporters import PLAIN, View
from validator.reporters.html.card import card
from validator.reporters.html.elements import document, h
from validator.reporters.html.timeline import legend, rows_of, timeline
from validator.reporters.rules import rules_of
from validator.reporters.words import ENDINGS, counts, failing, gravest_first, lapse_text, number
from validator.trace import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from validator.finding import Finding, Severity
    from validator.probed import Outcome, Probed, State
    from validator.report import Report, StreamReport
    from validator.reporters.html.timeline import Row
    from validator.rule import Rule

#: What this format wants of streams beside their findings.
WANTED = Wanted(rules=True, events=1200)

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

_INTRODUCTION = (
    "A language model's answer comes in pieces, while it is being written. Each piece is an event of a stream: some"
    " lines of text, nearly always one that begins with “data:”, and a blank line. The program that receives the"
    " stream, the client, puts the pieces together. It can do so only if they keep to a protocol: who speaks comes"
    " first, pieces of one thing carry the same number, the end is announced. chunkspec checks a recorded stream"
    " against the rules of its protocol. A finding is a place where the stream breaks a rule; an error makes some"
    " client fail or lose data. Below, each stream is shown as it came, event by event: open a row to see its text."
)

_HINT = (
    "Each row is one event, in the order in which the server sent it. Open a row to see its text as it came; a filled"
    " dot marks a finding."
)


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write the page."""
    verdict = _verdict(report, view.fail_on)
    rules = rules_of(report)
    header = h(
        "header",
        h("p", f"chunkspec {tool_version()}", class_="tool"),
        h("h1", _stamp(report, view.fail_on), f" {verdict}"),
        h("p", _numbers(report), class_="numbers"),
        h("details", h("summary", "How to read this page"), h("p", _INTRODUCTION), class_="introduction"),
    )
    before = [
        header,
        _list("Not judged", [failure.reason for failure in report.failures]),
        _list("Baseline", [lapse_text(lapse) for lapse in report.lapses]),
        _probe(report.probe) if report.probe is not None else None,
        _table(report) if len(report.streams) > 1 else None,
        _filter(report) if report.findings else None,
    ]
    alone = len(report.streams) == 1
    streams = (_stream(stream, position, rules, alone=alone) for position, stream in enumerate(report.streams, 1))
    out.writelines(document(f"chunkspec: {verdict}", before, streams))


def _stamp(report: Report, fail_on: str) -> Element:
    passed = report.ok and not failing(report, fail_on)
    return h("span", "Passed", class_="verdict pass") if passed else h("span", "Failed", class_="verdict fail")


def _verdict(report: Report, fail_on: str) -> str:
    streams = len(report.streams)
    if not streams:
        return "no stream was judged"
    failed = sum(not stream.ok for stream in report.streams)
    if failed:
        told = "the stream has errors" if streams == 1 else f"{failed} of {streams} streams have errors"
    else:
        told = "the stream has no error" if streams == 1 else f"none of {streams} streams has an error"
    milder = failing(report, fail_on)
    told += f", but {number(milder, 'finding')} that fails by --fail-on {fail_on}" if milder else ""
    return told + (f"; {number(len(report.failures), 'input')} could not be judged" if report.failures else "")


def _numbers(report: Report) -> str:
    told = [number(report.count(severity), severity) for severity in _SEVERITIES]
    accepted = sum(stream.suppressed for stream in report.streams)
    return ", ".join(told) + (f"; {accepted} suppressed" if accepted else "")


def _list(title: str, told: Sequence[str]) -> Element | None:
    return h("section", h("h2", title), h("ul", *(h("li", one) for one in told)), class_="failures") if told else None


def _probe(probe: Probed) -> Element:
    from validator.reporters import probed  # late: few reports are of a probe

    told = [("Not exercised", probed.idle(probe)), ("Not judged", probed.skipped(probe))]
    return h(
        "section",
        h("h2", "Scenarios"),
        h("p", f"{probe.url}, model {probe.model}. {'. '.join(probed.scores(probe))}.", class_="facts"),
        h(
            "div",
            h(
                "table",
                h("thead", h("tr", *(h("th", name) for name in ("scenario", *probe.layers)))),
                h("tbody", *(_scenario(one, probe) for one in probe.judged)),
            ),
            class_="scroll", tabindex="0",
        ),
        *(_list(title, [f"{name}: {reason}" for name, reason in ones]) for title, ones in told),
    )  # fmt: skip


def _scenario(outcome: Outcome, probe: Probed) -> Element:
    states = (outcome.cells.get(layer, "idle") for layer in probe.layers)
    return h("tr", h("td", outcome.scenario, title=outcome.title), *(h("td", _cell(state)) for state in states))


def _cell(state: State) -> Element | None:
    if state == "idle":
        return None
    shown = {"pass": "pass", "info": "plain", "warn": "plain", "fail": "fail"}[state]
    return h("span", {"pass": "passes", "info": "info", "warn": "warning", "fail": "error"}[state],
             class_=f"verdict {shown}")  # fmt: skip


def _table(report: Report) -> Element:
    names = list(dict.fromkeys(name for stream in report.streams for name in stream.verdicts))
    return h(
        "section",
        h("h2", "Streams"),
        h(
            "div",
            h(
                "table",
                h("thead", h("tr", *(h("th", name) for name in ("stream", "found", "ended", "events", *names)))),
                h("tbody", *(_row(stream, position, names) for position, stream in enumerate(report.streams, 1))),
            ),
            class_="scroll", tabindex="0",
        ),
    )  # fmt: skip


def _row(stream: StreamReport, position: int, names: list[str]) -> Element:
    return h(
        "tr",
        h("td", h("a", stream.source, href=f"#s{position}")),
        h("td", counts(stream)),
        h("td", stream.ending),
        h("td", f"{stream.stats.get('events', 0):,}", class_="figure"),
        *(h("td", _chip(stream, name) if name in stream.verdicts else None, data_name=name) for name in names),
    )


def _chip(stream: StreamReport, name: str, *, told: bool = False) -> Element:
    errors = stream.verdicts[name].errors
    text = number(errors, "error") if errors else "passes"
    return h("span", f"{name}: {text}" if told else text, class_=f"verdict {'fail' if errors else 'pass'}")


def _filter(report: Report) -> Element:
    present = {"suppressed" if one.suppressed is not None else one.severity: 0 for one in report.findings}
    for one in report.findings:
        present["suppressed" if one.suppressed is not None else one.severity] += 1
    kinds = [kind for kind in (*_SEVERITIES, "suppressed") if kind in present]
    rules = sorted({finding.rule for finding in report.findings})
    return h(
        "form",
        h("input", type="search", id="words", placeholder="Find in findings", aria_label="Find in findings"),
        h("select", h("option", "all rules", value=""), *(h("option", rule, value=rule) for rule in rules),
          id="rule", aria_label="Rule"),
        h("span", *(h("button", f"{kind} {present[kind]}", type="button", class_=f"toggle {kind}", data_kind=kind,
                      aria_pressed="true") for kind in kinds), class_="toggles"),
        h("label", h("input", type="checkbox", id="told"), " only events with findings"),
        h("output", id="shown", for_="words rule"),
        id="filter", hidden="hidden",
    )  # fmt: skip


def _stream(stream: StreamReport, position: int, rules: Mapping[str, Rule], *, alone: bool) -> Element:
    prefix = f"s{position}"
    findings = [(f"{prefix}f{place}", finding) for place, finding in enumerate(gravest_first(stream.findings), 1)]
    rows, row_id = rows_of(stream, prefix, findings)
    cards = [card(finding, name, prefix, row_id, rules[finding.rule]) for name, finding in findings]
    return h(
        "section",
        h("h2", stream.source),
        h("p", *(_chip(stream, name, told=True) for name in stream.verdicts),
          h("span", f"ended: {stream.ending}", class_="verdict plain"), class_="verdicts"),
        h("p", *_facts(stream), class_="facts"),
        h("div", *cards, class_="cards") if cards else h("p", "No findings.", class_="clean"),
        h("p", "No finding of this stream fits the filter.", class_="none", hidden="hidden") if cards else None,
        _timeline(stream, rows, findings, unfolded=alone or bool(findings)),
        _judged(stream),
        class_="stream", id=prefix,
    )  # fmt: skip


def _facts(stream: StreamReport) -> Iterator[str]:
    yield f"Judged as {stream.profile} ({stream.protocol})"
    if stream.because is not None:
        yield f", because {stream.because}"
    stats = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in stream.stats.items())
    yield f": {counts(stream)}. In numbers: {stats}."
    if stream.ending in ENDINGS:
        yield f" The ending: {ENDINGS[stream.ending]}."


def _timeline(
    stream: StreamReport, rows: Sequence[Row], findings: Sequence[tuple[str, Finding]], *, unfolded: bool
) -> Element | None:
    if not rows and not stream.stats.get("events"):
        return None
    if not rows:
        return h("p", "The events are left out, so that the page stays small.", class_="gap")
    return h(
        "details",
        h("summary", h("h3", "The stream, event by event")),
        h("p", _HINT, class_="hint"),
        legend(stream, rows),
        timeline(stream, rows, findings),
        class_="events", open="open" if unfolded else None,
    )  # fmt: skip


def _judged(stream: StreamReport) -> Element:
    reasons: dict[str, list[str]] = {}
    for rule, reason in stream.not_judged.items():
        reasons.setdefault(reason, []).append(rule)
    told = [("Had something to judge", stream.exercised), ("Had nothing to judge", stream.unexercised)]
    told += [(f"Cannot be judged: {reason}", tuple(names)) for reason, names in reasons.items()]
    return h(
        "details",
        h("summary", f"Which rules were judged: {len(stream.exercised)} had something to judge"),
        *((h("h5", label), h("p", ", ".join(names) or "none")) for label, names in told),
        class_="judged",
    )
