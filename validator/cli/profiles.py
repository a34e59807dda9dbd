"""``chunkspec profiles``: which dialects are known, and what each changes."""

from __future__ import annotations

import click

from validator import catalogue


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """List the profiles, or show what one of them changes and by which source.

    \b
      chunkspec profiles
      chunkspec profiles compatible
    """
    protocol = catalogue.protocol(catalogue.DEFAULT_PROTOCOL)
    if name is None:
        wide = max(map(len, protocol.profiles))
        for one in protocol.profiles:
            click.echo(f"{one:<{wide}}  {catalogue.profile(protocol, one).summary}")
        return 0
    profile = catalogue.profile(protocol, name)
    click.echo(f"{profile.name}: {profile.summary}")
    for patch in profile.patches:
        click.echo()
        if patch.rules:
            change = f"severity {patch.severity}" if patch.severity else f"options {dict(patch.options)}"
            click.echo(f"  {', '.join(patch.rules)}: {change}")
        else:
            more = [*patch.fields, *map(str, patch.values)]
            click.echo(f"  {patch.schema}: may also have {', '.join(more)}")
        click.echo(f"    {patch.note}")
        click.echo(f"    source: {patch.source}")
    return 0
