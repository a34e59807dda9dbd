"""The headers of a response: what HTTP itself says in them stays, all else may be anybody's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.masking import inner
from validator.masking.request import masked_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.masking.letters import Letters

#: What a defect of the transport is told and found by.
_KEPT = frozenset({
    "age", "alt-svc", "cache-control", "connection", "content-encoding", "content-length", "content-type", "date",
    "expires", "keep-alive", "pragma", "retry-after", "server", "trailer", "transfer-encoding", "upgrade", "vary",
    "via", "x-accel-buffering", "x-cache",
})  # fmt: skip


def with_headers(meta: Mapping[str, Any], letters: Letters) -> dict[str, Any]:
    """Return metadata in which the values of all other headers are masked, letters and digits of them."""
    response = meta.get("response", {})
    if "headers" not in response:
        return dict(meta)
    masked = {
        name: value if name in _KEPT else masked_text(value, bytearray([inner.TEXT]) * len(value), letters, -at)
        for at, (name, value) in enumerate(response["headers"].items(), 1)
    }
    return {**meta, "response": {**response, "headers": masked}}
