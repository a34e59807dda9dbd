"""``chunkspec convert``: captures of any format as .sse with a sidecar, fit to be shown to others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator import captures
from validator.cli import OK, UNUSABLE, complain, options
from validator.convert import Converter
from validator.reporters.visible import inert, visible
from validator.sse import BlockTooLong
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.convert import Converted
    from validator.judge import Judge
    from validator.limits import Limits


@click.command()
@options.paths
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="Where to write NAME.sse and NAME.meta.json.")  # fmt: skip
@click.option("--mask-text", is_flag=True, help="Make all text unreadable; what is found stays the same.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@options.meta
@options.judging
def command(
    paths: tuple[str, ...], output: Path, judge: Judge, meta: Path | None, *, mask_text: bool, force: bool
) -> int:
    """Write captures of any format as .sse with a sidecar: for the corpus, for a test, for a bug report.

    \b
      chunkspec convert session.har -o captures/
      chunkspec convert cassettes/ -o captures/
      chunkspec convert stream.sse -o report/ --mask-text

    Keys, tokens and cookies never come along; one that an answer spells out over several events is covered by
    --mask-text alone. --mask-text writes other letters and digits in place of all text: of
    the answer, of tool calls, of the request, of headers. Lengths and places stay, JSON stays JSON, and the result
    is held to exactly the findings of the capture. What programs read stays: names of models and tools, ids, the
    keys of JSON, values that a schema demands, stop sequences.

    The options of judging say which findings --mask-text must keep. Exit code 2: something could not be converted,
    said on stderr; the rest was.
    """
    converter = Converter(output, judge, mask=mask_text, force=force)
    code = OK
    for argument in paths:
        for outcome in _outcomes(argument, meta, judge.limits, converter):
            if isinstance(outcome, str):
                complain(outcome)
                code = UNUSABLE
            else:
                _tell(outcome)
    return code


def _outcomes(argument: str, meta: Path | None, limits: Limits, converter: Converter) -> Iterator[Converted | str]:
    """Yield what was written, and in words what could not be."""
    try:
        files = captures.files(argument)
    except ConfigError as error:
        yield str(error)
        return
    nothing: list[str] = []
    any_stream = False
    for file in files:
        try:
            for outcome in _of(file, meta, limits, converter):
                any_stream = True
                yield outcome
        except captures.NoStream as error:
            nothing.append(str(error))
    if nothing and not any_stream:  # no failure where a folder or a pattern names others too
        yield nothing[0] + (f"; and {len(nothing) - 1} files more hold none" if len(nothing) > 1 else "")


def _of(file: str, meta: Path | None, limits: Limits, converter: Converter) -> Iterator[Converted | str]:
    """Yield what was written of a file, and in words what could not be.

    Raises:
        NoStream: it holds none.

    """
    found = captures.read(file, meta, limits)
    while True:
        try:
            capture = next(found, None)
        except captures.NoStream:
            raise
        except ConfigError as error:
            yield str(error)
            return
        if capture is None:
            return
        try:
            yield converter.write(capture)
        except ConfigError as error:
            yield str(error)
        except BlockTooLong as error:
            yield f"{capture.source}: {error} (--limit {error.option})"


def _tell(written: Converted) -> None:
    click.echo(inert(f"{visible(str(written.path))}  {visible(written.source)}"))
    if written.keys_covered:
        complain(f"{written.path}: what looks like a key or token in it is covered with asterisks")
    if written.numbers_stayed:
        complain(f"{written.path}: numbers within its texts are not masked, as findings rest on them")
