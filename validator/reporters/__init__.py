"""Reports in the forms that people and machines read them; each a module, imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO

from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from validator.finding import FailOn
    from validator.report import Report
    from validator.trace import Wanted

#: The names of the output formats, each a module of this package (``json`` stands in ``json_``), and what each is.
FORMATS = {
    "text": "for a person at a terminal",
    "concise": "one line a finding: file:line:column: severity rule message",
    "json": "everything, by schemas/meta/report.json",
    "jsonl": "one JSON object a line: findings, streams, failures, lapses, summary",
    "sarif": "SARIF 2.1.0, for code scanning",
    "junit": "JUnit XML: a suite for each stream, a test for each rule that was judged",
    "github": "annotations for GitHub Actions, and a step summary",
    "gitlab": "GitLab code quality",
    "markdown": "for a pull request or an issue",
    "html": "one page with the findings and the stream itself, for a browser",
}


@dataclass(frozen=True, slots=True)
class View:
    """How to show a report; what a format has no use for it ignores.

    `colour`: with colours. `verbose`: also streams without findings, and which rules were judged. `fail_on`: the
    mildest finding that fails the run, or ``never``. `columns`: how wide a line of text may be.
    """

    colour: bool = False
    verbose: bool = False
    fail_on: FailOn = "error"
    columns: int = 80


#: Without colours, in brief.
PLAIN = View()


class Writer(Protocol):
    """Writes a report."""

    def __call__(self, report: Report, out: TextIO, view: View = ...) -> None:
        """Write the whole report."""


def writer(name: str) -> Writer:
    """Return the writer of a format of FORMATS."""
    module = import_module(f"validator.reporters.{name}_")
    write: Writer = module.write
    return write


def wanted(names: Iterable[str]) -> Wanted | None:
    """Return what these formats want kept of streams beside findings; None for nothing.

    A module that wants something says so as WANTED.
    """
    found: list[Wanted] = []
    for name in names:
        asked = getattr(import_module(f"validator.reporters.{name}_"), "WANTED", None)
        if asked is not None:
            found.append(asked)
    if not found:
        return None
    return type(found[0])(
        any(one.rules for one in found), any(one.characters for one in found), max(one.events for one in found)
    )
