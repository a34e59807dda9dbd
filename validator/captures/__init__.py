"""Captures: where streams are read from, and what is known of each beside its bytes.

What a file is, is told by its content: a reader of `captures.readers` is sure of it, or it is the bytes of a stream.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from validator.body import COMPRESSIONS, compression
from validator.captures.capture import Capture, CaptureError, NoStream
from validator.captures.folder import files as _files
from validator.captures.folder import part
from validator.captures.input import STDIN, Input, open_input
from validator.captures.packed import SUFFIXES, PackedError, is_text, unpacked, unpacked_file
from validator.limits import Limits
from validator.meta import load_meta, sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["STDIN", "Capture", "CaptureError", "NoStream", "files", "find", "holds_several", "read"]

#: A stream that begins as nearly all do: no reader of another format needs to look.
_PLAIN = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:data|event|id|retry)?:")
#: A payload in a stream: what tells one from other texts with colons, where nobody said that it is one.
_PAYLOAD = re.compile(rb"(?:\A|[\r\n])data: ?[{\[]")
_DATA = re.compile(rb"(?:^|[\r\n])data(?::|[\r\n])")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: What Git LFS puts in place of a file that it did not fetch.
_POINTER = b"version https://git-lfs.github.com/spec/"

#: The name of a HAR.
_HAR = re.compile(r"\.har(?:\.(?:gz|zst|br))?\Z")

_USUAL = Limits()

#: How often in a row a file may be compressed.
_LAYERS = 2


def files(given: str) -> list[str]:
    """Return the files that an argument names: a file, a folder (looked through for captures), a pattern, or ``-``.

    Raises:
        CaptureError: there is no such file, or no capture in the folder.

    """
    return _files(given, _holds_stream)


def find(given: str, meta: Path | None = None, limits: Limits = _USUAL) -> Iterator[Capture]:
    """Yield the captures of all files that an argument names; see `files` and `read`."""
    for file in files(given):
        yield from read(file, meta, limits)


def read(file: str, meta: Path | None = None, limits: Limits = _USUAL) -> Iterator[Capture]:
    """Yield the streams of one file, as `files` names it.

    `meta` is the metadata to take in place of the sidecar beside it; what it says goes before what the file says.
    `limits` say how much of it may be in memory, and what it may unpack to.

    Raises:
        CaptureError: the file cannot be read, or holds no stream (NoStream).
        ConfigError: the metadata cannot be used.

    """
    path, number = part(file)
    found = _streams(path, meta, limits)
    if number is None:
        yield from found
        return
    chosen = [one for one in found if one.source == file]
    if not chosen:
        raise CaptureError(f"{path}: there is no stream #{number} in it")
    yield from chosen


def _streams(path: str, meta: Path | None, limits: Limits) -> Iterator[Capture]:
    given = open_input(path, limits)
    known = _known(given, meta)
    on_disk = path if given.path is not None else None
    wire = "response" in known and _named(given) is None
    source = given if wire else _unpacked(given)
    reader = None
    if not _PLAIN.match(source.head):
        from validator.captures.readers import reader_for  # late: a plain stream needs none

        reader = reader_for(source.head, wire=wire)
        if reader is None and _HAR.search(path) is not None and not source.head.startswith(_POINTER):
            raise CaptureError(f"{path}: is called a HAR and is none: no JSON object with a `log`")
    if reader is None:
        yield Capture(source.name, lambda: _checked(source, known), known, on_disk, plain=source is given)
        return
    for capture in reader.read(source):
        yield replace(capture, meta=_joined(capture.meta, known), file=on_disk)


def holds_several(path: str, limits: Limits = _USUAL) -> bool:
    """Whether a file, named as a whole, is of a form that can hold more than one stream; not if it cannot be read."""
    if part(path)[1] is not None:
        return False
    try:
        head = _unpacked(open_input(path, limits)).head
    except CaptureError:
        return False
    if _PLAIN.match(head):
        return False
    from validator.captures.readers import reader_for  # late: as above

    return reader_for(head) is not None


def _known(source: Input, meta: Path | None) -> dict[str, Any]:
    """Return the metadata that is given for an input, or stands beside it."""
    beside = meta if meta is not None or source.path is None else sidecar(source.path)
    if beside is None or (meta is None and not beside.is_file()):
        return {}
    known = load_meta(beside, source.name)
    from validator.redact import clean_request  # late: many captures come alone

    return {**known, "request": clean_request(known["request"])} if "request" in known else known


def _joined(own: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says of its stream and what is given for it, which goes first."""
    if not known:
        return own
    joined = {**own, **known}
    if "response" in own and "response" in known:
        joined["response"] = {**own["response"], **known["response"]}
    return joined


def _named(source: Input) -> str | None:
    """Return the compression that a file's name says."""
    return SUFFIXES.get(source.path.suffix) if source.path is not None else None


def _unpacked(source: Input) -> Input:
    """Return what an input holds, once it is no longer compressed.

    Raises:
        CaptureError: it cannot be unpacked.

    """
    for layer in range(_LAYERS + 1):
        coding = compression(source.head)
        if coding is None and ((layer == 0 and _named(source) == "br") or _is_brotli(source.head)):
            coding = "br"
        if coding is None:
            return source
        if layer == _LAYERS:
            raise CaptureError(f"{source.name}: is compressed more than {_LAYERS} times")
        source = _below(source, coding)
    raise AssertionError  # the loop returns or raises


def _below(source: Input, coding: str) -> Input:
    def open_() -> Iterator[bytes]:
        return unpacked_file(source.pieces(), coding, source.name, source.limits.unpacked)

    return Input(source.name, open_, source.path, again=source.again, limits=source.limits)


def _is_brotli(head: bytes) -> bool:
    """Whether data is brotli, which shows only by being read: it is no text, and unpacks to the beginning of one."""
    if not head or head.startswith(_UTF16) or _DATA.search(head) or is_text(head):
        return False
    try:
        start = next(unpacked([head], "br", whole=False), b"")
    except PackedError:
        return False
    return len(start) > 4 and is_text(start[:4096])


def _checked(source: Input, known: dict[str, Any]) -> Iterator[bytes]:
    """Yield the pieces of a file that is text, or that begins as rules know what to say of."""
    head = source.head
    if head.startswith(_POINTER):
        raise CaptureError(f"{source.name}: is a pointer of Git LFS, not the file itself: git lfs pull")
    judged = _UTF16 + (tuple(COMPRESSIONS) if "headers" in known.get("response", {}) else ())
    if b"\0" in head and not head.startswith(judged) and not _DATA.search(head):
        if head.startswith(b"PK\3\4"):
            raise CaptureError(f"{source.name}: is a zip archive: unpack it and name what is in it")
        raise CaptureError(f"{source.name}: is a binary file (a zero byte at offset {head.index(0)}), not a stream")
    yield from source.pieces()


def _holds_stream(path: str) -> bool:
    """Whether a file of a folder is a capture: by its content, or because it is called one and cannot be read."""
    if path.endswith(".sse") or _HAR.search(path) is not None:
        return True  # if it is none, who reads it is told
    called = re.search(r"\.(?:sse|jsonl|ndjson|flow|mitm)(?:\.(?:gz|zst|br))?\Z", path) is not None
    try:
        head = _unpacked(open_input(path)).head
    except CaptureError:
        return called
    if head.startswith(_POINTER):
        return called
    if _PLAIN.match(head):
        return _PAYLOAD.search(head) is not None
    from validator.captures.readers import reader_for  # late: as above

    reader = reader_for(head)
    return reader is not None and reader.is_stream(head)
