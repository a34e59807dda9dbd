"""The command as a process: it says all that it has to say, hands on its exit code, and leaves nothing undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus import CORPUS

GOOD = str(CORPUS / "streams" / "openai" / "hello-world.sse")
BAD = str(CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse")

MODULE = [sys.executable, "-m", "validator"]


def run(*args: str, before: str = "") -> subprocess.CompletedProcess[str]:
    code = f"{before}\nfrom validator.start import main\nmain()"
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("args", "code"), [(["check", GOOD], 0), (["check", BAD], 1), (["check", "nowhere.sse"], 2), ([], 2)]
)
def test_it_ends_with_the_code_of_the_command_and_all_of_its_output(args: list[str], code: int) -> None:
    done = run(*args)
    as_module = subprocess.run([*MODULE, *args], capture_output=True, text=True, check=False)
    assert done.returncode == as_module.returncode == code
    assert (done.stdout, done.stderr) == (as_module.stdout, as_module.stderr)
    assert (done.stdout + done.stderr).endswith("\n")


def test_what_others_left_to_be_done_at_the_end_is_done(tmp_path: Path) -> None:
    note = tmp_path / "note"
    late = (
        "import atexit, builtins\n"
        "real = builtins.__import__\n"
        "def spy(name, *args, **others):\n"
        "    if name == 'validator.cli' and not spy.done:\n"
        "        spy.done = True\n"
        f"        atexit.register(lambda: open({str(note)!r}, 'w').write('done'))\n"
        "    return real(name, *args, **others)\n"
        "spy.done = False\n"
        "builtins.__import__ = spy\n"
    )
    assert run("check", GOOD, before=late).returncode == 0
    assert note.read_text() == "done"


def test_an_error_of_our_own_is_still_told() -> None:
    broken = "import validator.cli\ndef fail(): raise RuntimeError('ours')\nvalidator.cli.main = fail"
    done = run("check", GOOD, before=broken)
    assert done.returncode == 1
    assert "RuntimeError: ours" in done.stderr


def test_ctrl_c_while_it_starts_is_no_traceback() -> None:
    pressed = "import validator.cli\ndef stop(): raise KeyboardInterrupt\nvalidator.cli.main = stop"
    done = run("check", GOOD, before=pressed)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_until_ctrl_c_is_taken_care_of_nothing_is_imported_that_takes_time() -> None:
    """Each module before that is some milliseconds in which Ctrl-C prints a traceback of Python's own."""
    code = "import sys; before = set(sys.modules); import validator.start; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"validator", "validator.start"} <= set(done.stdout.split())
    assert set(done.stdout.split()) <= {"validator", "validator.start", "__future__", "atexit", "gc"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_report_that_cannot_be_written_is_one_line_and_exit_code_2() -> None:
    for verb in (["check", BAD], ["rules"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run([*MODULE, *verb], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr == "chunkspec: standard output cannot be written: No space left on device\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [*MODULE, "check", "-v", str(CORPUS / "streams"), BAD]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err
