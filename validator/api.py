"""The validator as a function: one capture in, a report out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.meta import load_meta, sidecar
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.plan import Plan
    from validator.report import Report

#: How many bytes of a file are read at a time.
READ = 1 << 20


def check(
    stream: str | os.PathLike[str] | bytes | Iterable[bytes],
    profile: str | None = None,
    meta: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    *,
    source: str | None = None,
    plan: Plan | None = None,
) -> Report:
    """Judge one captured stream.

    Args:
        stream: the path of a capture, its bytes, or an iterable of pieces of bytes.
        profile: a profile's name or file; default: what the sidecar says, then the protocol's own.
        meta: what is known beside the bytes, as a mapping or the path of a JSON file; for a path, by default the
            sidecar ``NAME.meta.json`` beside ``NAME.sse``, if there is one.
        source: what to call the stream in the report; default: the path.
        plan: a compiled plan, in place of a profile.

    Raises:
        ConfigError: the file cannot be read, or the profile or the metadata cannot be used.
        BlockTooLong: a block is longer than the decoder's limit.

    """
    name = source or (os.fspath(stream) if isinstance(stream, str | os.PathLike) else "<stream>")
    if meta is None and isinstance(stream, str | os.PathLike) and sidecar(Path(stream)).is_file():
        meta = sidecar(Path(stream))
    if isinstance(meta, str | os.PathLike):
        meta = load_meta(Path(meta), name)
    validator = StreamValidator(profile, meta, source=name, plan=plan)
    for piece in _pieces(stream):
        validator.feed(piece)
    return validator.close()


def _pieces(stream: str | os.PathLike[str] | bytes | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(stream, bytes | bytearray | memoryview):
        yield bytes(stream)
    elif isinstance(stream, str | os.PathLike):
        try:
            with Path(stream).open("rb") as file:
                while piece := file.read(READ):
                    yield piece
        except OSError as error:
            raise ConfigError(f"{os.fspath(stream)}: cannot be read: {error.strerror}") from error
    else:
        yield from stream
