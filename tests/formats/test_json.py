from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.formats.streams import answer, chunk, stream
from validator.reporters.visible import write_json

if TYPE_CHECKING:
    from pathlib import Path

#: What acts on a terminal, or hides: controls of ASCII and beyond, an override of direction, a separator of lines.
HOSTILE = "a\x00\x07\x1b[31m\x7f\x9b2J\u202e\u2028b"
PRINTABLE = re.compile(r"[\x20-\x7e\n]*")


def test_json_is_printable_and_says_the_same() -> None:
    for indent in (None, 2):
        out = io.StringIO()
        write_json({HOSTILE: [HOSTILE, 1, None, True]}, out, indent=indent)
        assert PRINTABLE.fullmatch(out.getvalue())
        assert json.loads(out.getvalue()) == {HOSTILE: [HOSTILE, 1, None, True]}


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "gitlab"])
def test_hostile_text_of_a_stream_is_escaped_in_every_format_of_json(form: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.sse"
    file.write_bytes(stream([chunk({"role": HOSTILE, "content": ""})] * 2 + [chunk({}, HOSTILE)]))
    code, out, _ = chunkspec("check", str(file), "--format", form)
    assert code == 1
    assert r"\u007f" in out or r"\x7f" in out  # a text for a person shows it itself
    assert PRINTABLE.fullmatch(out)


def test_so_it_is_in_what_compares(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(answer("Snow", HOSTILE))
    (tmp_path / "b.sse").write_bytes(answer("Snow"))
    code, out, _ = chunkspec("compare", str(tmp_path / "a.sse"), str(tmp_path / "b.sse"), "--format", "json")
    assert code == 1
    assert r"\u007f" in out
    assert PRINTABLE.fullmatch(out)
