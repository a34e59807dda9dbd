"""Options that several verbs share: what to judge by, and when that fails."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator.cli import FOUND, OK, UNUSABLE
from validator.finding import SEVERITIES
from validator.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from validator.finding import Severity
    from validator.report import Report


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


_JUDGING = (
    click.option("--profile", metavar="NAME|FILE|auto",
                 help="A dialect, by name; see `chunkspec profiles`. auto: the one that the stream shows."),
    click.option("--rules", "more", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
                 help="Rules of your own, beside the built-in ones (YAML)."),
    click.option("--select", multiple=True, callback=_names, metavar="RULE|LAYER", help="Judge only these."),
    click.option("--ignore", multiple=True, callback=_names, metavar="RULE|LAYER", help="Do not judge these."),
    click.option("--severity", "severities", multiple=True, callback=_severities, metavar="RULE=LEVEL",
                 help="Set a rule or a layer to error, warning, info or off."),
)  # fmt: skip

#: The mildest finding that fails.
fail_on = click.option("--fail-on", type=click.Choice(["error", "warning", "info", "never"]), default="error",
                       show_default=True, help="The mildest finding that makes the exit code 1.")  # fmt: skip

#: What is known beside the bytes of every capture that is named.
meta = click.option("--meta", type=click.Path(path_type=Path), metavar="FILE",
                    help="Request, headers and timing as JSON; default: NAME.meta.json beside NAME.sse.")  # fmt: skip


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of what to judge by to a command, which is handed the `judge` that they make."""

    @wraps(command)
    def judged(
        *,
        profile: str | None,
        more: tuple[Path, ...],
        select: tuple[str, ...],
        ignore: tuple[str, ...],
        severities: dict[str, Severity],
        **others: Any,
    ) -> Any:
        return command(judge=Judge(profile, more, severities, select, ignore), **others)

    decorated: Callable[..., Any] = judged
    for option in reversed(_JUDGING):
        decorated = option(decorated)
    return decorated


def exit_code(report: Report, fail_on: str) -> int:
    """Return the exit code of a run, and say on stderr what could not be judged, a line each."""
    for failure in report.failures:
        click.echo(f"chunkspec: {failure.reason}", err=True)
    if report.failures:
        return UNUSABLE
    return FOUND if fail_on != "never" and report.at_least(fail_on) else OK  # type: ignore[arg-type]
