"""Progress: on a terminal only, only when work is long, gone when the report comes, and without effect on it."""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from validator.cli import progress

if TYPE_CHECKING:
    from pathlib import Path

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture(params=[progress.Line, progress.Bar])
def display(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(progress, "_display", request.param)
    monkeypatch.setenv("COLUMNS", "160")


@pytest.mark.usefixtures("display")
def test_it_is_shown_after_a_moment_and_taken_away(clock: list[float]) -> None:
    out = Terminal()
    shown = progress.Progress(out)
    shown.begin(40)
    shown.read("a.sse", 1000)
    shown.done("a.sse")
    clock[0] += 0.4
    shown.read("b.sse", 5)
    assert out.getvalue() == ""
    clock[0] += 0.2
    shown.read("b.sse", 2_500_000)
    assert "1 of 40 files, 2.5 MB: b.sse" in out.getvalue()
    seen = out.getvalue()
    shown.done("b.sse")  # too soon after the last change
    assert out.getvalue() == seen
    shown.close()
    assert not re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue().rpartition("b.sse")[2]).strip()


@pytest.mark.usefixtures("display")
def test_a_file_name_never_acts_on_the_terminal(clock: list[float]) -> None:
    out = Terminal()
    shown = progress.Progress(out)
    clock[0] += 1
    shown.done("\x1b[31mred\x07[bold]x[/]\u202e.sse")
    shown.close()
    assert r"\x1b[31mred\x07[bold]x[/]\u202e.sse" in out.getvalue()
    assert "\x1b[31mred" not in out.getvalue()
    assert "\x07" not in out.getvalue()


def test_a_line_is_cut_to_the_terminal(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    out = Terminal()
    progress.Line(out).show(0, 1, "界" * 100)
    assert out.getvalue() == "\r\x1b[K" + "界" * 14


def test_without_rich_there_is_a_line(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    out = Terminal()
    shown = progress.Progress(out)
    clock[0] += 1
    shown.done("a.sse")
    assert out.getvalue() == "\r\x1b[K1 of 0 files: a.sse"


def test_where_there_is_no_terminal_nothing_is_shown(
    clock: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", -1)
    for name in "abc":
        (tmp_path / f"{name}.sse").write_bytes(GOOD)
    assert chunkspec("check", str(tmp_path))[2] == ""


def test_a_run_on_a_terminal_shows_it_on_stderr_alone(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo terminals")
    events = [event + b"\n\n" for event in GOOD.split(b"\n\n") if event]
    file = tmp_path / "long.sse"
    os.mkfifo(file)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "validator", "check", str(file)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    until = time.monotonic() + 60
    with file.open("wb") as stream:  # which goes on until something is shown, however long that takes
        stream.write(b"".join(events[:2]))
        while not re.search(rb"0 of 1 files, \d+\.\d MB: ", shown):
            assert time.monotonic() < until
            stream.write(events[2] * 1000)
            if select.select([ours], [], [], 0.05)[0]:
                shown += os.read(ours, 4096)
        stream.write(b"".join(events[3:]))
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the terminal is closed
            break
        if not piece:
            break
        shown += piece
    out, _ = process.communicate()
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b" not in out
    assert out.startswith(b"passed: 1 stream")
