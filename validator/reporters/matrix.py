"""A matrix of providers by rules as Markdown, as JSON and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from validator.matrix import VERDICTS
from validator.reporters.cells import LEGEND, cell_text, profiles, verdict
from validator.reporters.markdown_ import cell, code, table_row
from validator.reporters.visible import inert, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from validator.matrix import By, Matrix
    from validator.report import StreamReport

#: The formats, and what each is.
FORMATS = {
    "markdown": "tables, for a page of a repository, a pull request or an issue",
    "html": "one page, each cell leading to the finding in its stream",
    "json": "everything, by schemas/meta/matrix.json",
}


def write(
    form: str,
    matrix: Matrix,
    shown: Sequence[Mapping[int, StreamReport]],
    out: TextIO,
    by: By = "own",
    *,
    every: bool = False,
) -> None:
    """Write a matrix in one of FORMATS.

    Args:
        form: the format.
        matrix: what to write.
        shown: for each provider the streams that a page shows, by their positions.
        out: where to write.
        by: the verdict that Markdown tells, and that a page shows first.
        every: whether all rules are told, and not only those that fail or differ.

    """
    if form == "json":
        write_json(matrix.to_dict(), out, indent=2)
    elif form == "html":
        from validator.reporters.html.matrix import write as write_page  # late: the other formats need none of it

        write_page(matrix, shown, out, by, every=every)
    else:
        out.write("\n".join(inert(line) for line in _markdown(matrix, by, every=every)) + "\n")


def _markdown(matrix: Matrix, by: By, *, every: bool) -> Iterator[str]:
    yield f"## chunkspec matrix: {verdict(matrix, by)}"
    yield ""
    yield table_row(
        ["provider", "streams", "profile", *(f"no error: {name}" for name in VERDICTS.values()), "not judged"]
    )
    yield table_row(["---", "--:", "---", *("--:" for _ in VERDICTS), "--:"])
    for one in matrix.providers:
        passing = (str(one.passing(verdict)) for verdict in VERDICTS)
        used = cell(profiles(one)) if one.streams else ""
        yield table_row([cell(one.name), str(len(one.streams)), used, *passing, str(len(one.failures) or "")])
    yield ""
    names = [cell(one.name) for one in matrix.providers]
    told = [(layer, [row for row in rows if every or row.tells(by)]) for layer, rows in matrix.layers()]
    if any(rows for _, rows in told):
        yield f"### Rules, {VERDICTS[by]}" + ("" if every else ": those that fail or differ")
        yield ""
        yield table_row(["rule", *names])
        yield table_row(["---", *(":-:" for _ in names)])
        for layer, rows in told:
            if rows:
                yield table_row([f"**{layer}**", *("" for _ in names)])
            for row in rows:
                yield table_row([f"`{row.rule}`", *(cell_text(one) for one in row.cells[by])])
        yield ""
        yield LEGEND
        yield ""
    elif matrix.rows:
        yield "Every rule that was judged passes at every provider."
        yield ""
    if matrix.scenarios:
        yield "### Scenarios"
        yield ""
        yield table_row(["scenario", *names])
        yield table_row(["---", *(":-:" for _ in names)])
        for scenario in matrix.scenarios:
            yield table_row([cell(scenario.scenario), *(one.state for one in scenario.cells)])
        yield ""
    failures = [failure for one in matrix.providers for failure in one.failures]
    if failures:
        yield "### Not judged"
        yield ""
        yield from (f"- {code(failure.reason)}" for failure in failures)
        yield ""
