"""Payloads and events that were recorded one by one, without the bytes around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Record:
    """One event as somebody recorded it.

    `data` is its data as text; `name` and `id` are those of the event, "" for none. `raw` are the bytes as they came,
    framing and all, in place of these. `time` are the seconds since the request.
    """

    data: str = ""
    name: str = ""
    id: str = ""
    time: float | None = None
    raw: bytes | None = None


def rebuilt(records: Iterable[Record]) -> tuple[bytes, list[list[float]] | None]:
    """Return the stream that records make, and when its pieces came, where every record says so.

    What was recorded raw is as it was; the framing of the others is made up, in the usual form.
    """
    body = bytearray()
    reads: list[list[float]] | None = []
    for one in records:
        piece = one.raw if one.raw is not None else _event(one)
        body += piece
        if one.time is None:
            reads = None
        elif reads is not None:
            reads.append([one.time, len(piece)])
    return bytes(body), reads or None


def moment(text: str) -> float | None:
    """Return the seconds since 1970 that a date with a time, as ISO 8601 writes it, stands for; None for no such."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _event(record: Record) -> bytes:
    fields = [f"id: {_line(record.id)}"] if record.id else []
    if record.name and record.name != "message":
        fields.append(f"event: {_line(record.name)}")
    fields += [f"data: {line}" if line else "data:" for line in _lines(record.data)]
    return ("\n".join(fields) + "\n\n").encode("utf-8", "replace")


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _line(text: str) -> str:
    return " ".join(text.splitlines())
