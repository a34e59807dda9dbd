"""The matrix as one page for a browser: providers by rules, each cell leading to the finding in its stream.

The page needs nothing beside itself and fetches nothing; what is shown is switched without scripts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from validator.matrix import VERDICTS
from validator.report import Report, tool_version
from validator.reporters.cells import LEGEND, SCENARIO_SIGNS, cell_text, cell_words, profiles, verdict
from validator.reporters.html.elements import document, h
from validator.reporters.html.stream import filter_form, finding_ids, section
from validator.reporters.rules import rules_of
from validator.reporters.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from validator.matrix import By, Cell, Matrix, Provider, Row
    from validator.report import StreamReport
    from validator.rule import Rule
    from validator.scenarios import ScenarioCell

_INTRODUCTION = (
    "Each column is a provider, or a version of one; each row a rule of the protocol by which language models stream"
    " their answers. A letter says that some of the provider's streams break the rule: E where a client fails or"
    " loses data, W where one may, i where it is only worth knowing; and the number, how many. It leads to the"
    " finding, with the stream around it, event by event. The strict verdict is by what the protocol's own servers"
    " send; the compatible one knows only what makes a common client fail or lose data; and by its own profile a"
    " provider is held to what it is known to do."
)

#: How many streams are named for a rule that a provider breaks.
_NAMED = 12


class _Page:
    """What the parts of the page share: where in it a stream stands, and a finding."""

    def __init__(self, matrix: Matrix, shown: Sequence[Mapping[int, StreamReport]]) -> None:
        self.matrix = matrix
        self.shown = shown
        self._ids: dict[tuple[int, int], dict[str, str]] = {}
        for at, streams in enumerate(shown):
            for position, stream in streams.items():
                ids: dict[str, str] = {}
                for name, finding in finding_ids(stream, self.prefix(at, position)):
                    ids.setdefault(finding.rule, name)
                self._ids[at, position] = ids

    def prefix(self, provider: int, stream: int) -> str:
        """Return the id of a stream in the page."""
        return f"p{provider + 1}s{stream + 1}"

    def target(self, provider: int, stream: int, rule: str | None = None) -> str:
        """Return where a link to a finding leads, or to its stream, or else to the provider."""
        found = self._ids.get((provider, stream))
        if found is None:
            return f"#p{provider + 1}"
        return f"#{found.get(rule or '', self.prefix(provider, stream))}"


def write(
    matrix: Matrix, shown: Sequence[Mapping[int, StreamReport]], out: TextIO, by: By = "own", *, every: bool = False
) -> None:
    """Write the page.

    Args:
        matrix: what to show.
        shown: for each provider the streams that the page shows, by their positions.
        out: where to write.
        by: the verdict that is shown first.
        every: whether all rules are shown first, and not only those that fail or differ.

    """
    page = _Page(matrix, shown)
    streams = tuple(stream for of_it in shown for stream in of_it.values())
    findings = [finding for stream in streams for finding in stream.findings]
    told = verdict(matrix, by)
    header = h(
        "header",
        h("p", f"chunkspec {tool_version()}", class_="tool"),
        h("h1", told),
        h("details", h("summary", "How to read this page"), h("p", _INTRODUCTION), class_="introduction"),
    )
    before = [
        header,
        _providers(page),
        _switch(by, every=every) if matrix.rows else None,
        *(_table(page, one) for one in VERDICTS if matrix.rows),
        _scenarios(page) if matrix.scenarios else None,
        filter_form(findings) if findings else None,
    ]
    rules = rules_of(Report(streams))
    out.writelines(document(f"chunkspec matrix: {told}", before, _sections(page, rules), ["matrix.css"]))


def _providers(page: _Page) -> Element:
    names = ("provider", "streams", "profile", *(f"no error: {name}" for name in VERDICTS.values()), "not judged")
    return h(
        "section",
        h("h2", "Providers"),
        h(
            "div",
            h(
                "table",
                h("thead", h("tr", *(h("th", name) for name in names))),
                h("tbody", *(_provider(at, one) for at, one in enumerate(page.matrix.providers))),
            ),
            class_="scroll", tabindex="0",
        ),
        class_="providers",
    )  # fmt: skip


def _provider(at: int, one: Provider) -> Element:
    total = len(one.streams)
    kind = {by: "pass" if one.passing(by) == total and total else "fail" for by in VERDICTS}
    return h(
        "tr",
        h("td", h("a", one.name, href=f"#p{at + 1}")),
        h("td", f"{total:,}", class_="figure"),
        h("td", profiles(one)),
        *(
            h("td", h("span", f"{one.passing(by)} of {total}", class_=f"verdict {kind[by]}"), data_name=VERDICTS[by])
            for by in VERDICTS
        ),
        h("td", str(len(one.failures)) if one.failures else ""),
    )


def _switch(by: By, *, every: bool) -> Element:
    return h(
        "fieldset",
        h("legend", "Verdict"),
        *(
            h("label", h("input", type="radio", name="by", id=f"by-{one}", checked="checked" if one == by else None),
              f" {name}")
            for one, name in VERDICTS.items()
        ),
        h("label", h("input", type="checkbox", id="every", checked="checked" if every else None),
          " all rules, not only those that fail or differ"),
        class_="by",
    )  # fmt: skip


def _table(page: _Page, by: By) -> Element:
    matrix = page.matrix
    columns = len(matrix.providers) + 1
    quiet = not any(row.tells(by) for row in matrix.rows)
    return h(
        "section",
        h(
            "div",
            h(
                "table",
                h("caption", f"Rules by provider: {VERDICTS[by]}"),
                h("thead", h("tr", h("th", "rule"), *(_column(at, one) for at, one in enumerate(matrix.providers)))),
                *(_layer(page, layer, rows, by, columns) for layer, rows in matrix.layers()),
            ),
            class_="scroll", tabindex="0",
        ),
        h("p", "Every rule that was judged passes at every provider.", class_="clean quiet") if quiet else None,
        h("p", LEGEND, class_="keys"),
        class_=f"matrix {by}",
    )  # fmt: skip


def _column(at: int, one: Provider) -> Element:
    return h("th", h("span", h("a", one.name, href=f"#p{at + 1}")), scope="col")


def _layer(page: _Page, layer: str, rows: Sequence[Row], by: By, columns: int) -> Element:
    return h(
        "tbody",
        h("tr", h("th", layer, colspan=str(columns), scope="colgroup"), class_="layer"),
        *(
            h(
                "tr",
                h("th", h("code", row.rule), scope="row", title=row.title),
                *(_cell(page, at, cell, row) for at, cell in enumerate(row.cells[by])),
                class_=None if row.tells(by) else "dull",
            )
            for row in rows
        ),
        class_=None if any(row.tells(by) for row in rows) else "dull",
    )


def _cell(page: _Page, provider: int, cell: Cell, row: Row) -> Element:
    text = cell_text(cell)
    if cell.example is None:
        return h("td", text, class_="pass" if cell.state == "pass" else "none")
    words = f"{row.rule}, {page.matrix.providers[provider].name}: {cell_words(cell)}"
    target = page.target(provider, cell.example, row.rule)
    return h("td", h("a", text, href=target, class_=f"cell {cell.state}", title=words))


def _scenarios(page: _Page) -> Element:
    matrix = page.matrix
    return h(
        "section",
        h("h2", "Scenarios"),
        h(
            "div",
            h(
                "table",
                h("caption", "What came of asking, by the profile of each probe"),
                h("thead", h("tr", h("th", "scenario"),
                             *(_column(at, one) for at, one in enumerate(matrix.providers)))),
                h("tbody", *(
                    h("tr", h("th", row.scenario, scope="row", title=row.title),
                      *(_scenario(page, at, cell) for at, cell in enumerate(row.cells)))
                    for row in matrix.scenarios
                )),
            ),
            class_="scroll", tabindex="0",
        ),
        class_="matrix scenarios",
    )  # fmt: skip


def _scenario(page: _Page, provider: int, cell: ScenarioCell) -> Element:
    text = SCENARIO_SIGNS[cell.state]
    words = cell.why
    if cell.state not in ("error", "warning", "info"):
        return h("td", text, class_="pass" if cell.state == "pass" else "none", title=words)
    files = {source.replace("\\", "/").rpartition("/")[2] for source in cell.sources}
    streams = page.matrix.providers[provider].streams
    found = (at for at, one in enumerate(streams) if one.own.source.rpartition("/")[2] in files)
    target = next((page.target(provider, at) for at in found), f"#p{provider + 1}")
    return h("td", h("a", text, href=target, class_=f"cell {cell.state}", title=words))


def _sections(page: _Page, rules: Mapping[str, Rule]) -> Iterator[Element]:
    for at, one in enumerate(page.matrix.providers):
        shown = page.shown[at]
        left = len(one.streams) - len(shown)
        yield h(
            "section",
            h("h2", one.name),
            h("p", f"{one.folder}: {number(len(one.streams), 'stream')}, judged as {profiles(one) or 'nothing'}.",
              class_="facts"),
            _asked(one),
            h("ul", *(h("li", each.reason) for each in one.failures), class_="failures") if one.failures else None,
            _broken(page, at),
            h("p", f"{number(left, 'stream')} that no cell leads to {'is' if left == 1 else 'are'} not shown here.",
              class_="facts") if left else None,
            class_="provider", id=f"p{at + 1}",
        )  # fmt: skip
        for position, stream in shown.items():
            yield section(stream, page.prefix(at, position), rules, unfolded=False)


def _asked(one: Provider) -> Element | None:
    if one.probe is None:
        return None
    return h("p", f"Asked: {one.probe['url']}, model {one.probe['model']}.", class_="facts")


def _broken(page: _Page, at: int) -> Element | None:
    """Return which rules a provider breaks by any verdict, each with its streams."""
    streams = page.matrix.providers[at].streams
    rows = []
    for row in page.matrix.rows:
        having = [position for position, one in enumerate(streams) if one.findings(row.rule)]
        if having:
            links = [
                h("li", h("a", streams[position].own.source, href=page.target(at, position, row.rule))
                  if position in page.shown[at] else streams[position].own.source)
                for position in having[:_NAMED]
            ]  # fmt: skip
            more = h("li", f"and {len(having) - _NAMED} more") if len(having) > _NAMED else None
            rows.append(h("tr", h("td", h("code", row.rule)), h("td", h("ul", *links, more))))
    if not rows:
        return h("p", "No findings.", class_="clean") if streams else None
    return h(
        "details",
        h("summary", f"{number(len(rows), 'rule')} broken, and in which streams"),
        h("table", h("tbody", *rows), class_="broken"),
        class_="judged",
    )
