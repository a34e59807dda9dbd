"""Time and memory: what a function or a command takes, side by side with others in one run."""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: The command, of the same environment as this process.
CHUNKSPEC = (str(Path(sys.executable).with_name("chunkspec")),)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took: seconds on processors, seconds by the clock."""

    cpu: float
    wall: float


def interleaved(work: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the CPU seconds that each piece of work takes at best: A B C, A B C, ..., in one process."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, one in work.items():
            gc.collect()
            start = time.process_time()
            one()
            best[name] = min(best[name], time.process_time() - start)
    return best


def commands(given: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Spent]:
    """Return what each command takes, the median of so many rounds: A B, A B, ...; what it prints goes nowhere.

    They run once before, uncounted: what is installed has its bytecode, and files that are read are in memory.

    Raises:
        RuntimeError: a command fails.

    """
    all_spent: dict[str, list[Spent]] = {name: [] for name in given}
    for counted in range(rounds + 1):
        for name, command in given.items():
            spent = _run(command)
            if counted:
                all_spent[name].append(spent)
    return {
        name: Spent(median(one.cpu for one in of_it), median(one.wall for one in of_it))
        for name, of_it in all_spent.items()
    }


def _run(command: Sequence[str]) -> Spent:
    start = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=env, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}")
    return Spent(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall)


#: The command in a process that says at its end, through a pipe, how much memory it had at most.
_PEAK = """
import sys
from validator.cli import main
pipe = int(sys.argv.pop(1))
try:
    main()
finally:
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    with open(pipe, "w") as out:
        out.write(peak.split()[1])
"""


def peak_memory(*args: str) -> int:
    """Return how many bytes ``chunkspec ARGS`` has in memory at most, by Linux's account (VmHWM)."""
    read, write = os.pipe()
    try:
        command = [sys.executable, "-c", _PEAK, str(write), *args]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(write,), check=False)
    finally:
        os.close(write)
    with os.fdopen(read) as pipe:
        return int(pipe.read()) * 1024
