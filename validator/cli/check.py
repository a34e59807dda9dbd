"""``chunkspec check``: captures in, a report out."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from validator.cli import FOUND, OK, UNUSABLE
from validator.finding import SEVERITIES
from validator.judge import Judge
from validator.reporters import FORMATS, writer
from validator.run import run
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.finding import Severity


def _severities(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, Severity]:
    chosen: dict[str, Severity] = {}
    for one in given:
        rule, sign, level = one.partition("=")
        if not sign or level not in SEVERITIES:
            raise click.BadParameter(f"{one!r} is not RULE=LEVEL with one of {', '.join(reversed(SEVERITIES))}")
        chosen[rule] = level
    return chosen


def _names(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for one in given for name in one.split(",") if name)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--profile", metavar="NAME|FILE|auto",
              help="A dialect, by name; see `chunkspec profiles`. auto: the one that the stream shows.")  # fmt: skip
@click.option("--meta", type=click.Path(path_type=Path), metavar="FILE",
              help="Request, headers and timing as JSON; default: NAME.meta.json beside NAME.sse.")  # fmt: skip
@click.option("--rules", "more", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Rules of your own, beside the built-in ones (YAML).")  # fmt: skip
@click.option("--select", multiple=True, callback=_names, metavar="RULE|LAYER", help="Judge only these.")
@click.option("--ignore", multiple=True, callback=_names, metavar="RULE|LAYER", help="Do not judge these.")
@click.option("--severity", "severities", multiple=True, callback=_severities, metavar="RULE=LEVEL",
              help="Set a rule or a layer to error, warning, info or off.")  # fmt: skip
@click.option("--fail-on", type=click.Choice(["error", "warning", "info", "never"]), default="error",
              show_default=True, help="The mildest finding that makes the exit code 1.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the report there instead of to standard output.")  # fmt: skip
@click.option(
    "--verbose", "-v", is_flag=True, help="Tell also of streams without findings, and which rules were judged."
)
def command(
    paths: tuple[str, ...],
    profile: str | None,
    meta: Path | None,
    more: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severities: dict[str, Severity],
    fail_on: str,
    form: str,
    output: Path | None,
    *,
    verbose: bool,
) -> int:
    """Judge captured streams: what breaks the protocol, where, who fails on it, what to change.

    A PATH is a capture, a folder (walked for *.sse), or - for standard input.

    \b
      chunkspec check stream.sse
      chunkspec check captures/ --profile compatible --fail-on warning
      chunkspec check stream.sse --severity created-constant=off --ignore timing
      chunkspec check stream.sse --format json --output report.json
      curl -sN https://api.example/v1/chat/completions -d @body.json | chunkspec check -

    Exit code 0: nothing at or above --fail-on. 1: findings. 2: something could not be judged, said on stderr.
    """
    judge = Judge(profile, more, severities, select, ignore)
    report = run(judge, paths, meta)
    with _opened(output) as out:
        colour = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        writer(form)(report, out, colour=colour, verbose=verbose)
    for failure in report.failures:
        click.echo(f"chunkspec: {failure.reason}", err=True)
    if report.failures:
        return UNUSABLE
    return FOUND if fail_on != "never" and report.at_least(fail_on) else OK  # type: ignore[arg-type]


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8", newline="\n") as out:
            yield out
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}") from error
