"""The validator as a function: captures in, a report out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.judge import judge_by
from validator.run import run
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.report import Report


def check(
    stream: str | os.PathLike[str] | bytes | Iterable[bytes],
    profile: str | None = None,
    meta: Mapping[str, Any] | str | os.PathLike[str] | None = None,
) -> Report:
    """Judge captured streams.

    Args:
        stream: the path of a capture or of a folder of them, the bytes of a stream, or an iterable of its pieces.
        profile: a profile's name or file; default: what the sidecar says, then the protocol's own.
        meta: what is known beside the bytes, as a mapping or the path of a JSON file; for a path, by default the
            sidecar ``NAME.meta.json`` beside ``NAME.sse``, if there is one.

    Raises:
        ConfigError: a file cannot be read or judged, or the profile or the metadata cannot be used.
        BlockTooLong: a block of a stream that is no file is longer than the decoder's limit.

    """
    file = Path(meta) if isinstance(meta, str | os.PathLike) else None
    if isinstance(stream, str | os.PathLike) and (meta is None or file is not None):
        report = run(judge_by(profile), [os.fspath(stream)], file)
        if report.failures:
            raise ConfigError(report.failures[0].reason)
        return report
    known: Mapping[str, Any] = parse_json(Path(meta)) if isinstance(meta, str | os.PathLike) else meta or {}
    source = "<stream>"
    pieces: Iterable[bytes]
    if isinstance(stream, str | os.PathLike):
        source = os.fspath(stream)
        pieces = [_read(Path(stream))]
    else:
        pieces = [bytes(stream)] if isinstance(stream, bytes | bytearray | memoryview) else stream
    validator = StreamValidator(profile, known, source=source)
    for piece in pieces:
        validator.feed(piece)
    return validator.close()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
