"""The command as a process of its own: what is set for the process before anything is imported, and how it ends."""

from __future__ import annotations

import atexit
import gc
import os
import sys

#: How many objects may be made before those that refer to each other in circles are looked for. Python's own 700 is
#: reached some hundred times while rules are read and plans are made, which stay: a fifth of the time to start.
_YOUNG = 50_000


def main() -> None:
    """Run the command and end the process."""
    gc.set_threshold(_YOUNG)
    code: list[int] = []
    atexit.register(_leave, code)  # the first to be registered is the last to be called
    try:
        from validator.cli import main as command  # late: what it imports is to be made under the above

        command()
    except SystemExit as stopped:
        if type(stopped.code) is int:
            code.append(stopped.code)
        raise
    except KeyboardInterrupt:  # pressed before the command could take care of it
        sys.exit(130)


def _leave(code: list[int]) -> None:
    """End the process without taking apart what it has in memory, which takes as long as to judge a short stream."""
    if not code:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # Python says what is wrong with them
    os._exit(code[0])
