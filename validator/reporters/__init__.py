"""Reports in the forms that people and machines read them; each a module, imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from validator.report import Report

#: The names of the output formats, each a module of this package (``json`` stands in ``json_``).
FORMATS = ("text", "json")


class Writer(Protocol):
    """Writes a report; `colour` and `verbose` matter only to a person's formats."""

    def __call__(self, report: Report, out: TextIO, *, colour: bool = False, verbose: bool = False) -> None:
        """Write the whole report."""


def writer(name: str) -> Writer:
    """Return the writer of a format of FORMATS."""
    module = import_module(f"validator.reporters.{name}_")
    write: Writer = module.write
    return write
