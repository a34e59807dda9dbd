"""Whether a peer can be tested here; a test of one that can not is skipped, and says why."""

from __future__ import annotations

import pytest

from tests.peers.defect import known
from tests.peers.peer import peers
from tests.peers.setup import SMALL

#: Those whose absence is told one by one: what CI sets up. All others are tested where they are installed.
EXPECTED = {name for name, peer in peers().items() if (peer.inside or name) in SMALL}


def here() -> list[str]:
    """Return the peers that are tested here."""
    return [name for name, peer in peers().items() if name in EXPECTED or peer.wanting() is None]


def able(name: str) -> None:
    """Skip a test of a peer that is not installed, or of another version than is known."""
    wanting = peers()[name].wanting()
    if wanting:
        pytest.skip(wanting)
    if peers()[name].version != known()[name].version:
        pytest.skip(f"{name} {peers()[name].version} is installed; what is known is of {known()[name].version}")
