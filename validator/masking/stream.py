"""A stream with its texts masked: as many bytes, in the same places, and everything else as it was."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from validator import sse
from validator.body import compression
from validator.literal import written
from validator.masking import inner
from validator.masking.letters import Letters
from validator.masking.request import Request, kept_values, kept_words, masked_text
from validator.masking.texts import Text, Texts
from validator.payload import Json, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from validator.masking.places import TextPlaces
    from validator.masking.texts import Number, Spelled
    from validator.protocol import Protocol
    from validator.sse import Event, Line

#: What servers themselves write into comments, and what names of events and ids look like. All else is text.
_OWN = re.compile(
    rb"(?i:[^a-z\x80-\xff]*(?:(?:keep[ -]?alive|ping|pong|heartbeat|connected|ok|processing|openrouter processing"
    rb"|awaiting model, processing)[^a-z\x80-\xff]*(?:t[\d:.]+z?)?[^a-z\x80-\xff]*)?)"
)
_TOKEN = re.compile(rb"[\w.:/+=-]{0,100}")

_PREFIX = re.compile(rb"(?:[ \t]*[A-Za-z_-]{1,12}:[ \t]*)*")
_NAME = re.compile(rb"(?:\xef\xbb\xbf|[ \t])*[\w.-]{1,40}[ \t]*")


class Unmaskable(ValueError):  # noqa: N818 - it says what the stream is
    """A stream whose texts cannot be told from the rest."""


class Stream:
    """A stream and its request, with the texts in them found.

    Args:
        data: the bytes.
        request: the body of the request, if it is known.
        protocol: what the stream is of.
        places: where that has text.

    Raises:
        Unmaskable: it is compressed.

    """

    def __init__(self, data: bytes, request: Any, protocol: Protocol, places: TextPlaces) -> None:
        if compression(data) is not None:
            raise Unmaskable("is compressed data, in which no text can be found")
        self._data, self._request, self._places = data, request, places
        self._sentinel = protocol.sentinel
        self._words = kept_words(request, places)
        self._values = kept_values(request)
        self._texts = Texts(protocol, places)
        events = sse.events(data)
        if all(event.number is None for event in events):
            self._body()
            return
        for number, event in enumerate(events, 1):
            for line in event.lines:
                self._beside(line, number)
            if event.data is not None:
                self._event(event, event.data, number)

    def _body(self) -> None:
        """Take a body that has no event with data: a document, or a text."""
        start = len(sse.BOM) if self._data.startswith(sse.BOM) else 0
        body = self._data[start:]
        if body.lstrip()[:1] in (b"{", b"["):
            self._texts.payload(body, 0, lambda at: start + at)
        else:
            self._texts.loose(body, 0, lambda at: start + at)

    def _event(self, event: Event, data: bytes, number: int) -> None:
        lines = [line for line in event.lines if line.name == b"data"]
        if len(lines) == 1 or isinstance(decode(data), Json):
            self._value(data, number, lambda at: event.data_span(at, 0)[0])
            return
        for line in lines:
            self._line_value(line, number)

    def _line_value(self, line: Line, number: int) -> None:
        self._value(line.value, number, lambda at: line.value_offset + at)

    def _value(self, value: bytes, number: int, place: Callable[[int], int]) -> None:
        """Take the value of a field: a payload, perhaps behind a field's name that was written twice, or a text."""
        prefix = _PREFIX.match(value)
        start = prefix.end() if prefix else 0
        rest = value[start:]
        if self._ends(value) or self._ends(rest):
            return
        if rest.lstrip()[:1] in (b"{", b"[", b'"'):
            self._texts.payload(rest, number, lambda at: place(start + at))
        else:
            self._texts.loose(value, number, place)

    def _ends(self, value: bytes) -> bool:
        sentinel = self._sentinel
        return sentinel is not None and (sentinel.means(value) or sentinel.starts_with(value.strip()))

    def _beside(self, line: Line, number: int) -> None:
        """Take a line that is no data."""
        if line.name == b"data":
            return
        if line.is_comment or line.name in (b"event", b"id", b"retry"):
            if not (_OWN if line.is_comment else _TOKEN).fullmatch(line.value):
                self._line_value(line, number)
        elif line.raw.lstrip()[:1] in (b"{", b"["):
            self._value(line.raw, number, lambda at: line.offset + at)
        elif b":" in line.raw and _NAME.fullmatch(line.name):
            self._line_value(line, number)
        elif not self._ends(line.raw.strip()):
            self._texts.loose(line.raw, number, lambda at: line.offset + at)

    def masked(self, key: bytes, *, numbers: bool) -> tuple[bytes, Any]:
        """Return the stream and its request with all texts masked.

        Args:
            key: nobody can undo it without this.
            numbers: whether numbers in texts that are JSON are masked too.

        """
        letters = Letters(key, by_length=any(held for one in self._texts.spelled for _, held in one.tokens))
        out = bytearray(self._data)
        for texts in self._texts.owned.values():
            if repeating(texts):
                done = self._decide(max((one.chars for one in texts), key=len), numbers=numbers)
                for text in texts:
                    text.done = done[: len(text.units)]
                    _write(out, text, letters, 0, 0)
                continue
            done, at = self._decide("".join(one.chars for one in texts), numbers=numbers), 0
            for text in texts:
                text.done = done[at : at + len(text.units)]
                at += len(text.units)
                _write(out, text, letters, text.event, text.base)
        for text in self._texts.alone:
            text.done = inner.in_loose(text.chars, self._words)
            _write(out, text, letters, text.event, 0)
        for number in self._texts.numbers:
            _write_number(out, number, letters)
        for spelled in self._texts.spelled:
            self._write_bytes(out, spelled, letters)
        request = Request(self._places, letters, self._words, self._values, numbers=numbers)
        return bytes(out), request.masked(self._request)

    def _decide(self, whole: str, *, numbers: bool) -> bytearray:
        """Return what is done with each character of a text."""
        return inner.in_string(whole, self._words, self._values, numbers=numbers)

    def _write_bytes(self, out: bytearray, spelled: Spelled, letters: Letters) -> None:
        """Mask the bytes of tokens as the text that they make is."""
        numbers: list[Number] = []
        done = bytearray()
        base = None
        for text, held in spelled.tokens:
            if base is None and text is not None:
                base = text.base
            values = [one.digits for one in held]
            if text is not None and _bytes(values) == text.chars.encode("utf-8", "surrogatepass"):
                for what, (_, char) in zip(text.done, text.units, strict=True):
                    done += bytes([what]) * len(char.encode("utf-8", "surrogatepass"))
            else:
                done += bytes([inner.TEXT]) * len(held)
            numbers += held
        joined = _bytes([one.digits for one in numbers])
        if joined is None:
            return
        chars = joined.decode("utf-8", "surrogateescape")
        each = bytearray()
        at = 0
        for char in chars:
            each.append(done[at])
            at += len(char.encode("utf-8", "surrogateescape"))
        new = masked_text(chars, each, letters, spelled.event, base or 0).encode("utf-8", "surrogateescape")
        for number, byte in zip(numbers, new, strict=True):
            out[number.offset : number.offset + len(number.digits)] = b"%d" % byte


def _bytes(values: list[bytes]) -> bytes | None:
    """Return the bytes that numbers stand for; None if one of them is no byte, or not written as usual."""
    if not all(
        value.isdigit() and len(value) <= 3 and int(value) < 256 and b"%d" % int(value) == value for value in values
    ):
        return None
    return bytes(map(int, values))


def repeating(texts: list[Text]) -> bool:
    """Whether each text begins with the one before it, as where a server sends all so far each time."""
    values = [one.chars for one in texts if one.units]
    return len(set(values)) > 1 and all(later.startswith(earlier) for earlier, later in pairwise(values))


def _write(out: bytearray, text: Text, letters: Letters, event: int, base: int) -> None:
    new = masked_text(text.chars, text.done, letters, event, base)
    at = text.offset
    for (raw, old), char in zip(text.units, new, strict=True):
        if char != old:
            out[at : at + len(raw)] = written(raw, char)
        at += len(raw)


def _write_number(out: bytearray, number: Number, letters: Letters) -> None:
    new = [
        letters.digit(chr(digit), number.event, at) if 48 <= digit < 58 else chr(digit)
        for at, digit in enumerate(number.digits)
    ]
    out[number.offset : number.offset + len(number.digits)] = "".join(new).encode()


def with_request(meta: Mapping[str, Any], request: Any) -> dict[str, Any]:
    """Return metadata with another request, if it has one."""
    return {**meta, "request": request} if "request" in meta else dict(meta)
