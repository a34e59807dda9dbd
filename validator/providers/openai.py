"""What an OpenAI-compatible server says beside its streams: the list of its models, and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The last segment of the path under which a server lists its models.
MODELS = "models"

#: Which member of a request names the model, and which says that a stream is asked for.
MODEL, STREAM = "model", "stream"

#: When models were made, in seconds since 1970; nobody looks at it, and clients want a number.
_MADE = 1767225600


def model(name: str) -> dict[str, Any]:
    """Return what is said of one model."""
    return {"id": name, "object": "model", "created": _MADE, "owned_by": "chunkspec"}


def models(names: Iterable[str]) -> dict[str, Any]:
    """Return the list of models."""
    return {"object": "list", "data": [model(name) for name in names]}


def error(
    message: str, kind: str = "invalid_request_error", param: str | None = None, code: str | None = None
) -> Any:
    """Return the body of an error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
