"""The command as its users see it: in this process, which saves the start of Python, or in one of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from validator.cli import main


def chunkspec(*args: str) -> tuple[int, str, str]:
    """Run the command and return the exit code, stdout and stderr."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with patch.object(sys, "argv", ["chunkspec", *args]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as stopped:
            code = stopped.code
    assert isinstance(code, int)
    return code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()


def started(*args: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Do the same in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "validator", *args], input=stdin, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()
