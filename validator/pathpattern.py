"""Patterns of paths, for what a person says of some captures: ``captures/vllm/*.sse``, ``**/slow``, ``*.har``."""

from __future__ import annotations

import glob
import os
import re
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITHIN = re.compile(r"#[0-9]+$")
_NO_TEXT = re.compile(r"[\ud800-\udfff]")  # bytes of a name that are no UTF-8, as Python writes them
_ESCAPED = re.compile(r"\[([*?[])\]")


def matches(pattern: str, path: str) -> bool:
    """Whether a path with ``/`` fits a pattern, or a folder around it does.

    ``*`` and ``?`` stop at ``/``, ``**`` stands for any folders; a pattern without ``/`` may stand at any depth. What
    tells the streams of one file apart, such as ``#3`` at the end, may be left out.
    """
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    anchored = parts if "/" in pattern else ("**", *parts)
    return any(_fits(anchored, tuple(one.split("/"))) for one in {path, without_part(path)})


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Walk the path with all positions in the pattern that it may have reached, so that no pattern is slow."""
    reached = set(_from(pattern, 0))
    for part in path:
        if len(pattern) in reached:
            return True
        following: set[int] = set()
        for at in reached:
            if pattern[at] == "**":
                following.update(_from(pattern, at))
            elif fnmatchcase(part, pattern[at]):
                following.update(_from(pattern, at + 1))
        reached = following
    return len(pattern) in reached


def _from(pattern: tuple[str, ...], at: int) -> Iterator[int]:
    """Yield a position and those behind it that need no part of a path."""
    yield at
    while at < len(pattern) and pattern[at] == "**":
        at += 1
        yield at


def literal(pattern: str) -> str | None:
    """Return the one path, of a file or a folder, that a pattern stands for; None if it may fit several."""
    if "/" not in pattern and not pattern.startswith("<"):
        return None
    path = _ESCAPED.sub(r"\1", pattern)
    if glob.escape(path) != pattern:
        return None
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def without_part(path: str) -> str:
    """Return the path of a stream's file: without what tells it from others in it, such as ``#3``."""
    return _WITHIN.sub("", path)


def around(path: str) -> Iterator[str]:
    """Yield a path of a stream, that of its file, and the folders around it."""
    yield path
    file = without_part(path)
    if file != path:
        yield file
    while "/" in file:
        file = file.rpartition("/")[0]
        yield file


def files(pattern: str, folder: Path) -> Iterator[str]:
    """Yield the files that fit a pattern, relative to the folder that it is relative to."""
    parts = pattern.split("/")
    plain = takewhile(lambda part: not glob.has_magic(part), parts if len(parts) > 1 else ())
    start = folder.joinpath(*plain)
    for path in start.rglob("*") if start.is_dir() else (start,):
        name = relative(str(path), folder)
        if matches(pattern, name) and path.is_file():
            yield name


def exactly(path: str) -> str:
    """Return the pattern that fits this one path."""
    escaped = _NO_TEXT.sub("?", glob.escape(path))
    return escaped if "/" in path or path.startswith("<") else f"./{escaped}"


def relative(source: str, folder: Path) -> str:
    """Return a source as patterns of a file in `folder` see it: relative to the folder, with ``/``."""
    if source.startswith("<"):
        return source  # no file: standard input
    try:
        return Path(os.path.relpath(source, folder)).as_posix()
    except ValueError:  # another drive
        return Path(source).as_posix()
