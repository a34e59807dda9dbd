"""What is recorded is as the schemas say."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any

import pytest

from tests.recordings import recordings
from tests.schemas.documents import DOCS, ENGINES, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator


def at(place: str, payload: object) -> Iterator[object]:
    """Yield the values at a place such as ``choices[].delta``."""
    found = [payload]
    for step in place.split("."):
        name = step.removesuffix("[]")
        found = [value[name] for value in found if isinstance(value, dict) and name in value]
        if name != step:
            found = [item for value in found if isinstance(value, list) for item in value]
    yield from found


def kind_of(protocol: str, payload: object) -> str:
    for kind, place in KINDS[protocol].items():
        if any(value is not None for value in at(place, payload)):
            return kind
    return "chunk"


def payloads(stream: bytes) -> Iterator[Any]:
    for line in stream.split(b"\n"):
        if line.startswith(b"data:") and line[5:].strip() != b"[DONE]":
            yield json.loads(line[5:])


def recorded(folder: str) -> Iterator[tuple[str, Any]]:
    """Yield the payloads of the folder's streams as the server sent them, each with the name of its stream."""
    for one in recordings():
        if one.faithful and one.path.startswith(folder):
            for payload in payloads(one.read()):
                yield one.path, payload


def unnamed(value: object, document: str, schema: dict[str, Any], place: str = "") -> Iterator[str]:
    """Yield the places of members that the schema does not name."""
    if "$ref" in schema:
        document = posixpath.normpath(posixpath.join(posixpath.dirname(document), schema["$ref"]))
        yield from unnamed(value, document, DOCS[document], place)
    elif isinstance(value, list):
        for item in value:
            yield from unnamed(item, document, schema.get("items", {}), f"{place}[]")
    elif isinstance(value, dict):
        for name, member in value.items():
            if name in schema.get("properties", {}):
                yield from unnamed(member, document, schema["properties"][name], f"{place}.{name}")
            elif "additionalProperties" not in schema:
                yield f"{place}.{name}"


SENT = pytest.mark.parametrize(
    ("protocol", "folder", "kinds"),
    [
        (
            "chat_completions",
            "openai/",
            {"role", "content", "refusal", "tool-call", "finish", "usage", "error"},
        ),
        ("text_completion", "text_completion/openai/", {"text", "finish", "usage"}),
    ],
)
BESIDE = pytest.mark.skipif(not recordings(), reason="no recorded streams beside the checkout")


@BESIDE
@SENT
def test_what_openai_sent_is_valid_as_the_kind_it_is(protocol: str, folder: str, kinds: set[str]) -> None:
    faulted = {}
    seen = set()
    for source, payload in recorded(folder):
        kind = kind_of(protocol, payload)
        seen.add(kind)
        breaches = ENGINES["jsonschema_rs"](f"{protocol}/{kind}.json", payload)
        if breaches:
            faulted[source] = breaches
    assert faulted == {}
    assert seen == kinds


@BESIDE
@SENT
def test_every_member_that_openai_sent_is_named(protocol: str, folder: str, kinds: set[str]) -> None:
    chunk = f"{protocol}/chunk.json"
    sent = [payload for _, payload in recorded(folder)]
    assert len(sent) > len(kinds)
    assert {place for payload in sent for place in unnamed(payload, chunk, DOCS[chunk])} == set()
