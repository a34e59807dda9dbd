"""Whether a peer can be tested here; a test of one that can not is skipped, and says why."""

from __future__ import annotations

import pytest

from tests.peers.defect import known
from tests.peers.peer import peers


def able(name: str) -> None:
    """Skip a test of a peer that is not installed, or of another version than is known."""
    wanting = peers()[name].wanting()
    if wanting:
        pytest.skip(wanting)
    if peers()[name].version != known()[name].version:
        pytest.skip(f"{name} {peers()[name].version} is installed; what is known is of {known()[name].version}")
