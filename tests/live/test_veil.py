"""Keys of an exchange are covered wherever they come again, however the bytes are split."""

from __future__ import annotations

import base64
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.live.veil import Veil
from validator.redact import secrets

KEY = "sk-proj-0123456789"
TEXT = (
    b'data: {"a": "sk-proj-0123456789"}\n\ndata: {"b": "sk-proj-01234", "c": "sk-proj-sk-proj-0123456789sk"}\n\nxx sk'
)


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_a_key_is_covered_in_every_split(cuts: list[int]) -> None:
    veil = Veil([KEY, "sk-proj-01", "xx sk-proj"])
    edges = [0, *sorted(cuts), len(TEXT)]
    shown = b"".join(veil.feed(TEXT[start:end]) for start, end in pairwise(edges)) + veil.close()
    assert shown == TEXT.replace(KEY.encode(), b"*" * len(KEY)).replace(b"sk-proj-01", b"*" * 10)


def test_what_stands_for_no_key_is_let_be() -> None:
    veil = Veil(["none", "EMPTY", "ollama"])
    assert veil.feed(b"none of the EMPTY bowls is ollama") == b"none of the EMPTY bowls is ollama"
    assert veil.close() == b""


@pytest.mark.parametrize(
    ("headers", "query", "body"),
    [
        ([("authorization", f"Bearer {KEY}")], "", None),
        ([("authorization", "Basic " + base64.b64encode(f"me:{KEY}".encode()).decode())], "", None),
        ([("api-key", KEY)], "", None),
        ([("x-goog-api-key", KEY)], "", None),
        ([("cookie", f"theme=dark; session={KEY}; b=c")], "", None),
        ([], f"alt=sse&key={KEY}", None),
        ([], "", {"model": "m", "litellm_params": [{"api_key": KEY}]}),
    ],
)
def test_secrets_of_a_request_are_found(headers: list[tuple[str, str]], query: str, body: object) -> None:
    assert KEY in secrets(headers, query, body)


def test_what_is_no_secret_is_not_covered() -> None:
    body = {"model": "gpt-5.1", "messages": [{"role": "user", "content": "the key to all"}], "max_tokens": 5}
    assert secrets([("content-type", "application/json"), ("user-agent", "x")], "alt=sse", body) == set()
