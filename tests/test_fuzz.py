"""Every fuzz target holds on its kept inputs, and on some that are changed at random, the same ones each time.

``python -m tests.fuzz`` goes on from here, under atheris, for as long as one likes.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.mutations import bytes_changed
from tests.fuzz.target import KEPT
from tests.fuzz.targets import TARGETS
from tests.fuzz.worker import Notes
from tests.properties import DEEP

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fuzz.target import Target

#: How many changed inputs each target gets.
CHANGED = 400 if DEEP else 8
_SLOW = {"masking": 2, "minimize": 1, "engine": 4, "reports": 4, "rules": 4, "profile": 4}


def skip_unless_it_can_run(target: Target) -> None:
    if target.needs is not None and find_spec(target.needs) is None:
        pytest.skip(f"{target.needs} is not installed")


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_kept_holds(name: str) -> None:
    skip_unless_it_can_run(TARGETS[name])
    for file in TARGETS[name].kept():
        TARGETS[name].holds(file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_changed_at_random_holds(name: str) -> None:
    target = TARGETS[name]
    skip_unless_it_can_run(target)
    random = Random(1)  # noqa: S311 - it keeps no secret
    inputs = [*target.seeds(), *(file.read_bytes() for file in target.kept())]
    change = target.mutated or bytes_changed
    for _ in range(CHANGED if DEEP else _SLOW.get(name, CHANGED)):
        data = random.choice(inputs)
        target.holds(data)
        for _ in range(random.choice((1, 2, 4))):
            data = change(data, random)
        target.holds(data[:16384])


def test_no_kept_input_is_of_no_target() -> None:
    assert {folder.name for folder in KEPT.iterdir()} <= set(TARGETS)


def test_a_failure_is_noted_once_for_each_place(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    for data in (b"one", b"two"):
        try:
            TARGETS["decoder"].holds(data.decode())  # type: ignore[arg-type]  # so that it fails
        except TypeError as error:
            notes.take(data, error)
    (noted,) = [file for file in tmp_path.iterdir() if file.suffix != ".txt"]
    assert noted.read_bytes() == b"one"
    assert "Traceback" in noted.with_name(f"{noted.name}.txt").read_text()


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed: pip install -e '.[dev,fuzz]'")
def test_the_command_fuzzes_and_prints_a_table(tmp_path: Path) -> None:
    # in a process of its own: libFuzzer counts the memory of the one that starts it, and the tests' may be large
    command = [sys.executable, "-m", "tests.fuzz", "config", "--seconds", "1", "--work", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    out = ran.stdout
    assert (ran.returncode, out.splitlines()[0]) == (0, "| target | runs | seconds | found | peak MiB |")
    (row,) = [line.split("|") for line in out.splitlines() if line.startswith("| config |")]
    assert int(row[2]) > 0
    assert row[4].strip() == "0"
