"""Where reports go: several in one run, exit codes, and what cannot be written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.formats.streams import BAD, GOOD, check, hostile
from validator.reporters import FORMATS
from validator.schema import BASE, SchemaSet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


def test_every_format_in_one_run(tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in FORMATS if name != "text"}
    options = [option for name, file in files.items() for option in ("--format", f"{name}:{file}")]
    code, out, err = check(BAD, *options, "--format", "text")
    assert (code, err) == (1, "")
    assert "error role-once" in out
    assert all("role-once" in file.read_text(encoding="utf-8") for file in files.values())


@pytest.mark.parametrize("form", FORMATS)
def test_the_exit_code_is_that_of_the_contract_in_every_format(form: str, tmp_path: Path) -> None:
    option = ("--format", f"{form}:{tmp_path / 'out'}")
    assert check(GOOD, *option)[0] == 0
    assert check(BAD, *option)[0] == 1
    assert check(BAD, *option, "--fail-on", "never")[0] == 0
    code, out, err = check("nowhere.sse", BAD, *option)
    assert (code, out, err) == (2, "", "chunkspec: nowhere.sse: there is no such file\n")
    assert "role-once" in (tmp_path / "out").read_text(encoding="utf-8")


def test_a_report_in_a_file_is_the_same_on_every_terminal(tmp_path: Path) -> None:
    for columns in ("40", "200"):
        (tmp_path / columns).mkdir()
        options = [option for name in FORMATS for option in ("--format", f"{name}:{tmp_path / columns / name}")]
        environment = {**os.environ, "COLUMNS": columns, "FORCE_COLOR": "1"}
        subprocess.run([sys.executable, "-m", "validator", "check", str(BAD), *options], env=environment, check=False)
    for name in FORMATS:
        written = (tmp_path / "40" / name).read_bytes()
        assert written == (tmp_path / "200" / name).read_bytes()
        assert b"\x1b" not in written


def unusable(folder: Path) -> Iterator[tuple[list[str], str]]:
    """Yield options that cannot be used, and what the line on stderr must say."""
    yield ["--format", "sarf:x"], "unknown format 'sarf': known are"
    yield ["--format", "sarf:x"], "did you mean 'sarif'?"
    yield ["--format", "json:"], "--format json: names no file after the colon"
    yield ["--format", "json", "--format", "text"], "two formats go to standard output"
    yield ["--format", f"json:{folder}/a", "--format", f"sarif:{folder}/a"], f"two formats go to {folder}/a"
    yield ["--format", f"json:{folder}/a", "--output", f"{folder}/b"], "--output is for a single format"
    yield ["--format", "json", "--format", f"sarif:{folder}/a", "--output", f"{folder}/b"], "--output is for"
    yield ["--format", f"json:{folder}"], f"{folder}: cannot be written: it is a folder"
    yield ["--output", f"{folder}/no/where"], "there is no folder"
    yield ["--format", f"json:{folder}/capture.sse"], "is one of the captures; these are never written to"
    yield ["--format", "json:/dev/full"], "/dev/full: cannot be written: No space left on device"


@pytest.mark.parametrize("number", range(11))
def test_what_cannot_be_written_is_one_clear_line_and_exit_2(number: int, tmp_path: Path) -> None:
    capture = tmp_path / "capture.sse"
    capture.write_bytes(GOOD.read_bytes())
    options, wanted = list(unusable(tmp_path))[number]
    code, out, err = check(capture, *options)
    assert (code, out) == (2, "")
    assert wanted in err
    assert len(err.splitlines()) == 1
    assert capture.read_bytes() == GOOD.read_bytes()


def test_a_capture_that_a_folder_holds_is_not_written_over(tmp_path: Path) -> None:
    capture = tmp_path / "capture.sse"
    capture.write_bytes(BAD.read_bytes())
    code, _, err = check(tmp_path, "--format", f"json:{capture}", "--format", "concise")
    assert code == 2
    assert "is one of the captures" in err
    assert capture.read_bytes() == BAD.read_bytes()


def test_what_can_be_written_is_whatever_cannot(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    code, out, err = check(BAD, "--format", "text:/dev/full", "--format", f"json:{file}")
    assert (code, out) == (2, "")
    assert "/dev/full" in err
    assert json.loads(file.read_text())["summary"]["errors"] == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("text", "failed: 1 stream, 0 with errors; 0 errors, 1 warning, 0 infos (--fail-on warning)."),
        (
            "markdown",
            "## chunkspec: failed, 0 of 1 stream with errors; 0 errors, 1 warning, 0 infos, --fail-on warning",
        ),
        ("github", "failed: 1 stream"),
        ("html", "Failed</span> the stream has no error, but 1 finding that fails by"),
    ],
)
def test_what_fails_the_run_is_never_said_to_have_passed(form: str, said: str) -> None:
    options = ("--severity", "role-once=warning", "--format", form)
    code, out, _ = check(BAD, *options, "--fail-on", "warning")
    assert code == 1
    assert said in " ".join(out.split())
    code, out, _ = check(BAD, *options)
    assert code == 0
    assert re.search("^passed: |: passed, |Passed<", out, re.MULTILINE)


def test_a_name_of_a_file_is_no_command_on_stderr(tmp_path: Path) -> None:
    file = tmp_path / "##[error]x\n::error::y\x1b.sse"
    file.write_bytes(b"\0\1\2")
    code, _, err = check(file)
    assert code == 2
    assert "/\\x23#[error]x\\x0a::error::y\\x1b.sse: is a binary file" in err
    assert len(err.splitlines()) == 1


def test_a_concise_line_leads_to_the_place() -> None:
    _, out, _ = check(BAD, "--format", "concise")
    assert re.fullmatch(r"(.+):3:242: error role-once choices\[\]\.delta\.role comes again: .+ \(3 times\)\n", out)


def test_the_lines_of_jsonl_are_the_json_report(tmp_path: Path) -> None:
    whole, lines = tmp_path / "json", tmp_path / "jsonl"
    check(BAD, GOOD, "none.sse", "--format", f"json:{whole}", "--format", f"jsonl:{lines}")
    report = json.loads(whole.read_text())
    told = [json.loads(line) for line in lines.read_text().splitlines()]
    schema = SchemaSet().at(f"{BASE}meta/report-line.json")
    assert [list(schema.breaches(line)) for line in told] == [[]] * len(told)
    assert [line["type"] for line in told] == ["finding", "stream", "stream", "failure", "summary"]
    finding = report["streams"][0]["findings"][0]
    assert told[0] == {"type": "finding", **{k: told[1][k] for k in ("source", "protocol", "profile")}, **finding}
    assert {**told[2], "findings": []} == {"type": "stream", **report["streams"][1]}
    assert told[4].items() >= report["summary"].items()


@pytest.mark.parametrize("form", ["text", "concise", "github"])
def test_text_of_a_stream_is_no_command_in_a_log(form: str, tmp_path: Path) -> None:
    file = hostile(tmp_path)
    _, out, _ = check(file, "--format", form, "--verbose")
    findings = int(json.loads(check(file, "--format", "json")[1])["summary"]["errors"])
    commands = [line for line in out.split("\n") if line.lstrip().startswith("::")]
    assert findings > 3
    assert not any(ord(char) < 32 and char != "\n" for char in out)
    assert not any(char in out for char in "\u202e\u2028\x7f")
    assert not re.search(r"##\w*\[", out.replace("".join(commands), ""))
    assert all(re.match(r"::(error|warning|notice) title=", line) for line in commands)
    assert bool(commands) == (form == "github")
