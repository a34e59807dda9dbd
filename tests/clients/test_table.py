"""The table of the clients is what a run of them shows. The run is asked for with CHUNKSPEC_CLIENTS=1."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.clients import render, table

README = Path(__file__).parents[2] / "README.md"
SHOWN = re.compile(f"{render.BEGIN}.*?{render.END}", re.DOTALL)

#: What clients make wrong of what OpenAI's own servers send.
KNOWN = {
    # a chunk after the usage, as the moderation is, hides it
    ("empty-choices-only-usage-or-moderation/usage-and-moderation", "openai-python", "misreads"),
    ("empty-choices-only-usage-or-moderation/usage-and-moderation", "openai-node", "misreads"),
    ("moderation-iff-requested/asked-and-sent", "openai-python", "misreads"),
    ("moderation-iff-requested/asked-and-sent", "openai-node", "misreads"),
    ("moderation-shape/error-on-one-side", "openai-python", "misreads"),
    ("moderation-shape/error-on-one-side", "openai-node", "misreads"),
    ("moderation-shape/results", "openai-python", "misreads"),
    ("moderation-shape/results", "openai-node", "misreads"),
    ("unknown-chunk-field/published-members", "openai-python", "misreads"),
    ("unknown-chunk-field/published-members", "openai-node", "misreads"),
    ("usage-chunk-last/moderation-after-usage", "openai-python", "misreads"),
    ("usage-chunk-last/moderation-after-usage", "openai-node", "misreads"),
    # arguments that a limit cut are refused
    ("tool-arguments-json/cut-by-length", "@ai-sdk/openai-compatible", "fails"),
    ("tool-arguments-schema/cut-by-length", "@ai-sdk/openai-compatible", "fails"),
    ("tool-finish-reason/length", "@ai-sdk/openai-compatible", "fails"),
}


@pytest.fixture
def able() -> None:
    if not os.environ.get("CHUNKSPEC_CLIENTS"):
        pytest.skip("runs published clients; set CHUNKSPEC_CLIENTS=1")
    for wanting in filter(None, (one.wanting() for one in table.clients())):
        pytest.skip(wanting)


def test_the_readme_shows_the_table_that_was_made() -> None:
    made, shown = SHOWN.search(render.FILE.read_text("utf-8")), SHOWN.search(README.read_text("utf-8"))
    assert made is not None
    assert shown is not None, "python -m tests.clients --table prints what belongs there"
    assert shown[0] == made[0]


@pytest.mark.usefixtures("able")
def test_the_table_is_what_a_run_shows() -> None:
    assert render.FILE.read_text("utf-8") == render.whole(table.rows())


@pytest.mark.usefixtures("able")
def test_a_client_reads_what_is_well_formed_as_it_was_meant() -> None:
    found = {
        (f"{row.rule}/{row.capture}", name, became)
        for row in table.rows("good")
        for name, (became, _) in row.became.items()
        if became in ("misreads", "fails")
    }
    assert found == KNOWN
