"""A stream in a page: its verdicts, its findings as cards, itself as a timeline; and the form that filters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from validator.finding import SEVERITIES
from validator.reporters.html.card import card
from validator.reporters.html.elements import h
from validator.reporters.html.timeline import legend, rows_of, timeline
from validator.reporters.words import ENDINGS, counts, gravest_first, lacking, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from validator.finding import Finding
    from validator.report import StreamReport
    from validator.reporters.html.timeline import Row
    from validator.rule import Rule

_HINT = (
    "Each row is one event, in the order in which the server sent it. Open a row to see its text as it came; a filled"
    " dot marks a finding."
)


def chip(stream: StreamReport, name: str, *, told: bool = False) -> Element:
    """Return what a profile makes of a stream; `told`: with the profile's name."""
    errors = stream.verdicts[name].errors
    text = number(errors, "error") if errors else "passes"
    return h("span", f"{name}: {text}" if told else text, class_=f"verdict {'fail' if errors else 'pass'}")


def filter_form(found: Iterable[Finding]) -> Element:
    """Return the form that filters these findings, those of a whole page."""
    findings = list(found)
    present = Counter("suppressed" if one.suppressed is not None else one.severity for one in findings)
    kinds = [kind for kind in (*reversed(SEVERITIES), "suppressed") if kind in present]
    rules = sorted({finding.rule for finding in findings})
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


def finding_ids(stream: StreamReport, prefix: str) -> list[tuple[str, Finding]]:
    """Return the findings of a stream, the gravest first, each with its id in the page."""
    return [(f"{prefix}f{place}", finding) for place, finding in enumerate(gravest_first(stream.findings), 1)]


def section(stream: StreamReport, prefix: str, rules: Mapping[str, Rule], *, unfolded: bool) -> Element:
    """Return the section of a stream.

    Args:
        stream: what is said of it.
        prefix: its id in the page, with which all ids in it begin.
        rules: what the rules of its findings say.
        unfolded: whether the timeline is open.

    """
    findings = finding_ids(stream, prefix)
    rows, row_id = rows_of(stream, prefix, findings)
    cards = [card(finding, name, prefix, row_id, rules[finding.rule]) for name, finding in findings]
    return h(
        "section",
        h("h2", stream.source),
        h("p", *(chip(stream, name, told=True) for name in stream.verdicts),
          h("span", f"ended: {stream.ending}", class_="verdict plain"), class_="verdicts"),
        h("p", *_facts(stream), class_="facts"),
        h("div", *cards, class_="cards") if cards else h("p", "No findings.", class_="clean"),
        h("p", "No finding of this stream fits the filter.", class_="none", hidden="hidden") if cards else None,
        _timeline(stream, rows, findings, unfolded=unfolded),
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
    told = [("Had something to judge", stream.exercised), ("Had nothing to judge", stream.unexercised)]
    told += [(f"Cannot be judged: {reason}", tuple(names)) for reason, names in lacking(stream).items()]
    return h(
        "details",
        h("summary", f"Which rules were judged: {len(stream.exercised)} had something to judge"),
        *((h("h5", label), h("p", ", ".join(names) or "none")) for label, names in told),
        class_="judged",
    )
