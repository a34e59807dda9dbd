"""What files were parsed to is kept for the next start, and never stands in the way of what they say now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.corpus import CORPUS
from validator.parsed import NAME, Parsed
from validator.yamlfile import PROTOCOLS, ConfigError, parse_yaml

if TYPE_CHECKING:
    from pathlib import Path

#: What a file of this place in a protocol's folder is held to.
FORMS = {"protocol.yaml": "protocol", "rules": "rule", "profiles": "profile"}


class Parser:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        return {"answer": [self.asked]}


def ask(folder: Path, text: str, *makers: Path) -> tuple[Any, int]:
    """Return the value of a file as a start of its own gets it, and how often it was parsed."""
    parser = Parser()
    parsed = Parsed(folder, makers)
    value = parsed.value(folder / "a" / "b.yaml", text, parser)
    parsed.keep()
    return value, parser.asked


def test_a_text_is_parsed_once(tmp_path: Path) -> None:
    assert ask(tmp_path, "x") == ({"answer": [1]}, 1)
    assert ask(tmp_path, "x") == ({"answer": [1]}, 0)
    assert [one.name for one in (tmp_path / "__pycache__").iterdir()] == [NAME]


def test_another_text_of_the_file_is_parsed(tmp_path: Path) -> None:
    ask(tmp_path, "x")
    assert ask(tmp_path, "y")[1] == 1
    assert ask(tmp_path, "y")[1] == 0
    assert ask(tmp_path, "x")[1] == 1


def test_what_makes_values_has_a_say(tmp_path: Path) -> None:
    maker = tmp_path / "maker"
    maker.write_text("one")
    ask(tmp_path, "x", maker)
    assert ask(tmp_path, "x", maker)[1] == 0
    maker.write_text("three")
    assert ask(tmp_path, "x", maker)[1] == 1
    assert ask(tmp_path, "x")[1] == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data.replace(b"answer", b"anstwer"),
        lambda data: data.replace(b"[1]", b"[7]"),
        lambda data: data.partition(b"\n")[2],
        lambda data: b"%d\n[]" % zlib.crc32(b"[]"),
        lambda data: b"%d\n7" % zlib.crc32(b"7"),
        lambda data: b"\xff" * 100,
    ],
)
def test_a_damaged_file_is_no_file(damage: Any, tmp_path: Path) -> None:
    ask(tmp_path, "x")
    file = tmp_path / "__pycache__" / NAME
    file.write_bytes(damage(file.read_bytes()))
    assert ask(tmp_path, "x") == ({"answer": [1]}, 1)
    assert ask(tmp_path, "x") == ({"answer": [1]}, 0)


def test_where_nothing_can_be_written_all_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file stands there")
    assert ask(tmp_path, "x")[1] == ask(tmp_path, "x")[1] == 1


def test_what_json_cannot_hold_is_not_kept(tmp_path: Path) -> None:
    for _ in range(2):
        parsed = Parsed(tmp_path)
        assert parsed.value(tmp_path / "a.yaml", "x", lambda: {b"bytes"}) == {b"bytes"}
        parsed.keep()
    assert not (tmp_path / "__pycache__").exists()


def test_what_is_refused_is_not_kept(tmp_path: Path) -> None:
    def refuse() -> Any:
        raise ConfigError("refused")

    parsed = Parsed(tmp_path)
    with pytest.raises(ConfigError, match="refused"):
        parsed.value(tmp_path / "a" / "b.yaml", "x", refuse)
    parsed.keep()
    assert ask(tmp_path, "x")[1] == 1


@pytest.mark.parametrize(
    "file", sorted(PROTOCOLS.glob("*/**/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.stem}"
)
def test_what_comes_with_chunkspec_has_the_form_that_it_is_held_to_when_it_is_parsed(file: Path) -> None:
    form = FORMS.get(file.name) or FORMS.get(file.parent.name)
    if form is not None:
        value = parse_yaml(file.read_text(encoding="utf-8"), form, str(file))
        assert json.loads(json.dumps(value)) == value


@pytest.mark.skipif(not os.access(PROTOCOLS, os.W_OK), reason="what comes with chunkspec stands where nobody writes")
def test_the_first_start_and_the_second_say_the_same_and_the_second_parses_no_yaml() -> None:
    program = (
        "import sys; from validator.cli import main\n"
        "try: main()\n"
        "finally: print('yaml' in sys.modules, file=sys.stderr)"
    )
    stream = str(CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse")
    command = [sys.executable, "-c", program, "check", "--no-config", "--format", "json", stream]
    (PROTOCOLS / "__pycache__" / NAME).unlink(missing_ok=True)
    first, second = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
    assert first.stdout == second.stdout
    assert (first.returncode, second.returncode) == (1, 1)
    assert (first.stderr, second.stderr) == ("True\n", "False\n")
