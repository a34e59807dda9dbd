"""Arguments that name files: a file, a folder to look through, a pattern, standard input."""

from __future__ import annotations

import errno
import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from validator.captures.capture import CaptureError
from validator.captures.input import STDIN

if TYPE_CHECKING:
    from collections.abc import Callable

#: The end of a sidecar's name.
SIDECAR = ".meta.json"

_SKIPPED = re.compile(r"\.(?:git|hg|svn|venv|tox|nox|[a-z]+_cache|hypothesis)|node_modules|__pycache__")


def files(given: str, holds_stream: Callable[[str], bool]) -> list[str]:
    """Return the files that an argument names, those of folders and patterns in order.

    Args:
        given: a file, one stream of a file (``x.har#3``), a folder, a pattern such as ``**/*.har``, or ``-``.
        holds_stream: whether a file in a folder is a capture; sidecars are never asked for.

    Raises:
        CaptureError: there is no such file, or no capture in the folder.

    """
    if given == STDIN:
        return [given]
    path = Path(given)
    if not given:  # Path("") is the working directory
        raise CaptureError("an empty name is no capture: has a variable no value?")
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise CaptureError(f"{given:.100}…: {error.strerror}") from error
    except ValueError as error:  # it has a zero byte
        raise CaptureError(f"{given}: is no name of a file: {error}") from error
    if path.is_dir():
        return _captures_in(path, holds_stream)
    if path.exists():
        if path.name.endswith(SIDECAR):
            raise CaptureError(f"{given}: is what is known beside a capture, and no capture: name the one beside it")
        return [given]
    if part(given)[1] is not None:
        return [given]
    if not glob.has_magic(given):
        raise CaptureError(f"{given}: there is no such file")
    found = [one for one in sorted(glob.glob(given, recursive=True)) if not one.endswith(SIDECAR)]  # noqa: PTH207 - as given
    if not found:
        raise CaptureError(f"{given}: no file is of this pattern")
    plain = [one for one in found if not Path(one).is_dir()]
    return plain or [one for folder in found for one in _captures_in(Path(folder), holds_stream)]


def part(given: str) -> tuple[str, str | None]:
    """Return the file and the number of what ``x.har#3`` names; of a file as a whole, no number."""
    file, sign, number = given.rpartition("#")
    if sign and number.isascii() and number.isdigit() and not Path(given).exists() and Path(file).is_file():
        return file, number
    return given, None


def _captures_in(folder: Path, holds_stream: Callable[[str], bool]) -> list[str]:
    looked, unread = _walked(folder)
    found = sorted([*filter(holds_stream, looked), *unread], key=lambda one: one.split(os.sep))  # noqa: PTH206 - as below
    if not found:
        of = f"none of its {len(looked)} files is one" if looked else "it is empty"
        raise CaptureError(f"{folder}: the folder holds no capture ({of})")
    return found


def _walked(folder: Path) -> tuple[list[str], list[str]]:
    """Return the files of a folder and of those in it, but none that tools keep there for themselves.

    And the folders that cannot be read; who reads such a one is told why.
    """
    found: list[str] = []
    unread: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=unread.append):
        folders[:] = [name for name in folders if not _SKIPPED.fullmatch(name)]
        within = str(Path(root))
        for name in names:
            path = name if within == os.curdir else os.path.join(within, name)  # noqa: PTH118 - for each of many files
            whole = os.path.isfile(path) or not os.path.exists(path)  # noqa: PTH110, PTH113 - as above
            if whole and not name.endswith(SIDECAR):  # a link to nothing too: who reads it is told
                found.append(path)
    return found, [str(error.filename) for error in unread]
