"""Ctrl-C: the run ends at once, with exit code 130 and the report of what was found until then."""

from __future__ import annotations

import array
import json
import os
import signal
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    pytest.skip("a console of its own is needed to send Ctrl-C there", allow_module_level=True)

import fcntl
import termios

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
TWICE = GOOD.replace(b'{"content":"Hello"}', b'{"role":"assistant","content":"Hello"}')


def start(*args: str) -> subprocess.Popen[bytes]:
    """Start the command in a process group of its own, as a shell does."""
    command = [sys.executable, "-m", "validator", *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)


def wait_until_read(pipe: IO[bytes]) -> None:
    """Wait until the other end has read all that was written."""
    left = array.array("i", [1])
    end = time.monotonic() + 60
    while left[0] and time.monotonic() < end:
        time.sleep(0.01)
        fcntl.ioctl(pipe.fileno(), termios.FIONREAD, left)
    assert left[0] == 0


def interrupted(process: subprocess.Popen[bytes]) -> tuple[int, dict[str, Any], list[str]]:
    """Press Ctrl-C, and return the exit code, the JSON report and the lines on stderr."""
    assert process.stdin is not None
    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):  # no process of the group is left
        os.killpg(process.pid, 0)
    return process.returncode, json.loads(out), err.decode().splitlines()


@pytest.mark.parametrize("size", [2000, 700_000])
def test_of_a_stream_that_goes_on_is_told_what_came(size: int) -> None:
    chunk = TWICE.split(b"\n\n")[2] + b"\n\n"
    live = TWICE[: TWICE.index(chunk) + len(chunk)] + chunk * max((size - len(TWICE)) // len(chunk), 0)
    process = start("check", "-", "--format", "json", "--select", "order,sentinel")
    assert process.stdin is not None
    for more in (live, b": who reads this has judged all before it\n\n"):
        process.stdin.write(more)
        process.stdin.flush()
        wait_until_read(process.stdin)
    code, report, err = interrupted(process)
    assert code == 130
    (stream,) = report["streams"]
    assert stream["ending"] == "left"
    assert stream["stats"]["bytes"] > len(live) - 262_144
    assert {finding["rule"] for finding in stream["findings"]} == {"role-once"}
    assert err == [
        "chunkspec: <stdin>: interrupted: its rest is not judged",
        "chunkspec: interrupted: 0 of 1 files were judged",
    ]


class Pressed:
    """Standard input at which somebody presses Ctrl-C before anything comes."""

    @property
    def buffer(self) -> Pressed:
        return self

    def read(self, size: int) -> bytes:
        raise KeyboardInterrupt


def test_before_anything_came_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Pressed())
    code, out, err = chunkspec("check", "-", "--format", "json")
    assert (code, json.loads(out)["streams"]) == (130, [])
    assert err == "chunkspec: interrupted: 0 of 1 files were judged\n"


@pytest.mark.parametrize("jobs", [1, 2])
def test_of_many_files_those_that_were_judged_are_told(tmp_path: Path, jobs: int) -> None:
    (tmp_path / "good.sse").write_bytes(GOOD)
    endless = tmp_path / "endless.sse"
    os.mkfifo(endless)
    files = [str(tmp_path / "good.sse")] * 3
    process = start("check", *files, str(endless), *files, "--format", "json", "-j", str(jobs))
    with endless.open("wb"):  # waits until somebody reads it
        time.sleep(0.5 * (jobs - 1))  # the other process goes on meanwhile
        code, report, err = interrupted(process)
    assert code == 130
    assert {stream["ending"] for stream in report["streams"]} == {"finished"}
    judged = len(report["streams"])
    assert judged == 3 if jobs == 1 else 2 <= judged <= 6
    assert err == [f"chunkspec: interrupted: {judged} of 7 files were judged"]
    assert report["failures"] == [{"source": "interrupted", "reason": err[0].removeprefix("chunkspec: ")}]


def test_a_baseline_is_not_written_by_halves(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    process = start("baseline", "-", "-o", str(file))
    assert process.stdin is not None
    process.stdin.write(TWICE[:-200])
    process.stdin.flush()
    wait_until_read(process.stdin)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"chunkspec: interrupted: the baseline stays as it is\n")
    assert not file.exists()
