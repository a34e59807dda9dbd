"""Patterns of paths, for what a person says of some captures: ``captures/vllm/*.sse``, ``**/slow``, ``*.har``."""

from __future__ import annotations

import glob
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path

_WITHIN = re.compile(r"#[0-9]+$")


def matches(pattern: str, path: str) -> bool:
    """Whether a path with ``/`` fits a pattern, or a folder around it does.

    ``*`` and ``?`` stop at ``/``, ``**`` stands for any folders; a pattern without ``/`` may stand at any depth. What
    tells the streams of one file apart, such as ``#3`` at the end, may be left out.
    """
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    anchored = parts if "/" in pattern else ("**", *parts)
    return any(_fits(anchored, tuple(one.split("/"))) for one in {path, _WITHIN.sub("", path)})


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_fits(pattern[1:], path[skipped:]) for skipped in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _fits(pattern[1:], path[1:])


def is_pattern(text: str) -> bool:
    """Whether a text may fit several paths."""
    return glob.has_magic(text) or "/" not in text


def exactly(path: str) -> str:
    """Return the pattern that fits this one path."""
    return glob.escape(path)


def relative(source: str, folder: Path) -> str:
    """Return a source as patterns of a file in `folder` see it: relative to the folder, with ``/``."""
    if source.startswith("<"):
        return source  # no file: standard input
    try:
        return Path(os.path.relpath(source, folder)).as_posix()
    except ValueError:  # another drive
        return Path(source).as_posix()
