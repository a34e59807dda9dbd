"""Where the report of a run goes: ``--format NAME[:FILE]``, any number of times, and ``--output``."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from validator import reporters
from validator.quickclass import dataclass
from validator.reporters import FORMATS, View
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from validator.finding import FailOn
    from validator.report import Report
    from validator.trace import Wanted

#: What stands for standard output among files.
STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """One report to write: its format, and the file that it goes to (None: standard output)."""

    form: str
    file: Path | None


def parse(formats: Sequence[str], output: Path | None, known: Mapping[str, str] = FORMATS) -> list[Output]:
    """Return what to write where; `known` are the formats that there are, the default one first.

    Raises:
        ConfigError: a format is unknown, two go to the same place, or a file cannot be written.

    """
    found = [_parse(one, known) for one in formats or (next(iter(known)),)]
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


def _parse(given: str, known: Mapping[str, str]) -> Output:
    form, _, file = given.partition(":")
    if form not in known:
        raise ConfigError(f"unknown format {form!r:.60}: known are {', '.join(known)}{nearest(form, list(known))}")
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
    files = [one.file for one in outputs if one.file is not None]
    kept = {os.path.realpath(one) for one in captures} if files else set()
    for file in files:
        if os.path.realpath(file) in kept:
            raise ConfigError(f"{file}: is one of the captures; these are never written to")


def write(outputs: Iterable[Output], report: Report, *, verbose: bool, fail_on: FailOn) -> None:
    """Write all reports; what can be written is, whatever cannot.

    Raises:
        ConfigError: one or more could not; the message says of the first why.

    """
    sources = [stream.file for stream in report.streams if stream.file is not None]

    def render(form: str, out: TextIO, view: View) -> None:
        reporters.writer(form)(report, out, view)

    put(outputs, render, sources, verbose=verbose, fail_on=fail_on)


def put(
    outputs: Iterable[Output],
    render: Callable[[str, TextIO, View], None],
    sources: Iterable[str] = (),
    *,
    verbose: bool = False,
    fail_on: FailOn = "error",
) -> None:
    """Write something in several formats; what can be written is, whatever cannot.

    Args:
        outputs: the formats, and where each goes.
        render: writes it in a format.
        sources: files that must not be written over.
        verbose: see `View`.
        fail_on: see `View`.

    Raises:
        ConfigError: one or more could not; the message says of the first why.

    """
    kept = list(sources)
    wrong: list[ConfigError] = []
    for one in outputs:
        view = reporters.View(verbose=verbose, fail_on=fail_on)
        if one.file is None and sys.stdout.isatty():
            import shutil  # late: only a terminal has a size

            columns = shutil.get_terminal_size().columns
            view = replace(view, colour="NO_COLOR" not in os.environ, columns=columns)
        try:
            protect([one], kept)
            with _opened(one.file) as out:
                render(one.form, out, view)
        except ConfigError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]


@contextmanager
def _opened(file: Path | None) -> Iterator[TextIO]:
    if file is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:  # who read it has enough
            _write_no_more()
        except OSError as error:
            _write_no_more()
            raise ConfigError(f"standard output cannot be written: {error.strerror}") from error
        return
    try:
        with file.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            yield out
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error


def _write_no_more() -> None:
    """Let what is still to be written to standard output go nowhere, so that it does not fail once more."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def options_of(known: Mapping[str, str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds the options of where a report goes to a command, for the formats that there are of it."""

    def begun(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in known if name.startswith(incomplete)]

    def options(command: Callable[..., Any]) -> Callable[..., Any]:
        output = click.option("--output", type=click.Path(path_type=Path), metavar="FILE",
                              help="Write the report there instead of to standard output.")  # fmt: skip
        form = click.option("--format", "formats", multiple=True, metavar="NAME[:FILE]", shell_complete=begun,
                            help=f"{', '.join(known)}; more than one as NAME:FILE.  "
                            f"[default: {next(iter(known))}]")  # fmt: skip
        return form(output(command))

    return options


#: The options of where the report of judged streams goes.
options = options_of(FORMATS)
