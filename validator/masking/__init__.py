"""Masking: a capture whose texts nobody can read any more, in which the same is found at the same places.

What is text, says the protocol (`text` in its file). What masking changes must change no finding, and that is not
left to hope: both streams are judged, and a masked one is given away only if all that is found is the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from validator import catalogue
from validator.masking.headers import with_headers
from validator.masking.letters import Letters
from validator.masking.places import text_places
from validator.masking.stream import Stream, Unmaskable, with_request
from validator.stream import StreamValidator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.judge import Judge
    from validator.report import StreamReport

__all__ = ["Masked", "Unmaskable", "mask"]

#: How often another key is tried, where by chance a masked text is what a rule looks for.
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked stream, its metadata, and whether numbers in its JSON texts had to stay."""

    data: bytes
    meta: dict[str, Any]
    numbers_stayed: bool


def mask(data: bytes, meta: Mapping[str, Any], judge: Judge, file: str | None = None) -> Masked:
    """Return a stream with its texts masked; the same bytes always give the same.

    Args:
        data: the stream.
        meta: its metadata.
        judge: what both are judged by.
        file: the file that it stands in, for what the configuration says of that.

    Raises:
        Unmaskable: its texts cannot be found, or masking them would change what is found.
        BlockTooLong: a block is longer than the decoder's limit.

    """
    before = _judged(data, meta, judge, file)
    protocol = catalogue.protocol(before.protocol)
    places = text_places(protocol)
    stream = Stream(data, meta.get("request"), protocol, places)
    wanted = told(before, keys=bool(places.keys))
    key = hashlib.sha256(data + orjson.dumps(meta, option=orjson.OPT_SORT_KEYS)).digest()
    differs: set[str] = set()
    for numbers in (True, False):
        for turn in range(_TRIES):
            turned = key + bytes([turn])
            masked, request = stream.masked(turned, numbers=numbers)
            known = with_headers(with_request(meta, request), Letters(turned, by_length=False))
            after = _judged(masked, known, judge, file)
            if told(after, keys=bool(places.keys)) == wanted:
                return Masked(masked, known, numbers_stayed=not numbers)
            differs = differs or {rule for rule, _ in _places(after) ^ _places(before)}
    rules = ", ".join(sorted(differs)) or "how it ended"
    raise Unmaskable(f"cannot be masked without changing what is found ({rules})")


def _judged(data: bytes, meta: Mapping[str, Any], judge: Judge, file: str | None) -> StreamReport:
    stream = StreamValidator(meta=meta, judge=judge, file=file)
    stream.feed(data)
    return stream.close().streams[0]


def _places(report: StreamReport) -> set[tuple[str, int]]:
    return {(one.rule, place.byte_offset) for one in report.findings for place in one.places}


def told(report: StreamReport, *, keys: bool = False) -> tuple[Any, list[tuple[Any, ...]]]:
    """Return what must not change: the verdict, and of each finding all but the words that quote the stream.

    Places are told by their bytes. `keys` says that keys may be text: then neither are fingerprints, which have them.
    """
    findings = []
    for one in report.findings:
        places = [(at.event, at.line, at.column, at.byte_offset, at.byte_length, at.pointer is None)
                  for at in (one.where, *one.places, *(other.where for other in one.related))]  # fmt: skip
        named = "" if keys else one.fingerprint
        findings.append((one.rule, one.severity, one.count, named, tuple(one.scope.items()), places))
    return (report.profile, report.ending, report.exercised, tuple(report.stats.items())), findings
