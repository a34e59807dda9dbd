"""The file that a stream stands in, as other tools name it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from validator.report import StreamReport


def relative(file: str, root: str | None = None) -> str:
    """Return a path with forward slashes, below `root` (default: the working directory) if the file is there."""
    whole = os.path.abspath(file)  # noqa: PTH100 - links stay as they are
    base = os.path.abspath(root or ".")  # noqa: PTH100 - as above
    if os.path.commonpath([whole, base]) == base:
        file = os.path.relpath(whole, base)
    return Path(file).as_posix()


def uri(file: str) -> tuple[str, bool]:
    """Return the URI of a file, and whether it is relative to the working directory."""
    path = relative(file)
    if Path(path).is_absolute():
        return Path(path).as_uri(), False
    return quote(os.fsencode(path), safe="/"), True


def in_place(stream: StreamReport) -> bool:
    """Whether lines and bytes of the stream are those of a file."""
    return stream.file is not None and stream.plain
