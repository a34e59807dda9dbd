"""The official clients read what replay plays to them, unchanged; each where it is installed."""

from __future__ import annotations

import pytest

from tests.clients.clients import CLIENTS, READERS, Client, run
from tests.clients.jobs import CHAT, CHAT_REQUEST, Job
from tests.clients.table import WAYS

GOOD, BAD = "rules/role-once/good-role-once.sse", "rules/no-empty-data-event/bad-empty-data.sse"


@pytest.mark.parametrize("client", [*CLIENTS.values(), *READERS.values()], ids=lambda one: one.name)
def test_a_client_reads_what_is_good_and_fails_on_what_is_bad(client: Client) -> None:
    if (wanting := client.wanting()) is not None:
        pytest.skip(wanting)
    way, _ = WAYS[client.name]
    found = run(client, [Job(CHAT, one, way, CHAT_REQUEST) for one in (GOOD, BAD)])
    good, bad = (found[CHAT, one, way] for one in (GOOD, BAD))
    assert good["0.content"] == "It rains."
    assert good["0.finish_reason"] == "stop"
    assert "raises" in bad
