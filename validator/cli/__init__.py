"""The command ``chunkspec``: one module for each verb, imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from validator.report import tool_version
from validator.reporters.visible import inert, visible
from validator.yamlfile import ConfigError, nearest

#: The verbs, each a module of this package with a command `command`, and what they do in a few words.
VERBS = {
    "check": "Judge captured streams: what breaks the protocol, where, who fails on it, what to change.",
    "compare": "Say in what two captures of one answer differ, by what they mean.",
    "matrix": "Set several providers or versions beside one another: which rules each keeps and breaks.",
    "probe": "Ask a running server for streams of every kind, and judge what comes.",
    "record": "Send one request to a running server, and save and judge what comes.",
    "proxy": "Stand between a client and a server; save and judge every stream that passes.",
    "baseline": "Accept what is found now, so that a check fails only on what is new.",
    "explain": "Say what a rule checks and why, with a good and a bad stream.",
    "convert": "Write captures of any format as .sse with a sidecar, masked if need be.",
    "minimize": "Make the smallest stream that still has a finding.",
    "replay": "Stream captures to clients, as they are or with faults, to test clients.",
    "infer": "Propose the smallest profile that explains a stream.",
    "rules": "List the rules.",
    "profiles": "List the profiles, or what one of them changes.",
    "completion": "Print what makes a shell complete the command.",
}

#: Exit codes: nothing found at or above --fail-on; findings; an input or option that cannot be used; Ctrl-C.
OK, FOUND, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

#: What the command is called, however it was started.
NAME = "chunkspec"


class _Verbs(click.Group):
    """Imports a verb's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"validator.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            ctx.fail(f"no such command {args[0]!r}{nearest(args[0], list(VERBS))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _version(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"{NAME}, version {tool_version()}")
        ctx.exit()


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`chunkspec VERB --help` shows examples.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Show the version and exit.")  # fmt: skip
def group() -> None:
    """Say whether captured LLM streams keep to their protocol, where they do not, and who breaks on it.

    \b
      chunkspec check stream.sse           judge one capture
      chunkspec check captures/            judge every capture in a folder
      curl -sN ... | chunkspec check -     judge what a server streams
      chunkspec explain role-once          what a rule means
    """


def complain(message: str) -> None:
    """Say on stderr, in one line, what is wrong; names of files and text of streams in it never act anywhere."""
    click.echo(inert(f"{NAME}: {visible(message)}"), err=True)


def main() -> None:
    """Run the command; every problem with what was given is one line on stderr and exit code 2."""
    try:
        code = group.main(prog_name=NAME, standalone_mode=False)
    except click.exceptions.Abort:
        code = INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = UNUSABLE
    except click.ClickException as error:
        complain(" ".join(error.format_message().split()))
        code = UNUSABLE
    except ConfigError as error:
        complain(str(error))
        code = UNUSABLE
    except OSError as error:  # of a verb that prints, or of a name that no file can have
        what = "standard output cannot be written" if error.filename is None else f"{error.filename!s:.200}"
        complain(f"{what}: {error.strerror}")
        code = UNUSABLE
    sys.exit(code if isinstance(code, int) else OK)
