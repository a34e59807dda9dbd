"""The rules of a protocol as a Markdown page, made of the same data that judges streams."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.protocol import Protocol
    from validator.rule import Rule


def page(protocol: Protocol) -> str:
    """Return the page: for each layer a table, then each rule with its reasons and sources."""
    return "\n".join(_lines(protocol)) + "\n"


def _lines(protocol: Protocol) -> Iterator[str]:
    rules = sorted(protocol.rules.values(), key=lambda rule: rule.layer)
    yield f"# Rules of {protocol.title}"
    yield ""
    yield f"{len(rules)} rules, with their severities in the strictest profile. Made of the rules' YAML by"
    yield f"`chunkspec rules --protocol {protocol.name} --format markdown`."
    for layer, members in groupby(rules, key=lambda rule: rule.layer):
        yield ""
        yield f"## {layer}"
        yield ""
        yield "| rule | severity | what holds |"
        yield "| --- | --- | --- |"
        listed = list(members)
        for rule in listed:
            yield f"| [{rule.id}](#{rule.id}) | {_severity(rule)} | {_cell(rule.title)} |"
        for rule in listed:
            yield ""
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"{rule.title}. Expected: {rule.expect}."
    if rule.why:
        yield ""
        yield rule.why.strip()
    if rule.fix:
        yield ""
        yield f"To change: {rule.fix.strip()}"
    yield ""
    yield f"- looks at: {', '.join(f'`{place}`' for place in rule.on)}"
    if rule.needs:
        yield f"- needs: {', '.join(rule.needs)}"
    for client, what in rule.breaks.items():
        yield f"- breaks {client}: {what}"
    if rule.note:
        yield f"- note: {rule.note.strip()}"
    for source in rule.sources:
        said = ", ".join(source[key] for key in ("title", "section", "date", "url") if key in source)
        yield f"- source: {said}"


def _severity(rule: Rule) -> str:
    cases = {**rule.cases, **{f"after {mark}": level for mark, level in rule.severity_after.items()}}
    return rule.severity + "".join(f"; {case}: {level}" for case, level in cases.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
