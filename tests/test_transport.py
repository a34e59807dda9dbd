"""What HTTP says of a response, and what a body is that is no event stream."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.body import describe
from validator.checks.transport import elements
from validator.sse import Decoder


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        (" ; , ", []),
        ("text/event-stream", [("text/event-stream", {})]),
        ("Text/Event-Stream ;Charset=UTF-8;", [("text/event-stream", {"charset": "utf-8"})]),
        ('a/b; x="1;2,3"; y="say \\"no\\""', [("a/b", {"x": "1;2,3", "y": 'say "no"'})]),
        ("no-cache, No-Transform", [("no-cache", {}), ("no-transform", {})]),
        ("application/json, text/event-stream; charset=utf-8",
         [("application/json", {}), ("text/event-stream", {"charset": "utf-8"})]),
    ],
)  # fmt: skip
def test_a_header_is_a_list_of_values_with_parameters(header: str, expected: list[tuple[str, Any]]) -> None:
    assert [(one["value"], one["parameters"]) for one in elements(header)] == expected


@given(st.text('a/=;,"\\ -') | st.text())
def test_any_text_can_be_a_header(text: str) -> None:
    assert all(one["value"] for one in elements(text))


def document(body: bytes) -> Any:
    return describe(Decoder(), {}, body).get("document")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"error": {"message": "no"}}', {"type": "json", "value": {"error": {"message": "no"}}}),
        (b'\xef\xbb\xbf\n [{"error": 1}]\n', {"type": "json", "value": [{"error": 1}]}),
        (b'{\n  "id": "chat', {"type": "json"}),
        ('{"id": "grü'.encode()[:-1], {"type": "json"}),
        (b"<HTML><Title> Bad gateway</title>", {"type": "html", "title": " Bad gateway"}),
        (b"<?xml version='1.0'?><e/>", {"type": "xml", "title": ""}),
        (b"<think>", None),
        (b"[DONE]", None),
        (b'{"id":1}\n{"id":2}\n', None),
        (b"{id: 1}", None),
        (b": keep-alive\n\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_a_body_is_known_as_a_document(body: bytes, expected: Any) -> None:
    assert document(body) == expected


@given(st.binary(max_size=60) | st.text('{}[]":,<html> title').map(str.encode))
def test_any_bytes_can_be_a_body(body: bytes) -> None:
    assert document(body) is None or document(body)["type"] in {"json", "html", "xml"}
