"""The stream as a timeline: each event in a row that says what it brings, with the findings at their place.

Events in a row that bring the same sort of thing and have no finding are folded into one, their text joined.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from validator.finding import rank
from validator.reporters.html.elements import h
from validator.reporters.words import ENDINGS, number
from validator.trace import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from validator.finding import Finding, Where
    from validator.report import StreamReport
    from validator.reporters.html.elements import Child
    from validator.trace import Form, Seen

#: How many events without findings are folded into one row, at least, and how much of their text that row shows.
FOLD, SHOWN = 4, 600

_FORMS: Mapping[Form, tuple[str, str]] = {
    "sentinel": ("end", "the event that ends a stream"),
    "other-data": ("not readable", "data that is no JSON object"),
    "comment": ("comment", "a line for keeping the connection open; clients skip it"),
    "no-data": ("no data", "lines without data; clients skip them"),
    "payload": ("nothing", "an event that brings nothing to see"),
}


@dataclass(slots=True)
class Row:
    """An event of the page, and the findings at it: told here first, again, or seen from elsewhere."""

    seen: Seen
    id: str
    first: list[tuple[str, Finding]] = field(default_factory=list)
    again: list[tuple[str, Finding]] = field(default_factory=list)
    seen_from: list[tuple[str, Finding]] = field(default_factory=list)
    marks: list[tuple[Where, Finding]] = field(default_factory=list)
    #: the parts of the stream that must be named, as there are several
    parts: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether there is nothing to tell of the event."""
        return not (self.first or self.again or self.seen_from) and self.seen.terminated

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what the event shows; of one that shows nothing, what it is."""
        return tuple(one.name for one in self.seen.shows) or (_FORMS[self.seen.form][0],)

    @property
    def sort(self) -> tuple[object, ...]:
        """What the event has in common with those that it can be told together with."""
        return self.seen.form, *((one.name, one.of) for one in self.seen.shows)


def rows_of(
    stream: StreamReport, prefix: str, findings: Sequence[tuple[str, Finding]]
) -> tuple[list[Row], Callable[[Where], str | None]]:
    """Return the rows of a stream's events, each with its findings, and what finds the id of the row of a place.

    `prefix` begins the ids of the rows; `findings` come with their own ids.
    """
    events = stream.trace.events if stream.trace is not None else ()
    several = {(one.name, one.of) for seen in events for one in seen.shows}
    names = Counter(name for name, _ in several)
    parts = frozenset(of for name, of in several if names[name] > 1)
    rows = [Row(seen, f"{prefix}e{seen.offset}", parts=parts) for seen in events]
    by_number = {row.seen.number: row for row in rows if row.seen.number is not None}
    for one in findings:
        _place(one, rows, by_number)

    def row_id(where: Where) -> str | None:
        row = _at(where, rows, by_number)
        return row.id if row is not None else None

    return rows, row_id


def _place(one: tuple[str, Finding], rows: Sequence[Row], by_number: Mapping[int, Row]) -> None:
    finding = one[1]
    row = _at(finding.where, rows, by_number)
    if row is not None:
        row.first.append(one)
        row.marks.append((finding.where, finding))
    for where in finding.places:
        other = _at(where, rows, by_number)
        if other is not None and where != finding.where:
            other.marks.append((where, finding))
            if other is not row and one not in other.again:
                other.again.append(one)
    for related in finding.related:
        other = _at(related.where, rows, by_number)
        if other is not None and other is not row and one not in other.seen_from:
            other.seen_from.append(one)


def _at(where: Where, rows: Sequence[Row], by_number: Mapping[int, Row]) -> Row | None:
    if where.event is not None:
        return by_number.get(where.event)
    if not where.byte_length:
        return None
    held = (row for row in rows if row.seen.offset <= where.byte_offset < row.seen.offset + row.seen.size)
    return next(held, None)


def timeline(stream: StreamReport, rows: Sequence[Row], findings: Sequence[tuple[str, Finding]]) -> Element:
    """Return the timeline of a stream; what no event shows stands at its beginning or at its end."""
    placed = {number for row in rows for number, _ in row.first}
    loose = [one for one in findings if one[0] not in placed]
    early = [one for one in loose if one[1].where.event is None and not one[1].where.byte_offset]
    late = [one for one in loose if one not in early]
    meaning = ENDINGS.get(stream.ending)
    timed = any(row.seen.seconds is not None for row in rows)
    return h(
        "ol",
        _edge("The response begins", "", "start", early) if early else None,
        *_items(rows),
        _edge("The stream ends here", f": {meaning}." if meaning else ", complete.",
              "stop broken" if meaning else "stop", late),
        class_="timeline timed" if timed else "timeline",
    )  # fmt: skip


def _edge(text: str, more: str, kind: str, findings: Sequence[tuple[str, Finding]]) -> Element:
    return h(
        "li",
        h("span", class_="dot", aria_hidden="true"),
        h("p", h("b", text), more),
        h("p", *_spaced([_marker(one, "") for one in findings]), class_="markers") if findings else None,
        class_=f"edge {kind}",
    )


def _items(rows: Sequence[Row]) -> Iterator[Element]:
    after: int | None = None
    for _, group in groupby(_numbered(rows), key=lambda one: one[0]):
        run = [row for _, row in group]
        start = run[0].seen.offset
        if after is not None and start > after:
            left = f"{start - after:,} bytes of events are left out here, so that the page stays small."
            yield h("li", h("p", left), class_="gap")
        if len(run) >= FOLD:
            yield _folded(run)
        else:
            yield from (_item(row) for row in run)
        after = run[-1].seen.offset + run[-1].seen.size


def _numbered(rows: Sequence[Row]) -> Iterator[tuple[int, Row]]:
    """Yield each row with the number of the run that it belongs to."""
    number, last = 0, None
    for row in rows:
        joins = (
            last is not None and last.plain and row.plain and last.sort == row.sort
            and last.seen.offset + last.seen.size == row.seen.offset
        )  # fmt: skip
        number += not joins
        last = row
        yield number, row


def _folded(run: Sequence[Row]) -> Element:
    first, last = run[0].seen, run[-1].seen
    numbers = f"{first.number}\u2013{last.number}" if first.number is not None else ""
    text = "".join(one.text for row in run for one in row.seen.shows)
    shown = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
    chips = [_chip(one, run[0]) for one in first.shows or [Shown(run[0].names[0], "")]]
    brings = [*chips, h("span", f"\u00d7 {len(run)}", class_="times"), h("q", shown) if shown else None]
    return h(
        "li",
        h("span", class_="dot", aria_hidden="true"),
        h("details", _summary(numbers, last, brings), h("ol", *(_item(row) for row in run))),
        class_="run",
    )


def _summary(numbers: str, seen: Seen, brings: Sequence[Child]) -> Element:
    return h(
        "summary",
        h("span", numbers, class_="number"),
        h("span", f"{seen.seconds:.3f} s" if seen.seconds is not None else "", class_="time"),
        h("span", *_spaced(brings), class_="brings"),
    )


def _spaced(parts: Sequence[Child]) -> Iterator[Child]:
    """Yield parts with spaces between them, for those who copy or hear them."""
    for part in parts:
        yield part
        yield " "


def _item(row: Row) -> Element:
    seen = row.seen
    worst = max(
        (finding for _, finding in (*row.first, *row.again)), key=lambda one: rank(one.severity), default=None
    )
    told = [_marker(one, "") for one in row.first] + [_marker(one, "again: ") for one in row.again]
    told += [_marker(one, "see: ") for one in row.seen_from]
    size = f"{number(seen.size, 'byte')} from byte {seen.offset:,}, line {seen.line}"
    more = f"; the first {len(seen.text):,} characters" if seen.cut else ""
    return h(
        "li",
        h("span", class_="dot", aria_hidden="true"),
        h(
            "details",
            _summary(str(seen.number or ""), seen, list(_brings(row))),
            h("p", f"As it came: {size}{more}.", class_="size"),
            h("pre", *_marked(row), class_="raw", tabindex="0"),
        ),
        h("p", *_spaced(told), class_="markers") if told else None,
        id=row.id,
        class_=" ".join(["event", seen.form, *(["told", worst.severity] if worst else [])]),
    )


def _brings(row: Row) -> Iterator[Element | str]:
    seen = row.seen
    if not seen.shows:
        name, _ = _FORMS[seen.form]
        yield h("span", name, class_=f"chip {seen.form}")
        if seen.form != "payload":
            yield h("code", seen.text.strip()[:200])
    for one in seen.shows:
        yield _chip(one, row)
        yield h("q", one.text)
    if not seen.terminated:
        yield h("span", "not ended by a blank line", class_="chip broken")


def _chip(one: Shown, row: Row) -> Element:
    return h("span", one.name, h("i", f" {one.of}") if one.of in row.parts else None, class_="chip")


def _marker(one: tuple[str, Finding], lead: str) -> Element:
    number, finding = one
    kind = "suppressed" if finding.suppressed is not None else finding.severity
    return h("a", f"{lead}{finding.rule}", href=f"#{number}", class_=f"marker {kind}", title=finding.message,
             data_for=number)  # fmt: skip


def _marked(row: Row) -> Iterator[Element | str]:
    """Yield the text of an event with what its findings speak of marked."""
    text = row.seen.text.removesuffix("\n").removesuffix("\n") if row.seen.terminated else row.seen.text
    raw = text.encode("utf-8", "replace")
    at = 0
    for where, finding in sorted(row.marks, key=lambda one: one[0].byte_offset):
        start = where.byte_offset - row.seen.offset
        end = min(start + max(where.byte_length, 1), len(raw))
        if at <= start < end:
            yield raw[at:start].decode("utf-8", "replace")
            yield h("mark", raw[start:end].decode("utf-8", "replace"), class_=finding.severity, title=finding.rule)
            at = end
    yield raw[at:].decode("utf-8", "replace")


def legend(stream: StreamReport, rows: Sequence[Row]) -> Element | None:
    """Return what the names in the timeline mean."""
    names = dict.fromkeys(name for row in rows for name in row.names)
    meanings = {**dict(_FORMS.values()), **(stream.trace.says if stream.trace is not None else {})}
    told = [
        h("div", h("dt", h("span", name, class_="chip")), h("dd", meanings[name]))
        for name in names
        if name in meanings
    ]
    return h("dl", *told, class_="legend") if told else None
