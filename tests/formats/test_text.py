"""The text report, as one reads it in a terminal of 80 columns, in a log, and in a file."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from tests.corpus import cases
from validator.judge import Judge
from validator.reporters import View, writer
from validator.reporters.visible import width
from validator.run import run

if TYPE_CHECKING:
    from pathlib import Path

STREAMS = [str(case.path) for case in cases("rules") if case.profile is None and case.finds]
ESCAPE = re.compile(r"\x1b\[\d+m")


def text(view: View, paths: list[str]) -> str:
    out = io.StringIO()
    writer("text")(run(Judge(), paths), out, view)
    return out.getvalue()


@pytest.mark.parametrize(("columns", "colour"), [(80, False), (80, True), (60, True)])
def test_no_line_is_wider_than_the_terminal(columns: int, colour: bool) -> None:
    told = text(View(columns=columns, colour=colour, verbose=False, fail_on="error"), STREAMS[::5])
    lines = [line for line in ESCAPE.sub("", told).splitlines() if not line.startswith("/")]  # what a file is called
    assert len(lines) > 500
    words = [line for line in lines if width(line) > columns and len(line.split()) > 2]
    assert words == []
    assert ("\x1b[" in told) is colour


def test_colour_says_nothing_that_the_words_do_not() -> None:
    plain, coloured = (text(View(columns=80, colour=colour), STREAMS[::25]) for colour in (False, True))
    assert ESCAPE.sub("", coloured) == plain


def test_what_findings_of_a_rule_have_in_common_is_told_once_in_a_stream(tmp_path: Path) -> None:
    files = [tmp_path / "a.sse", tmp_path / "b.sse"]
    for file in files:
        file.write_bytes(b'data: {"id": "a"}\n\n')
    told = text(View(), [str(file) for file in files])
    for stream in told.split("\n\n" + str(files[1])):
        lacking = [one for one in stream.split("\n\n") if "chunk-required-fields" in one.splitlines()[0]]
        assert len(lacking) == 4
        assert ["    change    Put id" in one for one in lacking] == [True, False, False, False]
        assert all("    as above  expected, breaks, change" in one for one in lacking[1:])
        assert all(f"{name} is missing" in stream for name in ("choices", "created", "model", "object"))
