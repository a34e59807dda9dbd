"""One target under atheris, in a process of its own: it may crash, hang or eat memory, and that is then the finding.

A failure that Python can catch is written down once for each place where it arises, and the fuzzing goes on. What
it can not catch (a crash, a hang, too much memory) ends the process, and libFuzzer leaves the input.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: A hang is what takes longer, in seconds; too much memory is more than this, in MiB.
HANG, MEMORY = 10, 1024

#: How large inputs grow, in bytes.
LARGEST = 16384


class Notes:
    """Writes down failures, each once, as files of a folder: the input, and beside it what failed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = {file.stem for file in folder.glob("*.txt")}

    def take(self, data: bytes, error: BaseException) -> None:
        """Note a failure, unless one of the same kind and place is noted."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [one for one in frames if "validator" in one.filename or "fuzz" in one.filename] or list(frames)
        last = ours[-1]
        name = f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
        if name in self._known:
            return
        self._known.add(name)
        (self._folder / name).write_bytes(data)
        text = "".join(traceback.format_exception(error))[-8000:]
        (self._folder / f"{name}.txt").write_text(text, errors="backslashreplace")
        print(f"found: {name}: {str(error)[:200]!a}", flush=True)


def main(name: str, seconds: int, corpus: str, found: str, *, coverage: bool = True) -> None:
    """Fuzz a target; without `coverage` it is not guided, but runs many times as many inputs."""
    os.nice(19)
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY * 2**20,) * 2)
    atheris: Any = import_module("atheris")
    if coverage:
        hook = atheris.instrument_imports(include=["validator"])
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - it tells each module
        hook.__enter__()  # for good, as some are imported late
    try:
        target = import_module("tests.fuzz.targets").TARGETS[name]
    finally:
        sys.stderr = sys.__stderr__
    notes = Notes(Path(found))

    def one(data: bytes) -> None:
        try:
            target.holds(data)
        except Exception as error:
            notes.take(data, error)

    options: dict[str, Callable[..., bytes]] = {}
    if target.mutated is not None:

        def mutated(data: bytes, most: int, seed: int) -> bytes:
            random = Random(seed)  # noqa: S311 - it keeps no secret
            if random.random() < 0.2:
                return bytes(atheris.Mutate(data, most))
            for _ in range(random.choice((1, 1, 2, 4))):
                data = target.mutated(data, random)
            return data[:most]

        options["custom_mutator"] = mutated
    arguments = [
        "fuzz", f"-max_total_time={seconds}", f"-timeout={HANG}", f"-rss_limit_mb={MEMORY}", f"-max_len={LARGEST}",
        "-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={found}/", corpus,
    ]  # fmt: skip
    atheris.Setup(arguments, one, **options)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], coverage=sys.argv[5] == "coverage")
