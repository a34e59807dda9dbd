"""What is read out of a broken stream is what its well-formed twin says, wherever that is known; needs no client."""

from __future__ import annotations

import pytest

from tests.clients.meant import UNSAID, Meant, meant
from tests.live.asked import REQUESTS, request
from tests.live.test_well_formed import answered
from validator.providers.chat_completions import FAMILY, variants

#: Variants that answer otherwise than they are asked: what they say is what they mean.
OTHERWISE = {name for name, one in variants().items() if one.as_if}


#: Answers from which nobody can tell: choices that are one, and texts too short to show that they repeat themselves.
HIDDEN = {
    ("no-choice-index", "two choices"),
    ("text-piled", "limit"),
    ("arguments-piled", "limit of calls"),
}


@pytest.mark.parametrize("name", sorted(variants().keys() - OTHERWISE))
def test_a_defect_does_not_change_what_was_meant(name: str) -> None:
    for kind in REQUESTS.keys() - {"long"}:
        body = request(f"{FAMILY}/{name}", kind)
        twin = meant(answered(request(FAMILY, kind)).wire.data).facts()
        said = meant(answered(body, f"{FAMILY}/{name}").wire.data).facts()
        for fact in said.keys() | twin.keys():
            if (name, kind) in HIDDEN:
                continue
            if said.get(fact) == UNSAID or (name, fact.partition(".")[2]) in LOST or (name, fact) in LOST:
                continue
            assert said.get(fact) == twin.get(fact), (kind, fact)


#: What a variant does not say at all, or says otherwise: nobody can know what was meant.
LOST = {
    ("finish-of-its-own", "finish"),
    ("stop-after-calls", "finish"),
    ("call-without-id", "calls"),
    ("usage-wrong-total", "usage"),
    ("text-in-latin-1", "text"),
    ("text-in-latin-1", "calls"),
}


def test_an_error_is_one_wherever_it_stands() -> None:
    assert meant(b'data: {"error":{"message":"x"}}\n\n').error
    assert meant(b'{"error":{"message":"x"}}').error
    assert meant(b"event: error\ndata: x\n\n").error
    assert meant(b"", 500).error
    assert meant(b"") == Meant()
