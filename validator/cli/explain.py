"""``chunkspec explain``: what a rule checks and why, with streams that keep and break it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from validator import catalogue
from validator.api import check
from validator.cli.options import completed_by
from validator.reporters.text_ import finding_lines
from validator.reporters.visible import visible
from validator.schema import data_folder
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from validator.protocol import Protocol
    from validator.rule import Rule

#: How many characters of a line of an example are shown.
_SHOWN = 1000


@click.command()
@click.argument("rule", shell_complete=completed_by("rules"))
def command(rule: str) -> int:
    """Say what a rule checks, why, who breaks, by which sources, with a good and a bad stream.

    \b
      chunkspec explain role-once
    """
    try:
        protocol, found = catalogue.find_rule(rule)
    except ConfigError:
        from validator.live.scenario import expectation  # late: seldom asked for

        expected = expectation(rule)
        if expected is None:
            if rule in catalogue.layer_names():
                raise ConfigError(f"{rule!r} is no rule but a layer: chunkspec rules --layer {rule}") from None
            raise
        protocol, found = expected
    click.echo("\n".join(_lines(found, protocol)))
    return 0


def _lines(rule: Rule, protocol: Protocol) -> Iterator[str]:
    yield f"{rule.id}: {rule.title}"
    yield ""
    yield from _labelled(
        "severity", rule.severity + "".join(f"; {case}: {level}" for case, level in rule.cases.items())
    )
    yield from _labelled("protocol", protocol.name)
    yield from _labelled("layer", rule.layer)
    yield from _labelled("looks at", ", ".join(map(str, rule.on)))
    yield from _labelled("needs", ", ".join(rule.needs))
    yield from _labelled("expected", rule.expect)
    yield from _labelled("why", rule.why)
    for client, what in rule.breaks.items():
        yield from _labelled("breaks", f"{client}: {what}")
    yield from _labelled("change", rule.fix or "")
    yield from _labelled("note", rule.note or "")
    yield from _labelled("basis", ", ".join(rule.basis))
    for source in rule.sources:
        yield from _labelled(
            "source", ", ".join(source[key] for key in ("title", "section", "date", "url") if key in source)
        )
    folder = data_folder("corpus") / "rules" / rule.id
    for kind in ("good", "bad"):
        for path in sorted(folder.glob(f"{kind}-*.sse"), key=lambda path: (path.stat().st_size, path.name))[:1]:
            yield ""
            yield f"A {kind} stream, {path.stem}:"
            yield from _example(path)
            if kind == "bad":
                yield ""
                for finding in check(path, profile=protocol.default_profile).findings:
                    yield from finding_lines(finding)


def _example(path: Path) -> Iterator[str]:
    for line in path.read_bytes().rstrip(b"\r\n").decode("utf-8", "replace").split("\n"):
        shown = visible(line.removesuffix("\r"))
        yield "  " + (shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…")


def _labelled(label: str, text: str) -> Iterator[str]:
    if text:
        yield from textwrap.wrap(text, 100, initial_indent=f"  {label:<10}", subsequent_indent=" " * 12)
