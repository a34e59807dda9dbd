"""``chunkspec probe``: a running server is asked the right questions, and its answers are judged."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator.cli import OK, options, outputs, progress
from validator.cli import asking as asking_options
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from validator.baseline import Baseline
    from validator.finding import FailOn
    from validator.judge import Judge
    from validator.live.asking import Asking
    from validator.live.probe import Probe
    from validator.live.scenario import Scenario
    from validator.report import Report


@click.command()
@click.option("--model", metavar="NAME", help="The model to ask for.")
@asking_options.folder(required=False)
@click.option(
    "--without",
    multiple=True,
    callback=options.names,
    metavar="NAME",
    help="What the server cannot do, such as tools,logprobs,n; scenarios that ask for it are left out.",
)
@click.option("--only", multiple=True, callback=options.names, metavar="SCENARIO", help="Ask only these scenarios.")
@click.option(
    "--scenarios",
    "own",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Scenarios of your own, beside the built-in ones (form: schemas/meta/scenario.json).",
)
@click.option(
    "--max-requests",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="How many requests may be sent, retries included.",
)
@click.option(
    "--max-tokens",
    type=click.IntRange(min=1),
    default=50_000,
    show_default=True,
    metavar="N",
    help="How many tokens all answers together may have.",
)
@click.option("--list", "listed", is_flag=True, help="List the scenarios and what they ask for; ask nothing.")
@asking_options.asking
@options.judging
@options.fail_on
@options.accepting
@outputs.options
@click.option("--verbose", "-v", is_flag=True, help="Tell also of streams without findings.")
def command(
    base_url: str | None,
    model: str | None,
    api_key_env: str | None,
    folder: Path | None,
    without: tuple[str, ...],
    only: tuple[str, ...],
    own: tuple[Path, ...],
    timeout: float,
    retries: int,
    max_requests: int,
    max_tokens: int,
    judge: Judge,
    fail_on: FailOn,
    accepted: Baseline | None,
    formats: tuple[str, ...],
    output: Path | None,
    *,
    force: bool,
    listed: bool,
    verbose: bool,
) -> int:
    """Ask a running server for streams of every kind, and judge what comes.

    \b
      chunkspec probe --base-url http://localhost:8000/v1 --model my-model -o captures/
      chunkspec probe --base-url https://api.example/v1 --model m --api-key-env EXAMPLE_KEY
      chunkspec probe --base-url http://localhost:8000/v1 --model m --without tools,logprobs,n
      chunkspec probe --base-url http://localhost:8000/v1 --model m --only plain-text,tool-auto
      chunkspec probe --base-url http://localhost:8000/v1 --model m -o captures/ --baseline accepted.yaml
      chunkspec probe --list

    Each scenario is a request or a few of them. What the server cannot do by its own word, what a model did not do
    though it was asked to, and what was not judged is listed, and counts for nothing. `chunkspec check DIR` judges
    the captures in the folder in the same way later; findings of the layer "asked" only asking can show. `chunkspec
    baseline DIR` accepts what was found, of both.

    Keys come from the environment only, and are written nowhere.

    Exit code 0: nothing at or above --fail-on. 1: findings. 2: the server cannot be reached, or something could not
    be judged. 130: Ctrl-C; the report tells what was found until then.
    """
    from validator.live.ask import Asker  # late: of the extra `live`
    from validator.live.budget import Budget
    from validator.live.keep import Kept
    from validator.live.key import Key
    from validator.live.probe import Probe
    from validator.live.scenario import chosen, graded, load

    profile, protocol, asking = asking_options.asked_for(judge)
    scenarios = load([asking.scenarios, *own], asking)
    scenarios, judge = graded(scenarios, judge)
    wanted = chosen(scenarios, only)
    for name in without:
        if name not in asking.capabilities:
            known = list(asking.capabilities)
            raise ConfigError(f"--without {name}: known are {', '.join(known)}{nearest(name, known)}")
    if listed:
        for line in _list(wanted, asking):
            click.echo(line)
        return OK
    endpoint = asking.at(asking_options.needed(base_url, "--base-url"), Key.named(api_key_env))
    model = asking_options.needed(model, "--model")
    reports = outputs.parse(formats, output)
    judge.ready()
    with Kept(folder, judge.profile) as kept:
        if folder is not None:
            kept.prepare([one.file(ask) for one in scenarios for ask in one.requests], force=force)
        asker = Asker(endpoint, Budget(max_requests, max_tokens), timeout=timeout, retries=retries)
        with progress.shown("scenarios") as watch:
            probe = Probe(
                asker, asking, protocol, judge, kept,
                profile=profile, model=model, without=without, wanted=outputs.wanted(reports), watch=watch,
            )  # fmt: skip
            report = _run(probe, wanted)
        if accepted is not None:
            report = accepted.applied(report)
        kept.write(report.to_dict())
        try:
            outputs.write(reports, report, verbose=verbose, fail_on=fail_on)
        finally:
            code = options.exit_code(report, fail_on)
    return code


def _run(probe: Probe, scenarios: list[Scenario]) -> Report:
    """Ask all scenarios; after Ctrl-C, the report says so and tells what was found until then."""
    try:
        asyncio.run(probe.run(scenarios))
    except KeyboardInterrupt:
        return probe.report(interrupted=True)
    return probe.report()


def _list(scenarios: Iterable[Scenario], asking: Asking) -> Iterable[str]:
    rows = [(one.id, one.title, ", ".join(one.asks)) for one in scenarios]
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, title, asks in rows:
        yield f"{name:<{width}}  {title}" + (f"  [{asks}]" if asks else "")
    yield ""
    yield "--without takes:"
    wide = max((len(name) for name in asking.capabilities), default=0)
    yield from (f"  {name:<{wide}}  {one.says}" for name, one in asking.capabilities.items())
