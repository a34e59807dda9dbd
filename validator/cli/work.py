"""The work of a verb that judges: how many processes do it, how far it is, and what remains of it after Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from validator.cli import progress
from validator.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from validator.judge import Judge
    from validator.report import Report
    from validator.trace import Wanted

jobs = click.option("-j", "--jobs", type=click.IntRange(min=0), default=1, show_default=True, metavar="N",
                    help="How many processes judge; 0: one for each processor. The report is the same.")  # fmt: skip


def work(judge: Judge, paths: Iterable[str], meta: Path | None, wanted: Wanted | None, jobs: int) -> Report:
    """Judge what the arguments name; after Ctrl-C, the report says so and tells what was found until then."""
    if jobs == 0:
        from validator.parallel import processors  # late: it imports what starts processes

        jobs = processors()
    with progress.shown() as watch:
        whole = Run(judge, meta, wanted, jobs=jobs, watch=watch)
        try:
            whole.judge(paths)
        except KeyboardInterrupt:
            return whole.report(interrupted=True)
        return whole.report()
