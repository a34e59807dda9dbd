"""Options of the verbs that serve: where they listen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from validator.cli import complain

if TYPE_CHECKING:
    from collections.abc import Callable


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--host`` and ``--port`` to a command."""
    port = click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N",
                        help="The port to listen on; default: a free one, which is told.")  # fmt: skip
    host = click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST",
                        help="The address to listen on; only another than this lets other machines in.")  # fmt: skip
    return host(port(command))


def warn(at: str) -> None:
    """Say on stderr that other machines reach a URL, if they do."""
    from validator.live.serve import is_loopback  # late: it needs the extra

    if not is_loopback(at):
        complain(f"{at} is open to other machines, as --host asks for it")
