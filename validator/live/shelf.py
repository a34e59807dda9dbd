"""What a replay server can play, by name: recorded captures, cases of the corpus, providers of our own."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator import captures
from validator.convert import whole
from validator.limits import Limits
from validator.live.reply import STREAM, Asked, Reply
from validator.live.wire import Wire
from validator.providers import sources
from validator.schema import data_folder
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.captures import Capture
    from validator.live.reply import Source
    from validator.live.wire import End

#: Headers that belong to one connection or one message, and not to what is played again.
_ITS_OWN = frozenset({
    "connection", "content-length", "date", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
    "upgrade",
})  # fmt: skip

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[ \t\x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")

_SUFFIX = re.compile(r"\.sse(?:\.(?:gz|zst|br))?(?=#\d+\Z|\Z)", re.IGNORECASE)

#: How what ended a recording is played. Where the reader had left, nobody knows what would have come.
_ENDS: Mapping[str, End] = {"close": "close", "reset": "reset", "timeout": "stall", "left": "cut"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A capture, played as it was recorded."""

    capture: Capture

    def answer(self, asked: Asked) -> Reply:
        """Return the recorded response, whatever is asked.

        Raises:
            ConfigError: it cannot be read, or cannot be sent over HTTP.

        """
        meta = self.capture.meta
        response: dict[str, Any] = meta.get("response", {})
        data = whole(self.capture, Limits())
        status = response.get("status", 200)
        if not 200 <= status <= 599:
            raise ConfigError(f"{self.capture.source}: the status {status} cannot be sent as one of a response")
        reads = meta.get("reads", ())
        headers, data, reads = _coded(self._headers(response), data, reads)
        return Reply(status, headers, Wire.of(data, reads, _ENDS[meta.get("ended", "close")]))

    def _headers(self, response: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        if "headers" not in response:
            return STREAM
        kept = [(name, text) for name, text in response["headers"].items() if name.lower() not in _ITS_OWN]
        for name, text in kept:
            if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(text):
                raise ConfigError(f"{self.capture.source}: the header {name!r:.60} cannot be sent over HTTP")
        return tuple(kept)


def _coded(
    headers: tuple[tuple[str, str], ...], data: bytes, reads: Any
) -> tuple[tuple[tuple[str, str], ...], bytes, Any]:
    """Return a response whose bytes are coded as its headers say: recorders often keep them decoded.

    What cannot be coded again loses the header, and is sent as it is.
    """
    coding = dict(headers).get("content-encoding", "").strip().lower()
    if coding == "gzip" and not data.startswith(b"\x1f\x8b"):
        return headers, gzip.compress(data, mtime=0), ()
    if coding == "deflate":
        return headers, zlib.compress(data), ()
    if coding in ("br", "zstd"):
        return tuple(one for one in headers if one[0] != "content-encoding"), data, reads
    return headers, data, reads


class Shelf:
    """Sources by name."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}

    def __len__(self) -> int:
        return len(self._sources)

    def names(self) -> list[str]:
        """Return all names, in order."""
        return list(self._sources)

    def put(self, name: str, source: Source) -> None:
        """Put a source on the shelf.

        Raises:
            ConfigError: there is one of this name.

        """
        if name in self._sources:
            raise ConfigError(f"two captures would be called {name!r}; name the folder above both")
        self._sources[name] = source

    def add_captures(self, paths: Iterable[str]) -> None:
        """Put the captures that arguments name on the shelf; those of a folder by their paths in it.

        Raises:
            ConfigError: one cannot be read, or two have one name.

        """
        for given in paths:
            folder = Path(given) if Path(given).is_dir() else None
            for file in captures.files(given):
                try:
                    found = list(captures.read(file))
                except captures.NoStream:
                    if folder is None:
                        raise
                    continue
                for one in found:
                    self.put(_name(one.source, folder), Recorded(one if given != captures.STDIN else _kept(one)))

    def add_corpus(self) -> None:
        """Put all streams of the corpus on the shelf: as ``RULE/CASE`` and ``PROVIDER/CASE``."""
        for part in ("rules", "streams"):
            folder = data_folder("corpus") / part
            for file in sorted(folder.glob("*/*.sse")):
                self.put(_name(str(file), folder), _Late(file))

    def add_providers(self, key: str | None = None) -> None:
        """Put the providers of our own on the shelf; `key` is the only one that they take, None for any."""
        for name, source in sources(key):
            self.put(name, source)

    def exactly(self, name: str) -> Source | None:
        """Return the source of a name."""
        return self._sources.get(_SUFFIX.sub("", name))

    def find(self, name: str) -> Source | None:
        """Return the source of a name; where there is only one, it has every name."""
        found = self.exactly(name)
        if found is None and len(self._sources) == 1:
            found = next(iter(self._sources.values()))
        return found

    def near(self, name: str) -> str:
        """Return what to say of a name that there is none like."""
        return nearest(name, self.names())


def _kept(capture: Capture) -> Capture:
    """Return a capture of a pipe, which can be read but once, with its bytes in memory."""
    data = whole(capture, Limits())
    return replace(capture, body=lambda: iter((data,)))


@dataclass(frozen=True, slots=True)
class _Late:
    """A capture of a file that is read when it is asked for."""

    file: Path

    def answer(self, asked: Asked) -> Reply:
        (capture,) = captures.read(str(self.file))
        return Recorded(capture).answer(asked)


def _name(source: str, folder: Path | None) -> str:
    """Return what a capture is called: its path in a folder, or the name of its file."""
    if source == "<stdin>":
        return "stdin"
    path = Path(source)
    return _SUFFIX.sub("", path.relative_to(folder).as_posix() if folder is not None else path.name)
