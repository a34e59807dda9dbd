"""Captures of what streams right now, written as it comes: if this process dies, what came until then is there.

The bytes go to ``NAME.sse`` as they are. The sidecar beside it is there from the first moment and then says that its
reader left, for that is what has happened if nobody comes to write the end. No secret is written: `validator.redact`
drops those that are known by their names, `validator.live.veil` covers the keys of this exchange.
"""

from __future__ import annotations

import os
import re
from array import array
from typing import TYPE_CHECKING, Any

import orjson

from validator.live.veil import Veil
from validator.meta import sidecar
from validator.redact import clean_request, without_secrets
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_UNSAFE = re.compile(r"[^\w.+-]+", re.ASCII)
_NUMBER = re.compile(r"(\d{1,9})(?=[-.])", re.ASCII)

#: The most characters of a name that are taken.
_LENGTH = 80


class Folder:
    """A folder in which captures are saved, under names that are free.

    Args:
        path: made if it is not there.
        numbered: whether names begin with a number, one after the greatest in the folder.

    Raises:
        ConfigError: it cannot be made or written to.

    """

    def __init__(self, path: Path, *, numbered: bool = False) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            there = [found for one in path.iterdir() if (found := _NUMBER.match(one.name))]
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written to: {error.strerror}") from error
        if not os.access(path, os.W_OK | os.X_OK):
            raise ConfigError(f"{path}: cannot be written to: Permission denied")
        self._number = max((int(found[1]) for found in there), default=0) if numbered else None

    def open(self, name: str, meta: Mapping[str, Any], secrets: Iterable[str] = ()) -> Saving:
        """Begin a capture.

        Args:
            name: what to call it; whatever is unsafe in a file's name is replaced.
            meta: what is known of it by now: `request`, `response` and `profile` of its sidecar, not cleaned yet.
            secrets: the keys that were sent with the request.

        Raises:
            ConfigError: it cannot be written.

        """
        veil = Veil(secrets)
        stem = (
            _UNSAFE.sub("_", veil.cover(name.encode("utf-8", "replace")).decode()).strip("._")[:_LENGTH] or "stream"
        )
        count = 1
        while True:
            if self._number is not None:
                self._number += 1
                free = f"{self._number:04}-{stem}"
            else:
                free = stem if count == 1 else f"{stem}-{count}"
            count += 1
            path = self.path / f"{free}.sse"
            if sidecar(path).exists():
                continue
            try:
                return Saving(path, meta, veil)
            except FileExistsError:
                continue
            except OSError as error:
                raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error


class Saving:
    """A capture that is being written; `Folder.open` makes one.

    That a disk is full must not stop what is captured, so nothing but the beginning raises; `failure` tells.

    Attributes: `path`, that of the bytes; `meta`, its sidecar as it stands now; `failure`, why not all of it could be
    written, in words, or None.

    """

    def __init__(self, path: Path, meta: Mapping[str, Any], veil: Veil) -> None:
        self.path = path
        self.failure: str | None = None
        self._veil = veil
        self._times, self._sizes = array("d"), array("Q")
        self._timed = True
        self.meta = self._clean({**meta, "ended": "left"})
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        self._open = True
        self._describe()

    def came(self, data: bytes, seconds: float | None = None) -> bytes:
        """Write the next bytes, and return those to judge: secrets covered, the beginning of one held back.

        Args:
            data: what one read brought, once it is no longer compressed.
            seconds: when, since the request was sent; None: nobody knows, and then no time is told of any read.

        """
        if data and self._timed:
            if seconds is None:
                self._timed = False
            else:
                self._times.append(round(seconds, 6))
                self._sizes.append(len(data))
        return self._write(self._veil.feed(data))

    def over(self, ended: str, seconds: float | None = None) -> bytes:
        """Write how it ended (``close``, ``reset``, ``timeout``, ``left``), and return the bytes that were held back.

        `seconds`, since the request was sent, are when the response was over, if it ended with ``close``.
        """
        rest = self._write(self._veil.close())
        if self._open:
            self._open = False
            os.close(self._file)
            self.meta = {**self.meta, "ended": ended if self.failure is None else "left"}
            if self._timed:
                end = [(round(seconds, 6), 0)] if ended == "close" and seconds is not None else []
                self.meta["reads"] = [*zip(self._times, self._sizes, strict=True), *end]
            self._describe()
        return rest

    def _write(self, data: bytes) -> bytes:
        left = memoryview(data)
        while left and self._open and self.failure is None:
            try:
                left = left[os.write(self._file, left) :]
            except OSError as error:
                self._fail(error)
        return data

    def _describe(self) -> None:
        try:
            _replace(sidecar(self.path), orjson.dumps(self.meta, option=orjson.OPT_INDENT_2) + b"\n")
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.failure = self.failure or f"{self.path}: not all of it could be written: {error.strerror}"

    def _clean(self, meta: dict[str, Any]) -> dict[str, Any]:
        """Return a sidecar without secrets."""
        if "request" in meta:
            meta["request"] = clean_request(meta["request"])
        if "headers" in meta.get("response", {}):
            headers = {name.lower(): text for name, text in meta["response"]["headers"].items()}
            meta["response"] = {**meta["response"], "headers": without_secrets(headers)}
        cleaned: dict[str, Any] = orjson.loads(self._veil.cover(orjson.dumps(meta)))
        return cleaned


def _replace(path: Path, data: bytes) -> None:
    """Write a file as a whole, so that whoever reads it sees the old one or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
