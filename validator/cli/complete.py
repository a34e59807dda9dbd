"""What a shell may complete: files, and the names of rules and such; asked only when somebody presses Tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from validator import catalogue
from validator.finding import SEVERITIES

if TYPE_CHECKING:
    import click


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell to complete a file."""
    return [CompletionItem(incomplete, type="file")]


def profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the profiles that begin so."""
    return [name for name in ("auto", *catalogue.profile_files()) if name.startswith(incomplete)]


def rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the rules that begin so."""
    return sorted(name for name in catalogue.rule_names() if name.startswith(incomplete))


def layers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the layers that begin so."""
    return sorted(name for name in catalogue.layer_names() if name.startswith(incomplete))


def protocols(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the protocols that begin so."""
    return [name for name in catalogue.protocol_folders() if name.startswith(incomplete)]


def names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the rules and layers that begin so, the last of a list."""
    before, comma, last = incomplete.rpartition(",")
    known = sorted({*catalogue.layer_names(), *catalogue.rule_names()})
    return [f"{before}{comma}{name}" for name in known if name.startswith(last)]


def severities(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return ``RULE=`` for what begins so, and then the severities."""
    rule, sign, level = incomplete.partition("=")
    if sign:
        return [f"{rule}={one}" for one in reversed(SEVERITIES) if one.startswith(level)]
    return [f"{name}=" for name in names(ctx, param, incomplete)]
