"""The card of a finding: what is wrong, where, what was expected, who breaks, what to change, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.reporters.html.elements import h
from validator.reporters.rules import source_text
from validator.reporters.words import place, spot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    from validator.finding import Excerpt, Finding, Where
    from validator.rule import Rule

    RowId = Callable[[Where], str | None]

#: How many further places of a finding are linked.
AGAIN = 9


def card(finding: Finding, number: str, stream: str, row_id: RowId, rule: Rule) -> Element:
    """Return the card of a finding.

    Args:
        finding: what to tell.
        number: its id in the page.
        stream: the id of its stream in the page.
        row_id: returns the id of the event of a place, if the page shows it.
        rule: what the rule says beside.

    """
    accepted = finding.suppressed is not None
    kind = "suppressed" if accepted else finding.severity
    return h(
        "article",
        h(
            "header",
            h("span", kind, class_=f"pill {kind}"),
            h("h4", *ticked(finding.title)),
            h("code", finding.rule, class_="rule"),
        ),
        h("p", _link(finding.where, row_id), *(f" · {part}" for part in spot(finding)),
          class_="place"),
        h("p", finding.message, class_="message"),
        _excerpt(finding.where.excerpt),
        h("dl", *_facts(finding, row_id)),
        _why(rule),
        class_=f"finding {kind}", id=number, data_kind=kind, data_rule=finding.rule, data_stream=stream,
    )  # fmt: skip


def _link(where: Where, row_id: RowId) -> Element | str:
    row = row_id(where)
    return place(where) if row is None else h("a", place(where), href=f"#{row}")


def _excerpt(excerpt: Excerpt | None) -> Element | None:
    if excerpt is None or not excerpt.text:
        return None
    end = excerpt.start + excerpt.length
    return h(
        "pre",
        "…" if excerpt.cut_before else "",
        excerpt.text[: excerpt.start],
        h("mark", excerpt.text[excerpt.start : end] or " "),
        excerpt.text[end:],
        "…" if excerpt.cut_after else "",
        class_="excerpt", tabindex="0",
    )  # fmt: skip


def _facts(finding: Finding, row_id: RowId) -> Iterator[Element]:
    yield from _fact("expected", h("span", *ticked(finding.expected)))
    if finding.got is not None:
        yield from _fact("got", h("code", finding.got))
    for related in finding.related:
        yield from _fact("see", h("span", _link(related.where, row_id), f": {related.message}"))
    others = [where for where in finding.places if where != finding.where][:AGAIN]
    if others:
        links = [part for where in others for part in (_link(where, row_id), h("br"))]
        more = finding.count - 1 - len(others)
        yield from _fact("again", h("span", *links, f"and {more} more" if more else ""))
    for client, what in finding.breaks.items():
        yield from _fact("breaks", h("span", h("b", client), ": ", *ticked(what)))
    if finding.fix:
        yield from _fact("change", h("span", *ticked(finding.fix)))
    if finding.suppressed is not None:
        yield from _fact("suppressed", h("span", finding.suppressed))


def _fact(label: str, told: Element) -> Iterator[Element]:
    yield h("dt", label)
    yield h("dd", told)


def ticked(text: str) -> Iterator[Element | str]:
    """Yield the parts of a rule's text, what stands between backticks as code."""
    for number, part in enumerate(text.split("`")):
        yield h("code", part) if number % 2 else part


def _why(rule: Rule) -> Element | None:
    if not (rule.why or rule.sources):
        return None
    return h(
        "details",
        h("summary", "Why this rule"),
        h("p", *ticked(rule.why)) if rule.why else None,
        h("p", *ticked(rule.note)) if rule.note else None,
        h("ul", *(h("li", source_text(source)) for source in rule.sources)) if rule.sources else None,
        class_="why",
    )
