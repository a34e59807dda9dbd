"""``chunkspec minimize``: the smallest stream that still has a finding."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator import captures, catalogue, sse
from validator.cli import INTERRUPTED, OK, complain, options, progress
from validator.convert import refuse, save, whole
from validator.minimize import NotFound, minimize
from validator.onefile import nobody
from validator.reporters.visible import visible
from validator.sse import BlockTooLong
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from validator.captures import Capture
    from validator.judge import Judge
    from validator.minimize import Minimized

#: What stands for standard output among files.
STDOUT = Path("-")


@click.command()
@click.argument("path", metavar="FILE", shell_complete=options.completed_by("files"))
@click.option("--rule", required=True, metavar="RULE", shell_complete=options.completed_by("rules"),
              help="The rule whose finding must stay.")  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), default=STDOUT, metavar="FILE",
              help="Write it there, and NAME.meta.json if it needs one; default: standard output.")  # fmt: skip
@click.option("--sound", is_flag=True, help="Break no rule that the capture does not break.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@options.meta
@options.judging
def command(path: str, rule: str, output: Path, judge: Judge, meta: Path | None, *, sound: bool, force: bool) -> int:
    """Make the smallest stream that still has a rule's finding, for a bug report or a test.

    \b
      chunkspec minimize stream.sse --rule role-once
      chunkspec minimize session.har#3 --rule tool-arguments-json -o small.sse
      chunkspec minimize stream.sse --rule choice-index-valid --sound -o small.sse

    Events go first, then members of payloads, then what is known beside the stream. Without some events a stream
    breaks other rules too, such as done-present; with --sound, events go only where it does not. The same capture
    always gives the same result. Of several streams in a file, the first with the finding is taken.

    Exit code 2: it cannot be made. 130: Ctrl-C; what was left until then is written.
    """
    known = catalogue.rule_names() | set(judge.rules(catalogue.protocol(catalogue.DEFAULT_PROTOCOL)))
    if rule not in known:
        raise ConfigError(f"unknown rule {rule!r:.60}{nearest(rule, sorted(known))}")
    nothing = f"{path}: {rule} finds nothing in it"
    with progress.shown() as watch:
        if watch is not None:
            watch.begin(1)
        tell: Callable[[int], None] = partial(watch.read, path) if watch is not None else nobody
        for capture in captures.find(path, meta, judge.limits):
            if output != STDOUT:
                refuse(capture, output, force=force)
            data = whole(capture, judge.limits)
            try:
                small = minimize(data, capture.meta, judge, rule, capture.file, sound=sound, tell=tell)
                break
            except NotFound as error:
                nothing = f"{capture.source}: {error}"
            except BlockTooLong as error:
                raise ConfigError(f"{capture.source}: {error} (--limit {error.option})") from error
        else:
            raise ConfigError(nothing)
    _write(small, output)
    _tell(capture, data, small, output)
    return INTERRUPTED if small.interrupted else OK


def _write(small: Minimized, output: Path) -> None:
    if output != STDOUT:
        save(output, [small.data], small.meta)
        return
    out = sys.stdout.buffer
    if out.isatty():  # what acts on a terminal is shown there, and not sent
        lines = small.data.decode("utf-8", "backslashreplace").split("\n")
        out.write("\n".join(map(visible, lines)).encode("utf-8", "backslashreplace"))
    else:
        out.write(small.data)
    out.flush()


def _tell(capture: Capture, data: bytes, small: Minimized, output: Path) -> None:
    """Say on stderr what became of it."""
    name = capture.source
    if small.interrupted:
        complain(f"{name}: interrupted: a smaller one may be possible")
    elif not small.complete:
        complain(f"{name}: stopped after judging {small.runs} streams; a smaller one may be possible")
    if small.meta and output == STDOUT:
        complain(f"{name}: the finding needs what is known beside the stream; write that too, with -o FILE")
    found, event = small.finding, small.finding.where.event
    complain(
        f"{name}: {sse.count(data)} events to {small.events}, {len(data)} bytes to {len(small.data)}; "
        f"{found.severity} {found.rule}{f' at event {event}' if event is not None else ''}"
    )
