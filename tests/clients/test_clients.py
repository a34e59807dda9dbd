"""The clients do on the corpus what the rules claim of them. Asked for with CHUNKSPEC_CLIENTS=1."""

from __future__ import annotations

import os

import pytest

from tests.clients.claims import Claim, claims
from tests.clients.clients import CLIENTS, outcomes
from tests.corpus import cases
from validator import catalogue

#: Failures that are meant: the helper has no whole answer to give where the model was stopped.
MEANT = ("LengthFinishReasonError", "ContentFilterFinishReasonError")


if not os.environ.get("CHUNKSPEC_CLIENTS"):
    pytest.skip("runs published clients; set CHUNKSPEC_CLIENTS=1", allow_module_level=True)


def _able(client: str) -> None:
    wanting = CLIENTS[client].wanting()
    if wanting:
        pytest.skip(wanting)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_the_client_does_what_is_claimed(claim: Claim) -> None:
    _able(claim.client)
    assert list(claim.contradictions()) == []


@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_reads_every_good_capture(client: str) -> None:
    _able(client)
    failed = {
        key: outcome["raises"]
        for key, outcome in outcomes(client).items()
        if "/good-" in key[1] and key[2] != "model" and not outcome.get("raises", MEANT[0]).startswith(MEANT)
    }
    assert failed == {}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_rule_says_which_client_raises_on_its_bad_captures(client: str) -> None:
    _able(client)
    found = {
        (f"rules/{one.folder}/{one.path.name}", finding["rule"]) for one in cases("rules") for finding in one.finds
    }
    said = {
        (protocol, capture)
        for capture, rule in found
        for protocol in catalogue.protocol_folders()
        if rule in catalogue.protocol(protocol).rules
        and {client, CLIENTS[client].over} & set(catalogue.protocol(protocol).rules[rule].breaks)
    }
    silent = {
        key: outcome["raises"]
        for key, outcome in outcomes(client).items()
        if "/bad-" in key[1] and "raises" in outcome and key[:2] not in said
    }
    assert silent == {}
