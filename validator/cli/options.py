"""Options that several verbs share: the configuration, what to judge by, and when that fails."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import wraps
from importlib import import_module
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from validator import config
from validator.cli import FOUND, INTERRUPTED, OK, UNUSABLE, complain
from validator.finding import SEVERITIES, FailOn
from validator.judge import Judge
from validator.limits import Limits
from validator.reporters.words import lapse_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from validator.config import Config
    from validator.finding import Severity
    from validator.report import Report


def _severities(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, Severity]:
    chosen: dict[str, Severity] = {}
    for one in given:
        rule, sign, level = one.partition("=")
        if not sign or level not in SEVERITIES:
            raise click.BadParameter(f"{one!r:.60} is not RULE=LEVEL with one of {', '.join(reversed(SEVERITIES))}")
        chosen[rule] = level
    return chosen


def names(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that an option lists, each with commas between them or given again."""
    found = tuple(name for one in given for name in one.split(",") if name)
    if given and not found:  # to take it for no option would choose all
        raise click.BadParameter("an empty text names nothing: has a variable no value?")
    return found


class Seconds(click.FloatRange):
    """A number of seconds in a range, which NaN is never in; click lets it pass."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        seconds: float = super().convert(value, param, ctx)
        if isnan(seconds):
            self.fail(f"{value} is not a number of seconds.", param, ctx)
        return seconds


def _limits(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    chosen = {}
    for one in given:
        name, sign, size = one.partition("=")
        if not sign:
            raise click.BadParameter(f"{one!r:.60} is not NAME=SIZE, such as block=128MiB")
        chosen[name] = size
    return chosen


def completed_by(name: str) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """Return the function of `validator.cli.complete` of this name, imported when a shell asks."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        found: list[Any] = getattr(import_module("validator.cli.complete"), name)(ctx, param, incomplete)
        return found

    return complete


#: The keys of what stands in a click context beside the parameters.
_CONFIG, _FILE, _OFF = "chunkspec.config", "chunkspec.config.file", "chunkspec.config.off"


def _configure(ctx: click.Context, param: click.Parameter, file: Path | None) -> None:
    """Read the configuration, and make what it says the defaults of the options."""
    if ctx.resilient_parsing:
        return
    if file is not None and _OFF in ctx.meta:
        raise click.UsageError("--config and --no-config contradict each other")
    ctx.meta[_FILE] = file
    found = None if _OFF in ctx.meta else config.load(file) if file is not None else config.find()
    if found is not None:
        ctx.meta[_CONFIG] = found
        said = {"fail_on": found.fail_on, "formats": found.formats, "jobs": found.jobs, "baseline": found.baseline}
        ctx.default_map = {name: value for name, value in said.items() if value not in (None, ())}


def _no_config(ctx: click.Context, param: click.Parameter, off: bool) -> None:
    if off and ctx.meta.get(_FILE) is not None:
        raise click.UsageError("--config and --no-config contradict each other")
    if off:
        ctx.meta[_OFF] = True


_LIMIT = click.option(
    "--limit", "limits", multiple=True, callback=_limits, metavar="NAME=SIZE",
    help="What a stream may cost: block, line (64MiB each), lines (100000), depth (64), joined (16MiB), "
    "findings (100), places (10), instances (10000); a file: unpacked, whole (256MiB each).",
)  # fmt: skip

_JUDGING = (
    click.option("--profile", metavar="NAME|FILE|auto", shell_complete=completed_by("profiles"),
                 help="A dialect, by name; see `chunkspec profiles`. auto: the one that the stream shows."),
    click.option("--rules", "more", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
                 help="Rules of your own, beside the built-in ones (YAML)."),
    click.option("--select", multiple=True, callback=names, shell_complete=completed_by("names"),
                 metavar="RULE|LAYER", help="Judge only these."),
    click.option("--ignore", multiple=True, callback=names, shell_complete=completed_by("names"),
                 metavar="RULE|LAYER", help="Do not judge these."),
    click.option("--severity", "severities", multiple=True, callback=_severities,
                 shell_complete=completed_by("severities"), metavar="RULE=LEVEL",
                 help="Set a rule or a layer to error, warning, info or off."),
    _LIMIT,
    click.option("--no-config", is_flag=True, is_eager=True, expose_value=False, callback=_no_config,
                 help="Read no configuration."),
    click.option("--config", type=click.Path(path_type=Path), is_eager=True, expose_value=False, callback=_configure,
                 metavar="FILE", help="The configuration; default: chunkspec.yaml, or [tool.chunkspec] of "
                 "pyproject.toml, in this folder or the nearest above."),
)  # fmt: skip

#: The captures to judge.
paths = click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=completed_by("files"))

#: The mildest finding that fails.
fail_on = click.option("--fail-on", type=click.Choice(get_args(FailOn)), default="error",
                       show_default=True, help="The mildest finding that makes the exit code 1.")  # fmt: skip

#: What is known beside the bytes of every capture that is named.
meta = click.option("--meta", type=click.Path(path_type=Path), metavar="FILE",
                    help="Request, headers and timing as JSON; default: NAME.meta.json beside NAME.sse.")  # fmt: skip


def day(ctx: click.Context, param: click.Parameter, given: str | None) -> date | None:
    """Return the day that an option names."""
    try:
        return None if given is None else date.fromisoformat(given)
    except ValueError:
        raise click.BadParameter(f"{given!r:.60} is not a day such as 2030-12-31") from None


def today_or(given: date | None) -> date:
    """Return the day that was given, else that of the clock, which nothing else asks."""
    return given or datetime.now(UTC).date()


_ACCEPTING = (
    click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE",
                 help="Findings that are accepted: told as suppressed, they fail nothing. See `chunkspec baseline`."),
    click.option("--no-baseline", is_flag=True, help="Accept nothing, whatever the configuration says."),
    click.option("--today", callback=day, metavar="DATE",
                 help="The day to hold the baseline's dates to; default: today, in UTC."),
)  # fmt: skip


def accepting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a baseline; the command is handed the `accepted` findings, None if there is no baseline."""

    @wraps(command)
    def with_baseline(*, baseline: Path | None, no_baseline: bool, today: date | None, **others: Any) -> Any:
        accepted = None
        if baseline is not None and not no_baseline:
            from validator.baseline import Baseline  # late: many runs have none

            accepted = Baseline.load(baseline, today_or(today))
        return command(accepted=accepted, **others)

    decorated: Callable[..., Any] = with_baseline
    for option in reversed(_ACCEPTING):
        decorated = option(decorated)
    return decorated


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of what to judge by; the command is handed the `judge` that they and the configuration make."""

    @wraps(command)
    def judged(
        *,
        profile: str | None,
        more: tuple[Path, ...],
        select: tuple[str, ...],
        ignore: tuple[str, ...],
        severities: dict[str, Severity],
        limits: dict[str, str],
        **others: Any,
    ) -> Any:
        found: Config | None = click.get_current_context().meta.get(_CONFIG)
        most = (found.limits if found else Limits()).changed(limits, "--limit")
        return command(judge=Judge(profile, more, severities, select, ignore, most, found), **others)

    decorated: Callable[..., Any] = judged
    for option in reversed(_JUDGING):
        decorated = option(decorated)
    return decorated


def bounded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option of what captures may cost, for a command that judges by nothing; it is handed the `limits`."""

    @wraps(command)
    def limited(*, limits: dict[str, str], **others: Any) -> Any:
        return command(limits=Limits().changed(limits, "--limit"), **others)

    return _LIMIT(limited)


def exit_code(report: Report, fail_on: FailOn) -> int:
    """Return the exit code of a run; say on stderr, a line each, what could not be judged and what lapsed."""
    for failure in report.failures:
        complain(failure.reason)
    for lapse in report.lapses:
        complain(lapse_text(lapse))
    if report.interrupted:
        return INTERRUPTED
    if report.failures:
        return UNUSABLE
    return FOUND if report.fails(fail_on) else OK
