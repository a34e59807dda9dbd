"""``chunkspec baseline``: writes down the findings that are accepted for now."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator import reported
from validator.baseline import Baseline
from validator.cli import INTERRUPTED, OK, UNUSABLE, complain, options, work
from validator.cli.outputs import STDOUT
from validator.reporters.visible import visible
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from validator.baseline import Update
    from validator.finding import FailOn
    from validator.judge import Judge
    from validator.report import Report


@click.command()
@options.paths
@click.option("-o", "--output", "baseline", metavar="FILE",
              help="The baseline to write or bring up to date; default: the configuration's.")  # fmt: skip
@click.option("--reason", metavar="TEXT", help="Why what is new is accepted.")
@click.option("--expires", callback=options.day, metavar="DATE",
              help="The last day on which it is; also for entries whose day is over.")  # fmt: skip
@options.judging
@options.meta
@options.fail_on
@click.option("--today", callback=options.day, metavar="DATE",
              help="The day to hold the baseline's dates to; default: today, in UTC.")  # fmt: skip
@work.jobs
def command(
    paths: tuple[str, ...],
    baseline: str | None,
    reason: str | None,
    expires: date | None,
    judge: Judge,
    meta: Path | None,
    fail_on: FailOn,
    today: date | None,
    jobs: int,
) -> int:
    """Accept what is found now, so that a check fails only on what is new.

    \b
      chunkspec baseline captures/ -o baseline.yaml --reason "reported as PROJ-123" --expires 2030-12-31
      chunkspec check captures/ --baseline baseline.yaml
      chunkspec baseline report.json -o baseline.yaml

    A PATH is what `chunkspec check` takes, or a JSON report of chunkspec, whose findings are taken as they are. Of a
    folder in which `chunkspec probe` saved its answers, what only asking could tell is taken from its report there.

    The findings that fail a check (--fail-on) become entries: the capture, the rule, the finding's fingerprint, why,
    until when. Later calls keep what stands there by hand, add what is new and take out what is no longer found. A
    check tells entries that are stale or whose day is over, and counts each as a warning. Captures are not changed.
    """
    if baseline is None:
        raise click.UsageError("no file to write to: name one with -o FILE, or as `baseline` in the configuration")
    if fail_on == "never":
        raise click.UsageError("with --fail-on never nothing fails, so there is nothing to accept; name a severity")
    day = options.today_or(today)
    if expires is not None and expires < day:
        raise click.UsageError(f"--expires {expires} is over: nothing would be accepted")
    file = None if baseline == STDOUT else Path(baseline)
    old = Baseline((), file.parent if file else Path(), day)
    if file is not None and file.exists():
        old = Baseline.load(file, day)
    reports = [one for one in paths if reported.is_report(one)]
    report = work.work(judge, [one for one in paths if one not in reports], meta, None, jobs)
    if report.interrupted:
        complain("interrupted: the baseline stays as it is")
        return INTERRUPTED
    report = _with(report, [*map(reported.whole, map(Path, reports)), *map(reported.asked, _left(paths))])
    accepted, update = old.updated(report, paths, fail_on, reason, expires)
    text = io.StringIO()
    accepted.write(text)
    if file is None:
        sys.stdout.write(text.getvalue())
    else:
        try:
            file.write_text(text.getvalue(), encoding="utf-8", newline="\n")
        except OSError as error:
            raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
        click.echo(f"{visible(str(file))}: {_told(update)}")
    for failure in report.failures:
        complain(failure.reason)
    return UNUSABLE if report.failures else OK


def _left(paths: Iterable[str]) -> Iterator[Path]:
    """Yield the reports that probes left in folders."""
    for one in paths:
        if Path(one).is_dir():
            yield from sorted(Path(one).rglob(reported.PROBE))


def _with(report: Report, others: Iterable[Report]) -> Report:
    """Return a report with what others say too."""
    every = [report, *others]
    streams = tuple(stream for one in every for stream in one.streams)
    return replace(report, streams=streams, failures=tuple(failure for one in every for failure in one.failures))


def _told(update: Update) -> str:
    told = f"{update.added} accepted anew, {update.kept} kept, {update.dropped} taken out as no longer found"
    return told + (f"; the day of {update.over} is over: --expires gives them another" if update.over else "")
