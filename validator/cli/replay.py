"""``chunkspec replay``: a server on the loopback that streams captures, to test clients."""

from __future__ import annotations

import os

import click

from validator import live
from validator.cli import OK, listen, options
from validator.yamlfile import ConfigError


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=options.completed_by("files"))
@click.option("--corpus", is_flag=True, help="Play every case of the corpus: as RULE/CASE and PROVIDER/CASE.")
@click.option("--provider", is_flag=True,
              help="Play a well-formed provider that answers what it is asked: well-formed, and well-formed/VARIANT, "
              "each with one defect.")  # fmt: skip
@click.option("--api-key-env", metavar="NAME",
              help="The environment variable with the only key that the well-formed provider takes.")  # fmt: skip
@listen.options
@click.option("--timing", metavar="none|recorded|MS",
              help="When pieces are sent: at once, as recorded, or MS milliseconds apart. Default: recorded; with "
              "--corpus none.")  # fmt: skip
@click.option(
    "--reads",
    metavar="HOW",
    help="How a stream is cut into pieces: recorded (default), event, byte, whole, or N bytes at a time.",
)
@click.option("--fault", "faults", multiple=True, metavar="FAULT", help="What goes wrong; see --faults.")
@click.option("--at", metavar="N", help="After how many events a fault comes; default: half of them.")
@click.option("--seconds", metavar="S", help="How long the fault `pause` lasts; default: 5.")
@click.option("--faults", "list_faults", is_flag=True, help="List the faults, and play nothing.")
@click.option("--list", "list_names", is_flag=True, help="List the names that can be played, and play nothing.")
def command(
    paths: tuple[str, ...],
    api_key_env: str | None,
    host: str,
    port: int,
    timing: str | None,
    reads: str | None,
    faults: tuple[str, ...],
    at: str | None,
    seconds: str | None,
    *,
    corpus: bool,
    provider: bool,
    list_faults: bool,
    list_names: bool,
) -> int:
    """Stream captures to clients, as an OpenAI-compatible server on the loopback.

    \b
      chunkspec replay stream.sse
      chunkspec replay captures/ session.har --port 8099 --timing 20 --reads byte
      chunkspec replay --corpus --provider --port 8099
      curl -N localhost:8099/role-once/bad-role-on-every-delta
      curl -N localhost:8099/v1/chat/completions -d '{"stream": true, "model": "hello-world?fault=reset&at=3"}'

    What is played is named by the request's `model`, by name=NAME in the header x-replay, or by the path before /v1:
    a client's base URL may be http://localhost:8099/NAME/v1. GET /v1/models lists the names. A single capture has
    every name.

    How it is played, each request may say for itself: after ? in the name, in the header x-replay, or in the query
    of its URL, as in reads=byte&timing=20&fault=stall&at=2. A request that asks for no stream gets the same answer as
    one JSON object.
    """
    if list_faults:
        return _list_faults()
    live.require()
    from validator.live import serve  # late, as all that needs the extra
    from validator.live.replay import application
    from validator.live.shelf import Shelf
    from validator.live.wish import wish_of

    if not (paths or corpus or provider):
        raise click.UsageError("name a PATH, or give --corpus or --provider")
    timing = timing or ("none" if corpus else None)
    try:
        wish = wish_of({"timing": timing, "reads": reads, "at": at, "seconds": seconds}, faults)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    shelf = Shelf()
    shelf.add_captures(paths)
    if corpus:
        shelf.add_corpus()
    if provider:
        shelf.add_providers(_key(api_key_env))
    elif api_key_env is not None:
        raise click.UsageError("--api-key-env is for --provider")
    if list_names:
        for name in shelf.names():
            click.echo(_shown(name))
        return OK

    def ready(url: str) -> None:
        listen.warn(url)
        click.echo(
            f"{url}/v1 plays {len(shelf)} {'stream' if len(shelf) == 1 else 'streams'}; Ctrl-C ends it", err=True
        )

    serve.serve(application(shelf, wish), host, port, ready=ready)
    return OK


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        raise ConfigError(f"the environment variable {variable} holds no key")
    return key


def _list_faults() -> int:
    from validator.live.faults import FAULTS  # late: seldom asked for

    width = max(map(len, FAULTS))
    for fault in FAULTS.values():
        click.echo(f"{fault.name:<{width}}  {fault.what}")
    return OK


def _shown(name: str) -> str:
    from validator.reporters.visible import inert, visible  # late: only a list needs it

    return inert(visible(name))
