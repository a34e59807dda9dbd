"""``chunkspec infer``: the smallest profile that explains a stream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator import captures, catalogue
from validator.cli import options
from validator.convert import whole
from validator.infer import infer
from validator.recognise import recognise

if TYPE_CHECKING:
    from validator.limits import Limits


@click.command()
@click.argument("path", metavar="FILE")
@click.option("--meta", type=click.Path(path_type=Path), metavar="FILE", help="Request, headers and timing as JSON.")
@options.bounded
@click.option("--name", default="inferred", show_default=True, help="What to call the profile.")
def command(path: str, meta: Path | None, name: str, limits: Limits) -> int:
    """Propose a profile: the known dialect that explains a stream best, and patches for what it leaves.

    \b
      chunkspec infer stream.sse > mine.yaml
      chunkspec check stream.sse --profile mine.yaml

    It grades what it patches one step milder; look at each patch, and say where the behaviour is documented. A
    defect does not belong in a profile.
    """
    found = list(captures.find(path, meta, limits))
    if len(found) > 1:
        raise click.UsageError(f"{path} holds {len(found)} captures; name one of them")
    data = whole(found[0], limits)
    shown, _ = recognise(data)
    protocol = catalogue.find_profile(shown)[0].name
    click.echo(infer(data, found[0].meta, found[0].source, protocol).to_yaml(name), nl=False)
    return 0
