"""Options that several verbs share: the configuration, what to judge by, and when that fails."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator import config
from validator.cli import FOUND, OK, UNUSABLE
from validator.finding import SEVERITIES
from validator.judge import Judge
from validator.limits import Limits

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
            raise click.BadParameter(f"{one!r} is not RULE=LEVEL with one of {', '.join(reversed(SEVERITIES))}")
        chosen[rule] = level
    return chosen


def _names(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for one in given for name in one.split(",") if name)


def _limits(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    chosen = {}
    for one in given:
        name, sign, size = one.partition("=")
        if not sign:
            raise click.BadParameter(f"{one!r} is not NAME=SIZE, such as block=128MiB")
        chosen[name] = size
    return chosen


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


_JUDGING = (
    click.option("--profile", metavar="NAME|FILE|auto",
                 help="A dialect, by name; see `chunkspec profiles`. auto: the one that the stream shows."),
    click.option("--rules", "more", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
                 help="Rules of your own, beside the built-in ones (YAML)."),
    click.option("--select", multiple=True, callback=_names, metavar="RULE|LAYER", help="Judge only these."),
    click.option("--ignore", multiple=True, callback=_names, metavar="RULE|LAYER", help="Do not judge these."),
    click.option("--severity", "severities", multiple=True, callback=_severities, metavar="RULE=LEVEL",
                 help="Set a rule or a layer to error, warning, info or off."),
    click.option("--limit", "limits", multiple=True, callback=_limits, metavar="NAME=SIZE",
                 help="What one stream may cost: block (64MiB), joined (16MiB), findings, places, instances."),
    click.option("--no-config", is_flag=True, is_eager=True, expose_value=False, callback=_no_config,
                 help="Read no configuration."),
    click.option("--config", type=click.Path(path_type=Path), is_eager=True, expose_value=False, callback=_configure,
                 metavar="FILE", help="The configuration; default: chunkspec.yaml, or [tool.chunkspec] of "
                 "pyproject.toml, in this folder or the nearest above."),
)  # fmt: skip

#: The mildest finding that fails.
fail_on = click.option("--fail-on", type=click.Choice(["error", "warning", "info", "never"]), default="error",
                       show_default=True, help="The mildest finding that makes the exit code 1.")  # fmt: skip

#: What is known beside the bytes of every capture that is named.
meta = click.option("--meta", type=click.Path(path_type=Path), metavar="FILE",
                    help="Request, headers and timing as JSON; default: NAME.meta.json beside NAME.sse.")  # fmt: skip


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


def exit_code(report: Report, fail_on: str) -> int:
    """Return the exit code of a run, and say on stderr what could not be judged, a line each."""
    for failure in report.failures:
        click.echo(f"chunkspec: {failure.reason}", err=True)
    if report.failures:
        return UNUSABLE
    return FOUND if fail_on != "never" and report.at_least(fail_on) else OK  # type: ignore[arg-type]
