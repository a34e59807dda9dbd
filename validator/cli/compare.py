"""``chunkspec compare``: what two captures of one answer differ in, by what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from validator import captures, catalogue
from validator.cli import FOUND, OK, options, outputs
from validator.place import PlaceError
from validator.reporters import comparison as reporters
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from validator.captures import Capture
    from validator.limits import Limits


@click.command()
@click.argument("a", metavar="A", shell_complete=options.completed_by("files"))
@click.argument("b", metavar="B", shell_complete=options.completed_by("files"))
@click.option(
    "--separate",
    is_flag=True,
    help="A and B answer two requests: what is made anew for each, such as ids of tool calls, is minor.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="PLACE",
    help="What does not count, with all below it: model, usage.prompt_tokens.",
)
@click.option("--protocol", metavar="NAME", help="The protocol of both; default: the one that they show.")
@options.bounded
@outputs.options_of(reporters.FORMATS)
@click.option("--verbose", "-v", is_flag=True, help="Tell minor differences in full, too.")
def command(
    a: str,
    b: str,
    ignore: tuple[str, ...],
    protocol: str | None,
    formats: tuple[str, ...],
    output: Path | None,
    limits: Limits,
    *,
    separate: bool,
    verbose: bool,
) -> int:
    """Say what was lost, added, changed or moved between two captures of one answer.

    \b
      chunkspec compare upstream.sse downstream.sse
      chunkspec compare streamed.sse answer.json --separate
      chunkspec compare session.har#1 session.har#2 --ignore model --format markdown

    Two captures of one answer mean the same, however it is cut into chunks: the same text, reasoning, refusal, tool
    calls, logprobs, finish reasons, usage, errors, and whatever else a provider adds. A capture is an event stream,
    in any format that `check` reads, or the JSON body of an answer that is not streamed. Each difference is told with
    its place on both sides. What may differ, such as ids and times, is minor and fails nothing.

    Exit code 0: both mean the same. 1: they differ. 2: they cannot be compared, said on stderr.
    """
    from validator.compare import compare  # late: completion needs none of it
    from validator.comparison import Compared, Comparison
    from validator.convert import whole
    from validator.meaning import meaning, protocol_of

    reports = outputs.parse(formats, output, reporters.FORMATS)
    outputs.protect(reports, (a, b))
    if protocol is not None:
        protocol = catalogue.protocol(protocol).name
    both = [_capture(one, limits) for one in (a, b)]
    data = [whole(one, limits) for one in both]
    shown = [protocol or protocol_of(one) for one in data]
    if None not in shown and shown[0] != shown[1]:
        raise ConfigError(f"{a} is of {shown[0]}, {b} of {shown[1]}: they can only be compared by one --protocol")
    chosen = next((one for one in shown if one is not None), catalogue.DEFAULT_PROTOCOL)
    mine, theirs = (meaning(read, capture.meta, chosen) for read, capture in zip(data, both, strict=True))
    for one, capture in zip((mine, theirs), both, strict=True):
        if one.empty:
            raise ConfigError(f"{capture.source}: has no event with data, and is no JSON object: nothing to compare")
    try:
        found = compare(mine, theirs, separate=separate, ignore=ignore)
    except PlaceError as error:
        raise ConfigError(f"--ignore {error}") from error
    result = Comparison(
        Compared(both[0].source, mine.whole, len(data[0])),
        Compared(both[1].source, theirs.whole, len(data[1])),
        chosen,
        tuple(found),
    )
    outputs.put(reports, lambda form, out, view: reporters.write(form, result, out, view), verbose=verbose)
    return OK if result.same else FOUND


def _capture(given: str, limits: Limits) -> Capture:
    """Return the one capture that an argument names."""
    found = list(captures.find(given, None, limits))
    if len(found) == 1:
        return found[0]
    several = f"such as {found[0].source} and {found[1].source}" if found else "but none is there"
    raise ConfigError(f"{given}: names {len(found)} streams, {several}; compare takes two, each by its own name")
