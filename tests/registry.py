"""Whether packages can be installed here: what is tested as it is published has to install itself."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import cache

import pytest


@cache
def _complaint() -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--retries", "1", "-d", folder, "hatchling"],
            capture_output=True,
            text=True,
            check=False,
        )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["pip failed"])[-1]


def need_registry() -> None:
    """Skip the test if no package can be installed, and say why."""
    if _complaint():
        pytest.skip(f"no package can be installed here: {_complaint()}")
