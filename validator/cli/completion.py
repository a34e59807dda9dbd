"""``chunkspec completion``: what makes a shell complete the command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from validator.cli import NAME, OK, group

#: The variable by which a shell asks the command what may follow.
VARIABLE = f"_{NAME.upper()}_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print what makes a shell complete verbs, options, rules and profiles; run it where the shell starts.

    \b
      chunkspec completion bash >> ~/.bashrc
      chunkspec completion zsh >> ~/.zshrc
      chunkspec completion fish > ~/.config/fish/completions/chunkspec.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has these three
    click.echo(kind(group, {}, NAME, VARIABLE).source())
    return OK
