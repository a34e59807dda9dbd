"""A client's library, a server on the loopback, and a sort of client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.loopback import serving
from tests.transports.clients import ANSWERS, See, seen_async, seen_sync

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    """Return a client's library."""
    return pytest.importorskip(request.param, reason=f"{request.param} is not installed")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve the answers."""
    with serving(ANSWERS) as base:
        yield base


@pytest.fixture(params=[seen_sync, seen_async], ids=["sync", "async"])
def see(request: pytest.FixtureRequest) -> See:
    """Return how a client sees a response."""
    see: See = request.param
    return see
