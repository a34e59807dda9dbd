"""``chunkspec check``: captures in, a report out."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from validator.cli import options
from validator.reporters import FORMATS, writer
from validator.run import run
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.judge import Judge


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.judging
@options.meta
@options.fail_on
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the report there instead of to standard output.")  # fmt: skip
@click.option(
    "--verbose", "-v", is_flag=True, help="Tell also of streams without findings, and which rules were judged."
)
def command(
    paths: tuple[str, ...],
    judge: Judge,
    meta: Path | None,
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
    report = run(judge, paths, meta)
    with _opened(output) as out:
        colour = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        writer(form)(report, out, colour=colour, verbose=verbose)
    return options.exit_code(report, fail_on)


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
