"""The table of the clients as Markdown: what the README shows of it, and all of it in ``TABLE.md``."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.clients import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.table import Row

FILE = Path(__file__).with_name("TABLE.md")

#: What stands around the part that the README shows, in both files.
BEGIN, END = "<!-- clients: begin -->", "<!-- clients: end -->"

#: The defects that public bug reports tell of most, each by a capture, and in a few words.
COMMON = {
    "role-once/role-on-every-delta": "the role on every delta",
    "role-first/never": "no role",
    "done-present/no-done": "no `[DONE]`",
    "finish-exactly-once/never": "no finish reason",
    "finish-exactly-once/twice-the-same": "the finish reason twice",
    "finish-reason-enum/reason-of-the-engine": "a finish reason of its own",
    "tool-index-present/no-index": "tool calls without `index`",
    "tool-index-contiguous/starts-at-1": "tool calls numbered from 1",
    "tool-identity-not-repeated/on-every-fragment": "id and name on every fragment of a call",
    "tool-identity-not-repeated/second-call-at-the-same-index": "two calls under one index",
    "tool-first-fragment-complete/no-type": "a call without `type`",
    "tool-first-fragment-complete/no-id": "a call without id",
    "tool-arguments-cumulative/all-so-far": "each fragment has all arguments so far",
    "tool-arguments-json/cut-and-stop": "arguments that are cut, handed on as they are",
    "delta-cumulative/whole-text-each-time": "each delta has all of the text so far",
    "usage-after-finish/usage-before-finish": "usage before finish",
    "usage-chunk-last/choice-after-usage": "a chunk after the usage",
    "usage-chunk-single/on-every-chunk": "usage on every chunk",
    "choices-array/null": "`choices` is null",
    "object-const/chat-completion": "`object` is chat.completion",
    "no-bom/mark-before-the-first-event": "a byte order mark",
    "no-missing-blank-line/one-line-end-after-each-event": "no blank lines",
    "data-valid-json/python-dict": "Python's quotes in place of JSON's",
    "no-empty-data-event/empty-data": "an empty `data:`",
    "error-as-field/error-in-words": "an error in a line of its own (`error: ...`)",
    "in-band-error/in-the-middle": "an error in the stream",
    "clean-transport-end/reset": "a reset after the end of the stream",
    "utf8-well-formed/latin-1-letter": "a letter in Latin-1",
}


def heads() -> list[str]:
    """Return the names of the clients, with their versions."""
    return [f"{one.name.removeprefix('@')} {one.version}" for one in table.clients()]


def shown(rows: tuple[Row, ...]) -> str:
    """Return the part that the README shows: the commonest defects, and how many of all become what."""
    found = {f"{row.rule}/{row.capture}": row for row in rows}
    lines = [_line(["defect", *heads()]), _line(["---"] * (len(heads()) + 1))]
    lines += [_line([said, *_cells(found[name])]) for name, said in COMMON.items()]
    for became, said in (("survives", "survived"), ("misreads", "misread silently"), ("fails", "failed on")):
        counts = Counter(name for row in rows for name, (one, _) in row.became.items() if one == became)
        lines.append(_line([f"of all {len(rows)}, {said}", *(str(counts[one.name]) for one in table.clients())]))
    return "\n".join([BEGIN, *lines, END])


def whole(rows: tuple[Row, ...]) -> str:
    """Return TABLE.md."""
    said = (table.__doc__ or "").split("\n\n", 2)[2].strip()
    parts = [
        "# What clients make of the corpus's defects",
        "Made by `python -m tests.clients --table`; not to be edited.",
        re.sub(r"`meant`", "[meant.py](meant.py)", said),
        shown(rows),
        "## By layer",
        "Survived / misread / failed on.",
        "\n".join(_layers(rows)),
        "## All",
        "\n".join(_all(rows)),
        "## What is otherwise, and what is raised",
        "\n".join(_why(rows)),
    ]
    return "\n\n".join(parts) + "\n"


def _layers(rows: tuple[Row, ...]) -> Iterator[str]:
    yield _line(["layer", "captures", *heads()])
    yield _line(["---"] * (len(heads()) + 2))
    layers = sorted({table.layer(row.rule) for row in rows})
    for layer in layers:
        some = [row for row in rows if table.layer(row.rule) == layer]
        cells = []
        for one in table.clients():
            counts = Counter(row.became[one.name][0] for row in some)
            cells.append(f"{counts['survives']} / {counts['misreads']} / {counts['fails']}")
        yield _line([layer, str(len(some)), *cells])


def _all(rows: tuple[Row, ...]) -> Iterator[str]:
    yield _line(["rule", "capture", *heads()])
    yield _line(["---"] * (len(heads()) + 2))
    for row in rows:
        yield _line([row.rule, row.capture, *_cells(row)])


def _why(rows: tuple[Row, ...]) -> Iterator[str]:
    for row in rows:
        told: dict[str, list[str]] = {}
        for name, (became, why) in row.became.items():
            if became in ("misreads", "fails"):
                told.setdefault(f"{became}: {why}", []).append(name.removeprefix("@"))
        for why, names in told.items():
            yield f"- {row.rule}/{row.capture}, {', '.join(names)} {_plain(why)}"


def _cells(row: Row) -> list[str]:
    return [table.MARKS[row.became[one.name][0]] for one in table.clients()]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Return a text of a client or a stream that is nothing but text in Markdown."""
    return f"`` {text.replace('`', chr(39))} ``".replace("\n", " ")
