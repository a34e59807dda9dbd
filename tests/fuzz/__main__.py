"""Fuzz targets: ``python -m tests.fuzz [TARGET...] --seconds N``, N seconds for each; without a target, all.

Prints a line for each: how many inputs it ran, in how many seconds, what it found, and the most memory that it took.
What was found stands in --work, with the inputs that are worth keeping for the next run. Needs ``chunkspec[fuzz]``.
Exit code 1: something was found.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from tests.fuzz.target import Target

_RUNS = re.compile(rb"stat::number_of_executed_units: *([0-9]+)")
_ALIVE = re.compile(rb"^#([0-9]+)\t", re.MULTILINE)


@dataclass
class Result:
    """What the fuzzing of a target came to; `memory` is the peak in MiB."""

    target: str
    runs: int = 0
    seconds: float = 0.0
    memory: int = 0
    found: int = 0
    note: str = ""


def main() -> int:
    """Fuzz what the command line asks for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    options.add_argument("--work", type=Path, help="a folder for what was found, and for inputs (default: a new one)")
    options.add_argument("--blind", action="store_true", help="not guided by coverage: many times as many inputs")
    options.add_argument("--list", action="store_true", help="say what the targets are")
    asked = options.parse_args()
    if asked.list:
        for target in TARGETS.values():
            print(f"{target.name:10} {target.what}")
        return 0
    unknown = [name for name in asked.targets if name not in TARGETS]
    if unknown:
        options.error(f"unknown target {unknown[0]!r}: known are {', '.join(TARGETS)}")
    if find_spec("atheris") is None:
        print("fuzzing needs atheris: pip install -e '.[dev,fuzz]'", file=sys.stderr)
        return 2
    work = asked.work or Path(tempfile.mkdtemp(prefix="chunkspec-fuzz-"))
    results = []
    for name in asked.targets or TARGETS:
        results.append(fuzz(TARGETS[name], asked.seconds, work, blind=asked.blind))
        print(_row(results[-1]), file=sys.stderr, flush=True)
    print("| target | runs | seconds | found | peak MiB |\n| --- | ---: | ---: | ---: | ---: |")
    for result in results:
        print(_row(result))
    total = sum(one.found for one in results)
    print(f"| all | {sum(one.runs for one in results)} | {sum(one.seconds for one in results):.0f} | {total} "
          f"| {max(one.memory for one in results)} |")  # fmt: skip
    if total:
        print(f"\nWhat was found: {work}/found")
    return 1 if total else 0


def _row(one: Result) -> str:
    return f"| {one.target} | {one.runs} | {one.seconds:.0f} | {one.found} | {one.memory} |{one.note}"


def fuzz(target: Target, seconds: int, work: Path, *, blind: bool = False) -> Result:
    """Fuzz one target for so long, in processes that are begun anew where one ends early."""
    result = Result(target.name)
    if target.needs is not None and find_spec(target.needs) is None:
        result.note = f" {target.needs} is not installed"
        return result
    corpus, found = work / "corpus" / target.name, work / "found" / target.name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for data in (*(file.read_bytes() for file in target.kept()), *target.seeds()):
        (corpus / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)
    before = {file.name for file in found.iterdir()}
    while (left := seconds - result.seconds) >= 1:
        begun = time.monotonic()
        code = _run(target.name, int(left), corpus, found, result, blind=blind)
        result.seconds += time.monotonic() - begun
        if code == 0:
            break
        if time.monotonic() - begun < 2:
            result.note = f" ended at once, exit code {code}: see {work}/{target.name}.log"
            result.found += 1
            break
    # what was slow, perhaps because the machine has other work, is not counted: a hang ends the process
    new = {file.name for file in found.iterdir() if file.suffix != ".txt" and "slow-unit" not in file.name} - before
    result.found += len(new)
    return result


def _run(name: str, seconds: int, corpus: Path, found: Path, result: Result, *, blind: bool) -> int:
    """Run a process, and add to the result what it did; return its exit code."""
    log = found.parent.parent / f"{name}.log"
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(seconds), str(corpus), str(found)]
    command.append("blind" if blind else "coverage")
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out)
        _, status, usage = os.wait4(child.pid, 0)
    said = log.read_bytes()
    counted = [int(one) for one in _RUNS.findall(said)] or [int(one) for one in _ALIVE.findall(said)[-1:]]
    result.runs += sum(counted)
    result.memory = max(result.memory, usage.ru_maxrss // 1024)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
