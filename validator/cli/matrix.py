"""``chunkspec matrix``: several providers or versions beside one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from validator.cli import FOUND, INTERRUPTED, OK, UNUSABLE, complain, options, outputs, work
from validator.finding import fails
from validator.matrix import VERDICTS
from validator.reporters import matrix as reporters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from validator.finding import FailOn
    from validator.judge import Judge
    from validator.matrix import By, Matrix
    from validator.report import Report
    from validator.trace import Wanted


@click.command()
@click.argument("folders", nargs=-1, required=True, metavar="[NAME=]DIR...",
                shell_complete=options.completed_by("files"))  # fmt: skip
@click.option("--verdict", "by", type=click.Choice(list(VERDICTS)), default="own", show_default=True,
              help="Which one Markdown tells, and the page shows first.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Tell all rules, not only those that fail or differ.")
@options.judging
@options.fail_on
@work.jobs
@outputs.options_of(reporters.FORMATS)
def command(
    folders: tuple[str, ...],
    by: By,
    judge: Judge,
    fail_on: FailOn,
    jobs: int,
    formats: tuple[str, ...],
    output: Path | None,
    *,
    every: bool,
) -> int:
    """Set several providers or versions beside one another: which rules each keeps and breaks.

    \b
      chunkspec matrix captures/vllm captures/sglang --format html:matrix.html --format markdown
      chunkspec matrix before=runs/41 after=runs/42 --verdict strict
      chunkspec matrix captures/* --profile auto --all --format json:matrix.json

    Each DIR holds the captures of one provider, as `probe` leaves them or as `check` takes them. Every stream is
    judged as `check` would judge it, and also by the strict and the compatible profile of its protocol. A cell of the
    page leads to the finding in its stream.

    Exit codes are those of `check`, for what each stream is judged by.
    """
    from validator.gather import Stopped, gather, named, shown  # late: completion needs none of it

    reports = outputs.parse(formats, output, reporters.FORMATS)
    wanted = named(folders)
    judge.ready()

    def worked(by_whom: Judge, paths: Sequence[str], keep: Wanted | None) -> Report:
        return work.work(by_whom, paths, None, keep, jobs)

    try:
        matrix = gather(judge, wanted, worked)
        page = any(one.form == "html" for one in reports)
        streams = shown(judge, matrix, worked) if page else [{} for _ in matrix.providers]
    except Stopped:
        complain("interrupted: no matrix is written")
        return INTERRUPTED
    sources = [one.own.file for provider in matrix.providers for one in provider.streams if one.own.file is not None]
    outputs.protect(reports, sources)
    outputs.put(
        reports, lambda form, out, view: reporters.write(form, matrix, streams, out, by, every=every), sources
    )
    for provider in matrix.providers:
        for failure in provider.failures:
            complain(failure.reason)
    return _code(matrix, fail_on)


def _code(matrix: Matrix, fail_on: FailOn) -> int:
    if any(provider.failures for provider in matrix.providers):
        return UNUSABLE
    streams = (one for provider in matrix.providers for one in provider.streams)
    found = any(fails(severity, fail_on) for one in streams for severity in one.found("own").values())
    return FOUND if found else OK
