"""Where the report of a run goes: ``--format NAME[:FILE]``, any number of times, and ``--output``."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from validator import reporters
from validator.reporters import FORMATS
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from validator.report import Report
    from validator.trace import Wanted

#: What stands for standard output among files.
STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """One report to write: its format, and the file that it goes to (None: standard output)."""

    form: str
    file: Path | None


def parse(formats: Sequence[str], output: Path | None) -> list[Output]:
    """Return what to write where.

    Raises:
        ConfigError: a format is unknown, two go to the same place, or a file cannot be written.

    """
    found = [_parse(one) for one in formats or ("text",)]
    if output is not None:
        if len(found) != 1 or found[0].file is not None:
            raise ConfigError("--output is for a single format without a file; write --format NAME:FILE for each")
        found = [Output(found[0].form, output)]
    for position, one in enumerate(found):
        if any(one.file == other.file for other in found[:position]):
            place = "standard output; write --format NAME:FILE" if one.file is None else str(one.file)
            raise ConfigError(f"two formats go to {place}")
        if one.file is not None:
            _check(one.file)
    return found


def _parse(given: str) -> Output:
    form, _, file = given.partition(":")
    if form not in FORMATS:
        raise ConfigError(f"unknown format {form!r}: known are {', '.join(FORMATS)}{nearest(form, list(FORMATS))}")
    if given.endswith(":"):
        raise ConfigError(f"--format {given} names no file after the colon")
    return Output(form, Path(file) if file and file != STDOUT else None)


def _check(file: Path) -> None:
    """Refuse, before anything is judged, a file that could not be written in the end."""
    if file.is_dir():
        raise ConfigError(f"{file}: cannot be written: it is a folder")
    if not file.parent.is_dir():
        raise ConfigError(f"{file}: cannot be written: there is no folder {file.parent}")


def wanted(outputs: Iterable[Output]) -> Wanted | None:
    """Return what the formats want kept of streams beside findings."""
    return reporters.wanted(one.form for one in outputs)


def protect(outputs: Iterable[Output], captures: Iterable[str]) -> None:
    """Refuse to write over what is judged.

    Raises:
        ConfigError: a report would.

    """
    kept = {os.path.realpath(one) for one in captures}
    for one in outputs:
        if one.file is not None and os.path.realpath(one.file) in kept:
            raise ConfigError(f"{one.file}: is one of the captures; these are never written to")


def write(outputs: Iterable[Output], report: Report, *, verbose: bool, fail_on: str) -> None:
    """Write all reports; what can be written is, whatever cannot.

    Raises:
        ConfigError: one or more could not; the message says of the first why.

    """
    sources = [stream.file for stream in report.streams if stream.file is not None]
    wrong: list[ConfigError] = []
    for one in outputs:
        view = reporters.View(verbose=verbose, fail_on=fail_on)
        if one.file is None and sys.stdout.isatty():
            columns = shutil.get_terminal_size().columns
            view = replace(view, colour="NO_COLOR" not in os.environ, columns=columns)
        try:
            protect([one], sources)
            with _opened(one.file) as out:
                reporters.writer(one.form)(report, out, view)
        except ConfigError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]


@contextmanager
def _opened(file: Path | None) -> Iterator[TextIO]:
    if file is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
        return
    try:
        with file.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            yield out
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of where the report goes to a command."""
    output = click.option("--output", type=click.Path(path_type=Path), metavar="FILE",
                          help="Write the report there instead of to standard output.")  # fmt: skip
    form = click.option("--format", "formats", multiple=True, metavar="NAME[:FILE]",
                        help=f"{', '.join(FORMATS)}; more than one as NAME:FILE.  [default: text]")  # fmt: skip
    return form(output(command))
