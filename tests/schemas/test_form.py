"""What the schemas are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import referencing
from referencing.jsonschema import DRAFT202012

from tests.schemas.documents import ANNOTATIONS, BASE, CONSTRAINTS, DOCS, IN_PLACE, KINDS, VALUES, subschemas


@pytest.mark.parametrize("name", DOCS)
def test_schema_is_valid_2020_12(name: str) -> None:
    assert DOCS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(DOCS[name])
    jsonschema_rs.meta.validate(DOCS[name])


@pytest.mark.parametrize("name", DOCS)
def test_id_says_where_the_file_stands(name: str) -> None:
    assert DOCS[name]["$id"] == BASE + name


@pytest.mark.parametrize("name", DOCS)
def test_references_are_relative_and_resolve_offline(name: str) -> None:
    registry: referencing.Registry[Any] = referencing.Registry()
    registry = registry.with_resources((doc["$id"], DRAFT202012.create_resource(doc)) for doc in DOCS.values())
    for _, schema in subschemas(DOCS[name]):
        if "$ref" in schema:
            assert ":" not in schema["$ref"]
            assert registry.resolver(BASE + name).lookup(schema["$ref"]).contents in DOCS.values()


@pytest.mark.parametrize("name", DOCS)
def test_only_keywords_with_a_meaning_here_are_used(name: str) -> None:
    """A keyword that is misspelt or unknown to the draft (nullable) would be ignored without a word.

    The tests of schemas see only what they know: so a keyword that is not listed is not allowed either.
    """
    for where, schema in subschemas(DOCS[name]):
        assert set(schema) <= ANNOTATIONS | CONSTRAINTS | VALUES, where


@pytest.mark.parametrize("name", DOCS)
def test_one_value_is_not_faulted_by_two_keywords(name: str) -> None:
    for where, schema in subschemas(DOCS[name]):
        assert len({"type", "enum", "const"} & set(schema)) <= 1, where
        assert "$ref" not in schema or set(schema) <= {"$ref", *ANNOTATIONS}, where


@pytest.mark.parametrize("name", DOCS)
def test_unknown_members_are_left_to_a_rule(name: str) -> None:
    for where, schema in subschemas(DOCS[name]):
        assert schema.get("additionalProperties") is not False, where


@pytest.mark.parametrize("name", DOCS)
def test_every_schema_and_member_says_what_it_is(name: str) -> None:
    assert DOCS[name]["title"]
    assert DOCS[name]["description"]
    for where, schema in subschemas(DOCS[name]):
        if not IN_PLACE & set(where) and "$ref" not in schema:
            assert schema.get("title"), where
            assert schema.get("description"), where


@pytest.mark.parametrize("protocol", KINDS)
def test_there_is_one_file_for_each_kind(protocol: str) -> None:
    files = {Path(name).stem for name in DOCS if Path(name).parent.as_posix() == protocol}
    assert files == {"chunk", *KINDS[protocol]}


@pytest.mark.parametrize("name", ["role", "finish-reason", "service-tier", "tool-type"])
def test_an_enum_that_a_profile_may_widen_is_the_top_of_a_file(name: str) -> None:
    assert DOCS[f"chat_completions/defs/{name}.json"]["enum"]
