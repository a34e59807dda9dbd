"""Captures: where streams are read from, and what is known of each beside its bytes."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from validator.body import COMPRESSIONS
from validator.meta import load_meta, sidecar
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What stands for standard input among paths.
STDIN = "-"

#: How many bytes of a file are read at a time.
READ = 1 << 20

_DATA = re.compile(rb"(?:^|[\r\n])data(?::|[\r\n])")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class CaptureError(ConfigError):
    """An input that holds no stream to judge; the message names it and says why, in one line."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One captured stream.

    `source` names it in reports, `path` is where to read it (None: standard input), `meta` is its checked sidecar,
    `exact` says that the bytes are those of the wire.
    """

    source: str
    path: Path | None
    meta: dict[str, Any] = field(default_factory=dict)
    exact: bool = True

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes in pieces.

        Raises:
            CaptureError: they cannot be read, or are not those of a text stream.

        """
        judged = _UTF16 + (tuple(COMPRESSIONS) if "headers" in self.meta.get("response", {}) else ())
        try:
            if self.path is None:
                yield from _checked(sys.stdin.buffer, self.source, judged)
            else:
                with self.path.open("rb") as file:
                    yield from _checked(file, self.source, judged)
        except OSError as error:
            raise CaptureError(f"{self.source}: cannot be read: {error.strerror}") from error


def _checked(file: BinaryIO, source: str, judged: tuple[bytes, ...]) -> Iterator[bytes]:
    """Yield the pieces of a file that is text, or that begins as rules know what to say of."""
    first = True
    while piece := file.read(READ):
        if first and b"\0" in piece and not piece.startswith(judged) and not _DATA.search(piece):
            raise CaptureError(f"{source}: is a binary file (a zero byte at offset {piece.index(0)}), not a stream")
        first = False
        yield piece


def find(given: str, meta: Path | None = None) -> Iterator[Capture]:
    """Yield the captures that an argument names: a file, a folder (walked for ``*.sse``), or ``-``.

    `meta` is the metadata to take in place of the sidecar beside each file.

    Raises:
        CaptureError: there is no such file, or no capture in the folder.
        ConfigError: the metadata cannot be used.

    """
    if given == STDIN:
        yield Capture("<stdin>", None, load_meta(meta, "<stdin>") if meta else {})
        return
    path = Path(given)
    if path.is_dir():
        found = sorted(one for one in path.rglob("*.sse") if one.is_file())
        if not found:
            raise CaptureError(f"{given}: the folder holds no capture (no file *.sse)")
    elif path.exists():
        found = [path]
    else:
        raise CaptureError(f"{given}: there is no such file")
    for one in found:
        beside = meta or sidecar(one)
        yield Capture(str(one), one, load_meta(beside, str(one)) if meta or beside.is_file() else {})
