"""An HTTP exchange as Python's clients hold it: what is known of it beside the body, without its secrets.

Nothing here imports a client: httpx, httpx2 and requests are asked for what they all have.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import orjson

from validator.mediatype import EVENT_STREAM, media_type
from validator.redact import clean, clean_request, without_secrets

#: The names of what the clients raise when a connection breaks, or of its bases.
_BREAKS = frozenset({"TransportError", "ChunkedEncodingError", "ConnectionError", "SSLError", "EndOfStream"})


def known(response: Any, request: Any = None) -> dict[str, Any]:
    """Return the sidecar of a response: status, headers, and the request's body if that is a JSON object.

    Args:
        response: of httpx, httpx2 or requests.
        request: the request that it answers; default: the one that the response names.

    """
    headers = without_secrets({name.lower(): text for name, text in response.headers.items()})
    meta: dict[str, Any] = {"response": {"status": response.status_code, "headers": headers}}
    body = sent(request if request is not None else request_of(response))
    if body is not None:
        meta["request"] = body
    return meta


def request_of(response: Any) -> Any:
    """Return the request of a response; None where it names none (httpx then raises)."""
    try:
        return response.request
    except RuntimeError:
        return None


def sent(request: Any) -> dict[str, Any] | None:
    """Return the body of a request, without secrets, if it is a JSON object that was not sent as a stream."""
    try:
        value = orjson.loads(request.body if hasattr(request, "body") else request.content)
    except (AttributeError, RuntimeError, ValueError):  # there is none, it was a stream, it is not JSON
        return None
    return clean_request(value) if type(value) is dict else None


def name(request: Any) -> str:
    """Return what to call the response to a request: method and URL, without user, password, query and fragment."""
    try:
        url = urlsplit(str(request.url))
        port = f":{url.port}" if url.port is not None else ""
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or ""
        return clean(f"{request.method} {url.scheme}://{host}{port}{url.path}")
    except (AttributeError, ValueError):
        return "<response>"


def streams(response: Any, request: Any) -> bool:
    """Whether a response is an event stream by its headers, or by what was asked for and answered with success."""
    kind = media_type(response.headers.get("content-type", ""))
    return kind == EVENT_STREAM or (response.status_code == 200 and (sent(request) or {}).get("stream") is True)


def broken_off(error: BaseException) -> str | None:
    """Return how a response ended, in the sidecar's words, by what reading it raised; None if that does not tell.

    The clients name their errors alike: a time-out has it in its name, and so have the breaks of a connection.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if any("Timeout" in one for one in (*names, *(type(one).__name__ for one in (error.__cause__, *error.args)))):
        return "timeout"
    return "reset" if names & _BREAKS else None
