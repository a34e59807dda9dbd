"""``chunkspec rules``: the catalogue as a table."""

from __future__ import annotations

import click

from validator import catalogue
from validator.cli.options import completed_by
from validator.rules_page import page
from validator.yamlfile import nearest


@click.command()
@click.option("--protocol", metavar="NAME", default=catalogue.DEFAULT_PROTOCOL, show_default=True,
              shell_complete=completed_by("protocols"), help="The protocol whose rules to list.")  # fmt: skip
@click.option("--layer", metavar="LAYER", shell_complete=completed_by("layers"), help="Only the rules of this layer.")
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True,
              help="markdown: the whole page, with reasons and sources.")  # fmt: skip
def command(protocol: str, layer: str | None, form: str) -> int:
    """List the rules of a protocol: id, severity, layer, what must hold.

    \b
      chunkspec rules
      chunkspec rules --layer order
      chunkspec rules --protocol text.completion
    """
    if form == "markdown":
        click.echo(page(catalogue.protocol(protocol)), nl=False)
        return 0
    rules = catalogue.protocol(protocol).rules.values()
    layers = sorted({rule.layer for rule in rules})
    if layer is not None and layer not in layers:
        raise click.UsageError(f"unknown layer {layer!r:.60}: known are {', '.join(layers)}{nearest(layer, layers)}")
    chosen = [rule for rule in rules if layer in (None, rule.layer)]
    wide = max(len(rule.id) for rule in chosen)
    for rule in chosen:
        click.echo(f"{rule.id:<{wide}}  {rule.severity:<7}  {rule.layer:<10}  {rule.title}")
    return 0
