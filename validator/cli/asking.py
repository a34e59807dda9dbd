"""Options of the verbs that ask a running server."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator import catalogue, live
from validator.cli.options import Seconds
from validator.recognise import AUTO

if TYPE_CHECKING:
    from collections.abc import Callable

    from validator.judge import Judge
    from validator.live.asking import Asking
    from validator.protocol import Protocol

#: How long a request may take, in seconds, and how often it is sent again.
TIMEOUT, RETRIES = 120.0, 2

_ASKING = (
    click.option("--base-url", metavar="URL", help="Where the server is, such as http://localhost:8000/v1."),
    click.option("--api-key-env", metavar="NAME", help="The variable of the environment that holds the key."),
    click.option("--timeout", type=Seconds(0.05, 86400), default=TIMEOUT, show_default=True,
                 metavar="SECONDS", help="How long a request and its whole answer may take."),
    click.option("--retries", type=click.IntRange(0, 10), default=RETRIES, show_default=True, metavar="N",
                 help="How often a request is sent again that never arrived or was put off (429, 503)."),
    click.option("--force", is_flag=True, help="Replace what an earlier run left in the folder."),
)  # fmt: skip


def folder(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds the option of where answers are saved."""
    kept: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
        "--captures", "-o", "folder", required=required, metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help="Save what comes there, as captures with sidecars.",
    )  # fmt: skip
    return kept


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of how a server is asked; where an extra is missing, that is said before anything else."""

    @wraps(command)
    def needing(**given: Any) -> Any:
        live.require()
        return command(**given)

    decorated: Callable[..., Any] = needing
    for option in reversed(_ASKING):
        decorated = option(decorated)
    return decorated


def needed(value: str | None, name: str) -> str:
    """Return the value of an option that must be there, and not be empty as a variable that is not set."""
    if not value:
        raise click.UsageError(f"Missing option '{name}'.")
    return value


def asked_for(judge: Judge) -> tuple[str | None, Protocol, Asking]:
    """Return the profile that is judged by where an answer shows no other, its protocol, and how that is asked for.

    Raises:
        ConfigError: there is no such profile, or nothing says how the protocol is asked for.

    """
    from validator.live.asking import Asking  # late: of the extra `live`

    profile = judge.profile or (judge.config.profile if judge.config else None)
    profile = None if profile == AUTO else profile
    protocol, _ = catalogue.find_profile(profile)
    return profile, protocol, Asking.of(protocol)
