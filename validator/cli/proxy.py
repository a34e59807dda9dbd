"""``chunkspec proxy``: a proxy on the loopback that saves and judges every stream between a client and a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator import live
from validator.cli import complain, listen, options, outputs
from validator.reporters import FORMATS

if TYPE_CHECKING:
    from validator.baseline import Baseline
    from validator.finding import FailOn
    from validator.judge import Judge


@click.command()
@click.option("--upstream", required=True, metavar="URL",
              help="The server to pass requests on to; their paths come after that of the URL.")  # fmt: skip
@click.option("--captures", "-o", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              default=Path("captures"), show_default=True, help="Where to save streams, with sidecars.")  # fmt: skip
@listen.options
@click.option(
    "--timeout",
    type=options.Seconds(0, 86400, min_open=True),
    metavar="SECONDS",
    help="Give up on a server that sends nothing for so long; default: as long as the client waits.",
)
@options.judging
@options.fail_on
@options.accepting
@click.option("--format", "formats", multiple=True, metavar="NAME[:FILE]",
              help=f"{', '.join(FORMATS)}; more than one as NAME:FILE.  [default: text]")  # fmt: skip
@click.option("--verbose", "-v", is_flag=True, help="Tell also of responses that are no event streams.")
def command(
    upstream: str,
    folder: Path,
    host: str,
    port: int,
    timeout: float | None,
    judge: Judge,
    fail_on: FailOn,
    accepted: Baseline | None,
    formats: tuple[str, ...],
    *,
    verbose: bool,
) -> int:
    """Stand between a client and a server, and save and judge every stream that passes, as it flows.

    \b
      chunkspec proxy --upstream https://api.openai.com/v1
      chunkspec proxy --upstream http://localhost:8000 --port 8001 -o streams/
      chunkspec proxy --upstream http://localhost:8000 --profile vllm --format text --format junit:report.xml

    Give the client the address that is told as its base URL. What passes is not changed: bytes come as they came, and
    when they came. Each event stream is saved with a sidecar that says what was asked for, when its bytes came, and
    how it ended, also if the server broke it off (reset) or the client left (left); `chunkspec check DIR` judges
    these again. Keys are passed on, and saved nowhere.

    text (default) and concise tell of a stream as soon as it is over, all other formats in the end. Ctrl-C, or
    SIGTERM, ends it.

    Exit code 0: nothing at or above --fail-on. 1: findings. 2: no stream passed, or something could not be passed on,
    saved or judged, said on stderr.
    """
    live.require()
    from validator.cli.passing import Passing  # late, as what follows: `--help` needs none of it
    from validator.live.proxy import Proxy
    from validator.live.save import Folder
    from validator.live.serve import serve
    from validator.live.upstream import Upstream

    server = Upstream.of(upstream)
    reports = outputs.parse(formats, None)
    wanted = outputs.wanted(reports)
    captures = Folder(folder, numbered=True)

    def ready(at: str) -> None:
        complain(f"{at} passes requests on to {server}; streams are saved in {folder}; Ctrl-C ends it")
        listen.warn(at)

    passing = Passing(reports, wanted, fail_on, accepted, verbose=verbose)
    proxy = Proxy(server, captures, judge, passing, timeout=timeout, wanted=wanted)
    with passing:
        serve(proxy, host, port, ready=ready)
    return passing.finish()
