"""The command, run in this process: as its users see it, but without the time that starting Python takes."""

from __future__ import annotations

import io
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
