"""Captures of any format as ``.sse`` with a sidecar: what a bug report needs, and nothing that must not be in one."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import orjson

from validator.captures import CaptureError
from validator.cover import covered
from validator.limits import size
from validator.meta import sidecar
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from validator.captures import Capture
    from validator.judge import Judge
    from validator.limits import Limits

_PACKED = re.compile(r"\.(?:gz|zst|br)\Z", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.+-]+")


#: The longest line that is looked through for keys as a whole, in bytes.
_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Converted:
    """Where a capture was written; whether keys in it were covered, and numbers in masked texts had to stay."""

    source: str
    path: Path
    keys_covered: bool = False
    numbers_stayed: bool = False


class Converter:
    """Writes captures into a folder, under names that are free.

    Args:
        folder: made if it is not there.
        judge: what masked captures are held to, by its limits too.
        mask: whether texts are masked.
        force: whether files that are there are replaced.

    """

    def __init__(self, folder: Path, judge: Judge, *, mask: bool = False, force: bool = False) -> None:
        self._folder, self._judge, self._mask, self._force = folder, judge, mask, force
        self._taken: set[str] = set()

    def write(self, capture: Capture) -> Converted:
        """Write one capture.

        Raises:
            ConfigError: it cannot be read, masked or written, or what would be written over is not to be.

        """
        path = self._folder / f"{self._name(capture)}.sse"
        refuse(capture, path, force=self._force)
        numbers_stayed = False
        pieces: Iterable[bytes] = capture.pieces()
        meta = capture.meta
        if self._mask:
            from validator.masking import Unmaskable, mask  # late: seldom wanted

            try:
                masked = mask(whole(capture, self._judge.limits), meta, self._judge, capture.file)
            except Unmaskable as error:
                raise CaptureError(f"{capture.source}: {error}") from error
            pieces, meta, numbers_stayed = [masked.data], masked.meta, masked.numbers_stayed
        without = _Covered(pieces)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self._folder}: cannot be made: {error.strerror}") from error
        save(path, without, meta)
        return Converted(capture.source, path, without.any, numbers_stayed)

    def _name(self, capture: Capture) -> str:
        """Return a name without suffix: that of the file, with the number of the stream in it."""
        file, _, number = capture.source.rpartition("#")
        if not number.isdigit() or capture.source == capture.file:
            file, number = capture.source, ""
        stem = _PACKED.sub("", Path(capture.file or file.strip("<>")).name)
        stem = _UNSAFE.sub("_", Path(stem).stem.lstrip(".-")) or "capture"
        name = f"{stem}-{number}" if number else stem
        free, count = name, 1
        while free in self._taken:
            count += 1
            free = f"{name}-{count}" if not number else f"{name}.{count}"
        self._taken.add(free)
        return free


class _Covered:
    """The pieces of a stream with keys in it covered; `any` says whether there was one."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.any = False

    def __iter__(self) -> Iterator[bytes]:
        held = b""
        for piece in self._pieces:
            held += piece
            end = max(held.rfind(b"\n"), held.rfind(b"\r")) + 1
            if not end and len(held) < _LINE:
                continue
            yield self._of(held[: end or len(held)])
            held = held[end:] if end else b""
        yield self._of(held)

    def _of(self, data: bytes) -> bytes:
        without = covered(data)
        self.any = self.any or without != data
        return without


def refuse(capture: Capture, path: Path, *, force: bool) -> None:
    """Refuse to write over a capture or, without `force`, over anything.

    Raises:
        ConfigError: the capture would be written there, or beside it, over itself or what is there.

    """
    for one in (path, sidecar(path)):
        if not one.exists():
            continue
        own = [Path(capture.file), sidecar(Path(capture.file))] if capture.file is not None else []
        if any(mine.exists() and one.samefile(mine) for mine in own):
            raise ConfigError(f"{capture.source}: would be written over itself; name another place")
        if not force:
            raise ConfigError(f"{one}: is there already; --force writes over it")


def whole(capture: Capture, limits: Limits) -> bytes:
    """Return all bytes of a capture.

    Raises:
        CaptureError: they cannot be read, or are too many.

    """
    data = bytearray()
    for piece in capture.pieces():
        data += piece
        if len(data) > limits.whole:
            raise CaptureError(
                f"{capture.source}: is larger than {size(limits.whole)}, the limit for what must be in memory as a "
                "whole (--limit whole=SIZE)"
            )
    return bytes(data)


def save(path: Path, pieces: Iterable[bytes], meta: dict[str, Any]) -> None:
    """Write a stream, and beside it what is known of it; each file as a whole, or what is there stays.

    Raises:
        ConfigError: it cannot be written.

    """
    beside = sidecar(path)
    try:
        _save(path, pieces)
        if meta:
            _save(beside, [orjson.dumps(meta, option=orjson.OPT_INDENT_2) + b"\n"])
        else:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error


def _save(path: Path, pieces: Iterable[bytes]) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            for piece in pieces:
                file.write(piece)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
    Path(file.name).chmod(0o666 & ~_umask())
    Path(file.name).replace(path)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
