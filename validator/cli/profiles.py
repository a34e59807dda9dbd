"""``chunkspec profiles``: which dialects are known, and what each changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from validator import catalogue
from validator.cli.options import completed_by

if TYPE_CHECKING:
    from validator.protocol import Patch


@click.command()
@click.argument("name", required=False, shell_complete=completed_by("profiles"))
def command(name: str | None) -> int:
    """List the profiles and the protocol of each, or show what one of them changes and by which source.

    \b
      chunkspec profiles
      chunkspec profiles compatible
    """
    if name is None:
        found = [catalogue.find_profile(one)[1] for one in catalogue.profile_files()]
        wide = max(len(one.name) for one in found)
        wider = max(len(one.protocol) for one in found)
        for one in sorted(found, key=lambda one: one.protocol):
            click.echo(f"{one.name:<{wide}}  {one.protocol:<{wider}}  {one.summary}")
        return 0
    protocol, profile = catalogue.find_profile(name)
    click.echo(f"{profile.name}: {profile.summary}")
    click.echo(f"  of {protocol.name}: {protocol.title}")
    for patch in profile.patches:
        click.echo()
        click.echo(f"  {', '.join(patch.rules) or patch.schema}: {_change(patch)}")
        click.echo(f"    {patch.note}")
        click.echo(f"    source: {patch.source}")
    return 0


def _change(patch: Patch) -> str:
    """Return in words what a patch changes."""
    if patch.schema is not None:
        return f"may also have {', '.join([*patch.fields, *map(str, patch.values)])}"
    changes: list[str] = [patch.severity] if patch.severity else []
    changes += [f"{case}: {severity}" for case, severity in patch.cases.items()]
    changes += [f"{option}: {value}" for option, value in patch.options.items()]
    changes += ["not on some payloads"] if patch.excepted else []
    return ", ".join(changes)
