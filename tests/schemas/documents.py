"""The schemas, by name, as the two engines take them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs
import referencing
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
BASE = "https://chunkspec.dev/schemas/"

Docs = dict[str, dict[str, Any]]
Breaches = list[tuple[str, str]]  # (JSON pointer of the value, or of the object that lacks a member; keyword)
Row = tuple[str, object, Breaches]  # name of the schema, payload, what it breaks

DOCS: Docs = {
    path.relative_to(SCHEMAS).as_posix(): json.loads(path.read_bytes())
    for folder in ("chat_completions", "text_completion")
    for path in sorted((SCHEMAS / folder).rglob("*.json"))
}

# What makes a payload of a kind: something other than null at the place. The first that matches decides.
KINDS = {
    "chat_completions": {
        "error": "error",
        "usage": "usage",
        "moderation": "moderation",
        "finish": "choices[].finish_reason",
        "tool-call": "choices[].delta.tool_calls",
        "function-call": "choices[].delta.function_call",
        "refusal": "choices[].delta.refusal",
        "role": "choices[].delta.role",
        "content": "choices[].delta.content",
    },
    "text_completion": {
        "error": "error",
        "usage": "usage",
        "finish": "choices[].finish_reason",
        "text": "choices[].text",
    },
}


def _no_fetch(uri: str) -> Any:
    msg = f"{uri} is not among the schemas, and nothing may be fetched"
    raise LookupError(msg)


def by_jsonschema(docs: Docs) -> Callable[[str, object], Breaches]:
    registry: referencing.Registry[Any] = referencing.Registry()
    registry = registry.with_resources((doc["$id"], DRAFT202012.create_resource(doc)) for doc in docs.values())
    compiled = {name: jsonschema.Draft202012Validator({"$ref": BASE + name}, registry=registry) for name in docs}

    def breaches(name: str, payload: object) -> Breaches:
        return sorted(
            (pointer(error.absolute_path), str(error.validator)) for error in compiled[name].iter_errors(payload)
        )

    return breaches


def by_jsonschema_rs(docs: Docs) -> Callable[[str, object], Breaches]:
    resources = [(doc["$id"], doc) for doc in docs.values()]
    registry = jsonschema_rs.Registry(resources, retriever=_no_fetch)
    compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def breaches(name: str, payload: object) -> Breaches:
        if name not in compiled:
            compiled[name] = jsonschema_rs.Draft202012Validator({"$ref": BASE + name}, registry=registry)
        if compiled[name].is_valid(payload):
            return []
        return sorted(
            (pointer(error.instance_path), str(error.schema_path[-1]))
            for error in compiled[name].iter_errors(payload)
        )

    return breaches


def pointer(path: Iterable[str | int]) -> str:
    return "".join(f"/{step}" for step in path)


ENGINES = {"jsonschema": by_jsonschema(DOCS), "jsonschema_rs": by_jsonschema_rs(DOCS)}


ANNOTATIONS = {"$schema", "$id", "title", "description"}
IN_PLACE = {"allOf", "if", "then", "not", "contains"}  # subschemas that are not the schema of a value of their own
CONSTRAINTS = {"$ref", "type", "enum", "const", "required", "minimum", "maximum", *IN_PLACE}
VALUES = {"properties", "items", "additionalProperties"}

Where = tuple[str | int, ...]


def subschemas(schema: dict[str, Any], at: Where = ()) -> Iterator[tuple[Where, dict[str, Any]]]:
    """Yield every schema object in a document, with the way to it."""
    yield at, schema
    for keyword in ("items", "additionalProperties", "if", "then", "not", "contains"):
        if keyword in schema:
            yield from subschemas(schema[keyword], (*at, keyword))
    for name, part in schema.get("properties", {}).items():
        yield from subschemas(part, (*at, "properties", name))
    for number, part in enumerate(schema.get("allOf", ())):
        yield from subschemas(part, (*at, "allOf", number))
