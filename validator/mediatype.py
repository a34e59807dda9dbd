"""The media type of a body, as its Content-Type header says it."""

from __future__ import annotations

#: That of an event stream.
EVENT_STREAM = "text/event-stream"


def media_type(header: str) -> str:
    """Return what a Content-Type header says, in lower case and without parameters; "" where it says nothing."""
    return header.partition(";")[0].strip().lower()
