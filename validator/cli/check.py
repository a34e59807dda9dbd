"""``chunkspec check``: captures in, a report out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from validator.cli import options, outputs, work

if TYPE_CHECKING:
    from pathlib import Path

    from validator.baseline import Baseline
    from validator.finding import FailOn
    from validator.judge import Judge


@click.command()
@options.paths
@options.judging
@options.meta
@options.fail_on
@options.accepting
@work.jobs
@outputs.options
@click.option(
    "--verbose", "-v", is_flag=True, help="Tell also of streams without findings, and which rules were judged."
)
def command(
    paths: tuple[str, ...],
    judge: Judge,
    meta: Path | None,
    fail_on: FailOn,
    accepted: Baseline | None,
    jobs: int,
    formats: tuple[str, ...],
    output: Path | None,
    *,
    verbose: bool,
) -> int:
    """Judge captured streams: what breaks the protocol, where, who fails on it, what to change.

    \b
      chunkspec check stream.sse
      chunkspec check captures/ --profile compatible --fail-on warning
      chunkspec check stream.sse --severity created-constant=off --ignore timing
      chunkspec check captures/ -j 0 --baseline accepted.yaml
      chunkspec check captures/ --format text --format sarif:report.sarif --format html:report.html
      curl -sN https://api.example/v1/chat/completions -d @body.json | chunkspec check -

    A PATH is a capture, one stream of it (x.har#3), a folder, a pattern such as "**/*.har", or - for standard input.
    What the options leave open, the configuration says (chunkspec.yaml; form: schemas/meta/config.json).

    Exit code 0: nothing at or above --fail-on. 1: findings. 2: something could not be judged, said on stderr. 130:
    Ctrl-C; the report tells what was found until then.
    """
    reports = outputs.parse(formats, output)
    outputs.protect(reports, paths)
    report = work.work(judge, paths, meta, outputs.wanted(reports), jobs)
    if accepted is not None:
        report = accepted.applied(report, paths)
    try:
        outputs.write(reports, report, verbose=verbose, fail_on=fail_on)
    finally:
        code = options.exit_code(report, fail_on)
    return code
