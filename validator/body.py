"""What a stream is as a whole, at its end, as values that rules can look at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from validator import jsontext
from validator.framing import whole_characters
from validator.payload import Json, decode
from validator.sse import BOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.sse import Decoder

#: How compressed data begins. Brotli has no such mark.
COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_MARKUP = re.compile(r"\s*<(!doctype\s+html|html|head|body|\?xml)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)


def describe(decoder: Decoder, meta: Mapping[str, Any], head: bytes | None) -> dict[str, Any]:
    """Return the tree of ``@capture``: the whole stream at its end.

    `bytes` and `events` count; `bom` says that it began with one. `ended` is how the transport ended and `status` the
    HTTP status, where these are known; `content_encoding` is that header, "" where the headers lack it. Only if no
    block had data: `head`, the beginning of the body as text; `document`, if it is one of another sort; `compressed`,
    the name of the compression that it shows.
    """
    tree: dict[str, Any] = {"bytes": decoder.bytes, "events": decoder.events, "bom": decoder.bom}
    response = meta.get("response", {})
    if "status" in response:
        tree["status"] = response["status"]
    if "headers" in response:
        tree["content_encoding"] = response["headers"].get("content-encoding", "")
    if meta.get("ended", "left") != "left":  # that a reader leaves is no fault of the stream
        tree["ended"] = meta["ended"]
    if head is not None:
        tree["head"] = text = head.decode("utf-8", "replace")
        document = _markup(text) or _json(head)
        if document is not None:
            tree["document"] = document
        compressed = compression(head)
        if compressed is not None:
            tree["compressed"] = compressed
    return tree


def compression(head: bytes) -> str | None:
    """Return the compression that data shows by its first bytes, if it shows one."""
    return next((name for mark, name in COMPRESSIONS.items() if head.startswith(mark)), None)


def _markup(text: str) -> dict[str, Any] | None:
    found = _MARKUP.match(text)
    if found is None:
        return None
    title = _TITLE.search(text)
    return {"type": "xml" if found[1].startswith("?") else "html", "title": title[1] if title else ""}


def _json(head: bytes) -> dict[str, Any] | None:
    """Return a JSON object, or an array of such, with its `value` unless the end of it is missing."""
    text = head.removeprefix(BOM).strip()
    if text[:1] not in (b"{", b"[") or b"{" not in text:
        return None
    decoded = decode(text)
    if isinstance(decoded, Json):
        return {"type": "json", "value": decoded.value}
    return {"type": "json"} if _is_beginning(whole_characters(text)) else None


def _is_beginning(text: bytes) -> bool:
    """Whether nothing but its end keeps a text from being JSON."""
    try:
        for _ in jsontext.tokens(text):
            pass
    except jsontext.NotJson as error:
        return error.offset == len(text)
    return True
