"""How thorough the tests of properties are: quick by default, ``CHUNKSPEC_PROPERTIES=deep`` for minutes of them."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: Whether somebody asked for the thorough ones.
DEEP = os.environ.get("CHUNKSPEC_PROPERTIES") == "deep"


def examples(count: int) -> settings:
    """Return settings for so many examples, fifty times as many in the thorough tests; the same ones in each run."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(
        max_examples=count * 50 if DEEP else count, deadline=None, derandomize=not DEEP, suppress_health_check=slow
    )
