"""All targets, by name."""

from __future__ import annotations

from tests.fuzz import captures, settings, streams

TARGETS = {one.name: one for one in (*streams.TARGETS, *captures.TARGETS, *settings.TARGETS)}
