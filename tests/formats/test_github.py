"""The annotations for GitHub Actions, and the step summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpus import CORPUS
from tests.formats.commands import commands
from tests.formats.streams import BAD, GOOD, HOSTILE, check, hostile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(CORPUS.parent))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))


def test_a_finding_is_an_annotation_at_its_place() -> None:
    code, out, err = check(BAD, "--format", "github")
    (command,) = commands(out)
    assert (code, err) == (1, "")
    assert command.name == "error"
    assert command.properties == {
        "title": "role-once: The role is sent once per choice",
        "file": "corpus/rules/role-once/bad-role-on-every-delta.sse",
        "line": "3",
        "col": "242",
        "endLine": "3",
        "endColumn": "253",
    }
    assert command.text.startswith('choices[].delta.role comes again: first "assistant", now "assistant"\nExpected: ')
    assert out.splitlines()[1].startswith("failed: 1 stream, 1 with errors")


def test_severities_are_errors_warnings_and_notices_the_gravest_first() -> None:
    options = ("--severity", "role-once=info", "--severity", "usage-total=warning")
    files = [BAD, *sorted((CORPUS / "rules" / "usage-total").glob("bad-*.sse")), CORPUS / "rules" / "object-const"]
    names = [command.name for command in commands(check(*files, *options, "--format", "github")[1])]
    assert set(names) == {"error", "warning", "notice"}
    assert names == sorted(names, key=["error", "warning", "notice"].index)


def test_what_cannot_be_judged_is_an_error() -> None:
    code, out, _ = check("nowhere.sse", "--format", "github")
    assert code == 2
    assert [(command.name, command.text) for command in commands(out)] == [
        ("error", "nowhere.sse: there is no such file")
    ]


def test_text_of_a_stream_makes_no_command_and_no_property(tmp_path: Path) -> None:
    file = hostile(tmp_path)
    _, out, _ = check(file, "--format", "github")
    found = commands(out)
    assert len(found) > 5
    assert {command.name for command in found} <= {"error", "warning", "notice"}
    assert {key for command in found for key in command.properties} <= {
        "title", "file", "line", "col", "endLine", "endColumn"
    }  # fmt: skip
    assert {command.properties["file"] for command in found} == {str(file)}
    assert all(line.startswith("::") for line in out.splitlines()[: len(found)])
    for command in found:
        assert all(char.isprintable() or char == "\n" for char in command.text)


def test_the_step_summary_is_added_to_and_has_the_whole_report(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("what stood there\n")
    check(BAD, GOOD, "--format", "github")
    text = summary.read_text()
    assert text.startswith("what stood there\n## chunkspec: failed, 1 of 2 streams with errors; 1 error")
    assert "role-once" in text


def test_a_step_summary_that_cannot_be_written_is_one_line_and_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/dev/full")
    code, out, err = check(BAD, "--format", "github")
    assert code == 2
    assert commands(out)
    assert err == "chunkspec: /dev/full: the step summary cannot be written: No space left on device\n"


def test_a_step_summary_stays_below_what_github_takes(tmp_path: Path) -> None:
    check(*sorted((CORPUS / "rules").glob("[a-j]*")), "--format", "github")
    assert (tmp_path / "summary.md").stat().st_size < 1_000_000


def test_the_reader_of_commands_reads_hostile_ones() -> None:
    assert commands(HOSTILE)
