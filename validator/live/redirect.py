"""Redirects, which are never followed: a client of httpx reads where they lead all the same, and fails if it cannot.

So it is not shown that, and the response is one like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

#: Where the headers of a response wait until its client has let it go.
_KEPT = "chunkspec.headers"


async def hide(response: httpx.Response) -> None:
    """Keep a client from looking where a response leads: a hook for its responses."""
    if response.has_redirect_location:
        response.extensions[_KEPT] = response.headers
        response.headers = response.headers.copy()
        del response.headers["location"]


def show(response: httpx.Response) -> None:
    """Give a response the headers that it came with."""
    response.headers = response.extensions.pop(_KEPT, response.headers)
