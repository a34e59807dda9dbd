"""A stranger's schema never crashes, hangs or fetches; where it is used, both engines agree."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validator.schema import SchemaError, SchemaSet
from validator.untrusted import Untrusted

if TYPE_CHECKING:
    from pathlib import Path


def _forking(levels: int) -> dict[str, Any]:
    parts = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**parts, f"a{levels}": {"type": "string"}}, "$ref": "#/$defs/a0"}


def _nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"$ref": "https://example.com/a.json"}, id="remote"),
        pytest.param({"$ref": "file:///etc/hostname"}, id="file"),
        pytest.param({"properties": {"a": {"$ref": "other.json"}}}, id="relative"),
        pytest.param({"$ref": "#/$defs/none"}, id="to-nothing"),
        pytest.param({"$ref": "#/x-parts/a", "x-parts": {"a": {"type": 3}}}, id="to-no-schema"),
        pytest.param({"$ref": 3}, id="to-a-number"),
        pytest.param({"properties": {"a": {"$id": "https://example.com/b", "$ref": "#"}}}, id="renamed-inside"),
        pytest.param({"pattern": "(?=a)b"}, id="look-ahead"),
        pytest.param({"pattern": "(a{1000}){1000}"}, id="huge-pattern"),
        pytest.param({"pattern": "("}, id="no-pattern"),
        pytest.param({"patternProperties": {"^(a+)+$": {}}}, id="pattern-properties"),
        pytest.param({"type": "STRING"}, id="type-of-another-dialect"),
        pytest.param({"type": "string", "nullable": True}, id="nullable"),
        pytest.param({"items": [{"type": "string"}]}, id="draft-7-tuple"),
        pytest.param({"properties": []}, id="wrong-form"),
        pytest.param("string", id="a-string"),
        pytest.param(None, id="null"),
        pytest.param(_nested(1000), id="deep"),
        pytest.param({"properties": {str(n): {} for n in range(10_000)}}, id="large"),
    ],
)
def test_what_is_not_to_be_used_is_refused(schema: Any) -> None:
    with pytest.raises(SchemaError):
        Untrusted(schema)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param(_forking(40), 3, id="forking-references"),
        pytest.param({"$ref": "#"}, 3, id="circle"),
        pytest.param({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, 3,
                     id="circle-of-two"),
        pytest.param({"uniqueItems": True, "type": "string"}, [{"a": n} for n in range(5000)], id="unique-items"),
        pytest.param({"enum": [*range(1000)], "items": {"enum": [*range(1000)]}}, ["a"] * 5000, id="enum-of-each"),
    ],
)  # fmt: skip
def test_what_would_take_too_long_is_not_judged(schema: Any, value: Any) -> None:
    start = time.process_time()
    assert Untrusted(schema).judge(value) == []
    assert time.process_time() - start < 5


@pytest.mark.parametrize(("levels", "judged"), [(1, True), (30, True), (500, False)])
def test_a_value_too_deep_to_be_safe_is_not_judged(levels: int, judged: bool) -> None:
    value: Any = 3
    for _ in range(levels):
        value = {"a": value}
    breaches = Untrusted({"properties": {"a": {"$ref": "#"}}, "type": "object"}).judge(value)
    assert [breach.path for breach in breaches] == ([("a",) * levels] if judged else [])


def test_a_pattern_that_backtracks_elsewhere_is_matched_in_linear_time() -> None:
    start = time.process_time()
    (breach,) = Untrusted({"properties": {"a": {"pattern": "^(a+)+$"}}}).judge({"a": "a" * 100_000 + "!"})
    assert (breach.path, breach.keyword) == (("a",), "pattern")
    assert time.process_time() - start < 5


def test_a_dialect_at_the_root_does_no_harm() -> None:
    schema = Untrusted({"$schema": "http://json-schema.org/draft-07/schema#", "$id": "urn:x", "type": "object"})
    assert [breach.keyword for breach in schema.judge([])] == ["type"]


def test_our_own_schemas_fetch_nothing_either(tmp_path: Path) -> None:
    there = tmp_path / "there.json"
    there.write_text("{}")
    with pytest.raises(SchemaError, match="nothing is fetched"):
        SchemaSet({}).compile({"$ref": there.as_uri()})


def test_references_within_are_followed() -> None:
    tree = {"type": "object", "properties": {"of": {"type": "array", "items": {"$ref": "#"}}},
            "required": ["name"]}  # fmt: skip
    assert Untrusted(tree).judge({"name": 1, "of": [{"name": 2}, {"name": 3, "of": []}]}) == []
    (breach,) = Untrusted(tree).judge({"name": 1, "of": [{"name": 2}, {"of": []}]})
    assert (breach.path, breach.missing) == (("of", 1, "name"), True)


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
)
_SCHEMAS = st.recursive(
    st.booleans() | st.sampled_from([
        {"type": "string"}, {"type": ["integer", "null"]}, {"minimum": 3}, {"pattern": "^a+$"}, {"enum": [1, "a"]},
        {"const": None}, {"required": ["a"]}, {"$ref": "#"}, {"$ref": "#/$defs/a"}, {"uniqueItems": True},
        {"type": "integer", "multipleOf": 1e-8}, {"maxLength": 1},
    ]),
    lambda inner: st.fixed_dictionaries({}, optional={
        "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2), "items": inner, "not": inner,
        "anyOf": st.lists(inner, min_size=1, max_size=3), "oneOf": st.lists(inner, min_size=1, max_size=3),
        "allOf": st.lists(inner, min_size=1, max_size=3), "if": inner, "then": inner, "else": inner,
        "additionalProperties": inner, "propertyNames": inner, "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "contains": inner, "dependentSchemas": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        "$defs": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    }),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(schema=_SCHEMAS, value=_VALUES)
def test_what_is_judged_is_judged_as_by_our_own_engines(schema: Any, value: Any) -> None:
    try:
        mine = Untrusted(schema)
    except SchemaError:
        return
    breaches = mine.judge(value)
    if breaches:
        assert not SchemaSet({}).compile(schema).is_valid(value)


_JSON = st.recursive(
    _LEAVES | st.sampled_from(["#", "#/a", "#/$defs/a", "https://example.com/", "(a+)+$"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "$ref", "$defs", "a", "properties", "items", "allOf", "enum", "pattern", "not"]),
        inner, max_size=4),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(schema=_JSON, value=_VALUES)
def test_any_json_at_all_is_survived(schema: Any, value: Any) -> None:
    with contextlib.suppress(SchemaError):
        Untrusted(schema).judge(value)
