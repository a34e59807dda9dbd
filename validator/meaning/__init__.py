"""The meaning of a capture: what a client makes of it once it has put the pieces together, however they were cut.

`meaning` reads a stream, or the JSON body of the same answer where it is not streamed, into one tree; two of these
can be compared (`validator.compare`), and one can be written as the body of an answer that is not streamed::

    streamed = meaning(Path("stream.sse").read_bytes())
    whole = meaning(Path("answer.json").read_bytes())
    differences = compare(streamed, whole)
    body = streamed.body()          # the non-streamed twin, for json.dumps

What is a piece of a text, what says which tool call a piece is of, and where the parts of a non-streamed answer
stand, says the protocol (`meaning` in its file).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from validator import catalogue, jsontext, sse
from validator.finding import Where
from validator.literal import units
from validator.meaning.places import Places, meaning_places, places_of
from validator.meaning.tree import Builder, Node, Piece
from validator.payload import Json, Malformed, decode, legible
from validator.place import pointer
from validator.recognise import resembles
from validator.schema import SchemaSet
from validator.scope import Scope, Spot
from validator.where import in_text, locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.place import Path
    from validator.protocol import Protocol
    from validator.schema import Schema
    from validator.sse import Event

__all__ = ["Meaning", "meaning", "protocol_of"]

#: In so many events a stream shows of which protocol it is, if it does.
_ENOUGH = 50

_NOWHERE = Scope("stream", None, None, [])


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a capture means.

    `root` is the tree of its payloads, `beside` that of what is no payload: ``@end`` (the sentinel), ``@unreadable``
    (data that is no JSON), ``@event`` (names of events). `whole` says that it is an answer that is not streamed.
    `request` is the body of the request, where that is known. `data` are the bytes.
    """

    protocol: Protocol
    places: Places
    root: Node
    beside: Node
    whole: bool
    request: Mapping[str, Any] | None
    data: bytes

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it: no event with data, and no JSON object."""
        return not (self.root.branches or self.root.pieces or self.beside.branches)

    def body(self) -> dict[str, Any]:
        """Return the answer as it would be sent without streaming."""
        from validator.meaning.body import body  # late: few want it

        return body(self)

    def where(self, piece: Piece, character: int | None = None, *, exact: bool = True) -> Where:
        """Return the place of a piece, or of one of the characters of its text, by its position from 0.

        The position after the last character is the place of the quote that ends it. To find a place, all of its
        event is read; not `exact`: it is that of the event, with the pointer of the piece.
        """
        event = piece.event
        if not exact:
            at = pointer(piece.path)
            if event is None:
                return Where(None, 1, 1, 0, len(self.data), at)
            return Where(event.number, event.line, 1, event.offset, len(event.raw), at)
        if event is None:
            start = len(sse.BOM) if self.data.startswith(sse.BOM) else 0
            offset, length = jsontext.span(self.data[start:], piece.path) or (0, len(self.data) - start)
            offset += start
            if character is not None:
                offset, length = _character(self.data[offset : offset + length], offset, character)
            return in_text(self.data, offset, length, pointer(piece.path))
        found = locate(Spot("json", event, piece.path, _NOWHERE))
        if character is None:
            return found
        start = found.byte_offset - event.offset
        literal = event.raw[start : start + found.byte_length]
        span = _character(literal, found.byte_offset, character)
        return replace(locate(Spot("json", event, piece.path, _NOWHERE, span)), pointer=found.pointer)

    def cost(self, piece: Piece) -> int:
        """Return how many bytes must be read to find the exact place of a piece."""
        return len(self.data) if piece.event is None else len(piece.event.raw)


def _character(literal: bytes, offset: int, character: int) -> tuple[int, int]:
    """Return the span in a stream of a character of the string literal at an offset."""
    at = offset + 1
    written = units(literal[1:-1])
    for raw, _ in written[:character]:
        at += len(raw)
    return at, len(written[character][0]) if character < len(written) else 1


def meaning(data: bytes, meta: Mapping[str, Any] | None = None, protocol: str | Protocol | None = None) -> Meaning:
    """Return what a capture means.

    Any bytes have a meaning: what cannot be read is told as such (`Meaning.beside`), and nothing is raised for it.

    Args:
        data: the bytes of an event stream, or one JSON object: the body of an answer that is not streamed, or of an
            error, alone or as `chunkspec probe` keeps it.
        meta: what is known beside them, in the sidecar's form; of it, `request` is of use.
        protocol: the protocol or its name, such as ``chat.completions``; default: the one that the payloads show.

    Raises:
        ConfigError: there is no protocol of this name.

    """
    body, path, kept = _object(data)
    events = [] if body is not None else sse.events(data)
    if protocol is None:
        protocol = _shown(body, events) or catalogue.DEFAULT_PROTOCOL
    if isinstance(protocol, str):
        protocol = catalogue.protocol(protocol)
        places = meaning_places(protocol.name)
    else:
        places = places_of(protocol)
    request = (meta or {}).get("request", kept)
    beside = Builder(places)
    if body is not None:
        builder = Builder(places)
        builder.add(body, data.removeprefix(sse.BOM), None, path=path, whole=True)
        return Meaning(protocol, places, builder.root, beside.root, True, request, data)
    builder = Builder(places)
    for event in events:
        _add(builder, beside, protocol, event)
    return Meaning(protocol, places, builder.root, beside.root, False, request, data)


def _add(builder: Builder, beside: Builder, protocol: Protocol, event: Event) -> None:
    """Add an event to the tree of payloads, or to what is beside them."""
    data = event.data
    if data is None:
        return
    if event.event and event.event != b"message":
        beside.note("@event", event.event.decode("utf-8", "replace"), event)
    sentinel = protocol.sentinel
    if sentinel is not None and sentinel.means(data):
        beside.note("@end", True, event)
        return
    decoded = decode(data)
    if isinstance(decoded, Malformed):
        beside.note("@unreadable", data.decode("utf-8", "replace"), event)
        return
    value = legible(decoded.value) if decoded.issues else decoded.value
    builder.add(value, data, event, whole=_is_whole(builder.places, value))


def _object(data: bytes) -> tuple[dict[str, Any] | None, Path, dict[str, Any] | None]:
    """Return the answer that is not streamed, if all of a capture is a JSON object; its path in it; and its request.

    It is the object, or `body` in one that tells of the request and the response too, as `chunkspec probe` keeps it.
    """
    text = data.removeprefix(sse.BOM).lstrip()
    if not text.startswith(b"{"):
        return None, (), None
    decoded = decode(text.rstrip())
    if not isinstance(decoded, Json) or not isinstance(decoded.value, dict):
        return None, (), None
    value: dict[str, Any] = legible(decoded.value) if decoded.issues else decoded.value
    if isinstance(value.get("body"), dict) and isinstance(value.get("response"), dict):
        request = value.get("request")
        return value["body"], ("body",), request if isinstance(request, dict) else None
    return value, (), None


def protocol_of(data: bytes) -> str | None:
    """Return the name of the protocol that a capture shows by its payloads; None if they tell nothing."""
    body, _, _ = _object(data)
    return _shown(body, [] if body is not None else sse.events(data))


def _shown(body: dict[str, Any] | None, events: list[Event]) -> str | None:
    names = sorted(catalogue.protocol_folders(), key=lambda one: one != catalogue.DEFAULT_PROTOCOL)
    if body is not None:
        wholes = ((name, meaning_places(name).whole.where) for name in names)
        return next((name for name, where in wholes if where is not None and _fits(where, body)), None)
    for event in events[:_ENOUGH]:
        decoded = decode(event.data) if event.data is not None else None
        payload = legible(decoded.value) if isinstance(decoded, Json) else None
        if resembles(payload):
            return next((name for name in names if not _is_foreign(name, payload)), None)
    return None


def _is_foreign(name: str, payload: Any) -> bool:
    return any(_fits(one.where, payload) for one in catalogue.protocol(name).foreign)


def _is_whole(places: Places, payload: Any) -> bool:
    """Whether a payload is an answer that is not streamed, as far as that makes a difference."""
    return bool(places.whole.renamed) and _fits(places.whole.where, payload)


def _fits(where: Any, payload: Any) -> bool:
    try:
        return _compiled(orjson.dumps(where)).is_valid(payload)
    except ValueError:  # it nests too deep for the compiled schemas
        return False


@cache
def _compiled(where: bytes) -> Schema:
    return SchemaSet().compile(orjson.loads(where))
