"""``chunkspec record``: one request to a running server, its answer saved and judged."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator.cli import INTERRUPTED, OK, complain, options, outputs, work
from validator.cli import asking as asking_options
from validator.yamlfile import ConfigError, parse_json

if TYPE_CHECKING:
    from validator.baseline import Baseline
    from validator.finding import FailOn
    from validator.judge import Judge
    from validator.live.answer import Answer, Question
    from validator.live.ask import Asker


@click.command()
@click.argument("request_file", metavar="REQUEST", type=click.Path(path_type=Path))
@asking_options.folder(required=True)
@asking_options.asking
@options.judging
@options.fail_on
@options.accepting
@outputs.options
@click.option("--verbose", "-v", is_flag=True, help="Tell also of a stream without findings.")
def command(
    request_file: Path,
    base_url: str | None,
    api_key_env: str | None,
    folder: Path,
    timeout: float,
    retries: int,
    judge: Judge,
    fail_on: FailOn,
    accepted: Baseline | None,
    formats: tuple[str, ...],
    output: Path | None,
    *,
    force: bool,
    verbose: bool,
) -> int:
    """Send one request to a running server, and save and judge what comes.

    \b
      chunkspec record --base-url http://localhost:8000/v1 request.json -o captures/
      chunkspec record --base-url https://api.example/v1 --api-key-env EXAMPLE_KEY request.json -o captures/

    REQUEST is a JSON file with the body of the request, sent as it is: it asks for a stream only if it says so.
    The answer stands in DIR under the file's name, with a sidecar. Keys come from the environment only.

    Exit code 0: nothing at or above --fail-on. 1: findings. 2: nothing came that can be judged. 130: Ctrl-C; what
    came until then is saved and judged.
    """
    from validator.live.ask import Asker  # late: of the extra `live`
    from validator.live.budget import Budget
    from validator.live.keep import Kept
    from validator.live.key import Key

    _, _, asking = asking_options.asked_for(judge)
    value = parse_json(request_file)
    if type(value) is not dict:
        raise ConfigError(f"{request_file}: holds no JSON object, which the body of a request is")
    endpoint = asking.at(asking_options.needed(base_url, "--base-url"), Key.named(api_key_env))
    reports = outputs.parse(formats, output)
    judge.ready()
    name = request_file.stem
    with Kept(folder, judge.profile) as kept:
        kept.free(name, force=force)
        asker = Asker(endpoint, Budget(1 + retries, 0), timeout=timeout, retries=retries)
        interrupted = False
        try:
            answer = asyncio.run(_ask(asker, asking.question(value, 0)))
        except KeyboardInterrupt:
            if asker.left is None or not asker.left.body:
                raise
            answer, interrupted = asker.left, True
        if answer.status is None and not answer.body:
            raise ConfigError(f"{endpoint.url}: no answer: {answer.trouble}")
        streams = asking.asks_for_stream(value)
        path = kept.save(name, answer, stream=streams)
    if not streams:
        click.echo(f"{path}: HTTP {answer.status}; no stream was asked for, so nothing is judged")
        return INTERRUPTED if interrupted else OK
    if answer.problem is not None:
        raise ConfigError(f"{path}: {answer.problem}")
    report = work.work(judge, [str(path)], None, outputs.wanted(reports), 1)
    if accepted is not None:
        report = accepted.applied(report)
    if interrupted:
        complain(f"{path}: interrupted: its rest did not come")
        report = replace(report, interrupted=True)
    try:
        outputs.write(reports, report, verbose=verbose, fail_on=fail_on)
    finally:
        code = options.exit_code(report, fail_on)
    return code


async def _ask(asker: Asker, question: Question) -> Answer:
    async with asker:
        return await asker.ask(question)
