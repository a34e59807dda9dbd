"""What two captures differ in, for a person, a program and a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from validator.reporters import PLAIN, View
from validator.reporters.markdown_ import cell, code
from validator.reporters.visible import inert, visible, write_json
from validator.reporters.words import number, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.comparison import Comparison
    from validator.difference import Difference, Side, What
    from validator.finding import Where

#: The formats, and what each is.
FORMATS = {
    "text": "for a person at a terminal",
    "json": "everything, by schemas/meta/comparison.json",
    "markdown": "for a pull request or an issue",
}

#: How many differences are told to a person.
MOST = 100

_COLOURS: dict[What, str] = {"lost": "red", "added": "yellow", "changed": "magenta", "moved": "cyan"}


def write(form: str, comparison: Comparison, out: TextIO, view: View = PLAIN) -> None:
    """Write a comparison in one of FORMATS; with `verbose`, text and Markdown tell minor differences in full, too."""
    if form == "json":
        write_json(comparison.to_dict(), out, indent=2)
        return
    lines = _text(comparison, view) if form == "text" else _markdown(comparison, view)
    out.write("\n".join(inert(line) for line in lines) + "\n")


def _told(comparison: Comparison, view: View) -> tuple[Difference, ...]:
    return (comparison.differences if view.verbose else comparison.counting)[:MOST]


def _rest(comparison: Comparison, view: View) -> str | None:
    left = len(comparison.differences if view.verbose else comparison.counting) - MOST
    return f"{left:,} more are told by --format json." if left > 0 else None


def _text(comparison: Comparison, view: View) -> Iterator[str]:
    for letter, one in (("A", comparison.a), ("B", comparison.b)):
        yield f"{letter}  {visible(one.source)} ({one.form}, {number(one.size, 'byte')})"
    yield ""
    for difference in _told(comparison, view):
        what = f"{difference.what:<7}"
        styled = click.style(what, fg=_COLOURS[difference.what], bold=True) if view.colour else what
        because = f" ({difference.because})" if difference.because else ""
        yield f"  {styled} {visible(difference.message)}{because}"
        for letter, side in (("A", difference.a), ("B", difference.b)):
            yield f"    {letter}  {visible(_where(side.where))}"
            yield f"       {_value(side)}"
        yield ""
    rest = _rest(comparison, view)
    if rest is not None:
        yield rest
        yield ""
    yield _verdict(comparison)
    if comparison.minor and not view.verbose:
        yield _minor(comparison)


def _value(side: Side) -> str:
    return "nothing" if side.value is None else f"| {visible(side.value)}"


def _where(where: Where | None) -> str:
    if where is None:
        return "nowhere"
    at = f", {where.pointer}" if where.pointer else ""
    return f"{place(where)}, byte {where.byte_offset}{at}"


def _verdict(comparison: Comparison) -> str:
    if comparison.same:
        return f"same: both mean the same ({comparison.protocol})."
    return f"different: {number(len(comparison.counting), 'difference')} in meaning ({comparison.protocol})."


def _minor(comparison: Comparison) -> str:
    names = ", ".join(dict.fromkeys(one.name for one in comparison.minor))
    return f"Minor, as two captures of one answer may have them: {visible(names)} (--verbose tells them)."


def _markdown(comparison: Comparison, view: View) -> Iterator[str]:
    yield f"## chunkspec compare: {'same' if comparison.same else number(len(comparison.counting), 'difference')}"
    yield ""
    for letter, one in (("A", comparison.a), ("B", comparison.b)):
        yield f"- {letter}: {code(one.source)} ({one.form}, {number(one.size, 'byte')})"
    yield ""
    told = _told(comparison, view)
    if told:
        yield "| | what | A | B | place in A | place in B |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for difference in told:
        values = ("nothing" if side.value is None else cell(side.value) for side in (difference.a, difference.b))
        places = (cell(_where(side.where)) for side in (difference.a, difference.b))
        yield f"| {difference.what} | {' | '.join((cell(difference.message), *values, *places))} |"
    if told:
        yield ""
    rest = _rest(comparison, view)
    if rest is not None:
        yield rest
        yield ""
    if comparison.minor and not view.verbose:
        names = ", ".join(code(name) for name in dict.fromkeys(one.name for one in comparison.minor))
        yield f"Minor, as two captures of one answer may have them: {names}."
