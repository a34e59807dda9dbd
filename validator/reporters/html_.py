"""The report as one page for a browser: verdicts, findings to filter, and each stream as a timeline.

The page needs nothing beside itself and fetches nothing. Without scripts it shows everything; the script filters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from validator.report import tool_version
from validator.reporters import PLAIN, View
from validator.reporters.html.elements import document, h
from validator.reporters.html.stream import chip, filter_form, section
from validator.reporters.rules import rules_of
from validator.reporters.words import TOLD, counts, failing, lapse_text, number
from validator.trace import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from validator.finding import FailOn
    from validator.probed import Outcome, Probed, State
    from validator.report import Report, StreamReport

#: What this format wants of streams beside their findings.
WANTED = Wanted(rules=True, events=1200)

_INTRODUCTION = (
    "A language model's answer comes in pieces, while it is being written. Each piece is an event of a stream: some"
    " lines of text, nearly always one that begins with “data:”, and a blank line. The program that receives the"
    " stream, the client, puts the pieces together. It can do so only if they keep to a protocol: who speaks comes"
    " first, pieces of one thing carry the same number, the end is announced. chunkspec checks a recorded stream"
    " against the rules of its protocol. A finding is a place where the stream breaks a rule; an error makes some"
    " client fail or lose data. Below, each stream is shown as it came, event by event: open a row to see its text."
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
        filter_form(report.findings) if report.findings else None,
    ]
    alone = len(report.streams) == 1
    streams = (
        section(stream, f"s{position}", rules, unfolded=alone or bool(stream.findings))
        for position, stream in enumerate(report.streams, 1)
    )
    out.writelines(document(f"chunkspec: {verdict}", before, streams))


def _stamp(report: Report, fail_on: FailOn) -> Element:
    passed = report.ok and not failing(report, fail_on)
    return h("span", "Passed", class_="verdict pass") if passed else h("span", "Failed", class_="verdict fail")


def _verdict(report: Report, fail_on: FailOn) -> str:
    streams = len(report.streams)
    if not streams:
        return "no stream was judged"
    if report.failed:
        told = "the stream has errors" if streams == 1 else f"{report.failed} of {streams} streams have errors"
    else:
        told = "the stream has no error" if streams == 1 else f"none of {streams} streams has an error"
    milder = failing(report, fail_on)
    told += f", but {number(milder, 'finding')} that fails by --fail-on {fail_on}" if milder else ""
    return told + (f"; {number(len(report.failures), 'input')} could not be judged" if report.failures else "")


def _numbers(report: Report) -> str:
    told = [number(report.count(severity), severity) for severity in TOLD]
    return ", ".join(told) + (f"; {report.suppressed} suppressed" if report.suppressed else "")


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
    from validator.reporters.probed import WORDS  # late, as above

    return h("span", WORDS[state], class_=f"verdict {state if state in ('pass', 'fail') else 'plain'}")


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
        *(h("td", chip(stream, name) if name in stream.verdicts else None, data_name=name) for name in names),
    )
