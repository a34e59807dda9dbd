"""Any value: whether a JSON Schema's answer can depend on which text, number or array stands at a place.

The answer is yes unless the opposite is plain from the keywords that apply there; one that is not known here is taken
to depend on the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.declared import target
from validator.place import ITEMS
from validator.schema import BASE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from validator.schema import SchemaSet

#: Keywords that say nothing of a value.
_SILENT = {"$id", "$schema", "$comment", "$defs", "$anchor", "title", "description", "default", "examples",
           "deprecated", "readOnly", "writeOnly"}  # fmt: skip
#: Keywords that ask of an object or an array only what members and items it has.
_SHAPE = {"type", "required", "dependentRequired", "minItems", "maxItems", "minProperties", "maxProperties",
          "propertyNames"}  # fmt: skip
#: Keywords that ask something of a number, and those of a text; minLength is apart.
_NUMBER = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_TEXT = {"maxLength", "pattern", "format"}
#: Keywords with schemas for the same value.
_LISTS, _ALONE = ("allOf", "anyOf", "oneOf"), ("not", "if", "then", "else")
#: Keywords with schemas for members and items.
_MEMBERS = {"properties", "patternProperties", "additionalProperties", "unevaluatedProperties"}
_ITEMS = {"items", "prefixItems", "contains", "minContains", "maxContains", "unevaluatedItems"}
_KNOWN = {*_SILENT, *_SHAPE, *_NUMBER, *_TEXT, *_LISTS, *_ALONE, *_MEMBERS, *_ITEMS, "$ref", "const", "enum",
          "minLength"}  # fmt: skip
_OF_ARRAYS = {*_ITEMS, "minItems", "maxItems"}

# A schema object, and the URI of the document that its references are relative to.
_Part = tuple[str, dict[str, Any]]


def takes_any(
    schemas: SchemaSet, name: str, steps: Iterable[str], types: Collection[type], *, empty: bool = False
) -> bool:
    """Whether a document says the same of a payload, whichever value of some type stands at a place.

    Args:
        schemas: the set that the document is of; references are followed in it.
        name: the document, as a file below schemas/.
        steps: those from the payload to the value.
        types: the Python types that the value may be of: str, list, int, or int and float.
        empty: whether a text may be empty.

    """
    uri = BASE + name
    parts = _applied(schemas, [(uri, schemas.document(uri))])
    for step in steps:
        if any(_looks_below(schema) for _, schema in parts):
            return False
        parts = _applied(schemas, [below for part in parts for below in _below(part, step)])
    return not any(_looks_at(schema, types, empty=empty) for _, schema in parts)


def _looks_below(schema: dict[str, Any]) -> bool:
    """Whether keywords of a schema for an object or array may look at values in it, beside those with schemas."""
    options = [*schema.get("enum", ()), schema.get("const")]
    return not _KNOWN.issuperset(schema) or any(type(one) in (dict, list) for one in options)


def _looks_at(schema: dict[str, Any], types: Collection[type], *, empty: bool) -> bool:
    """Whether keywords of a schema may say otherwise of one value of some types than of another."""
    options = [*schema.get("enum", ()), schema.get("const")]
    if not _KNOWN.issuperset(schema):
        return True
    if str in types:
        named = any(type(one) is str and (one or empty) for one in options)
        return named or not _TEXT.isdisjoint(schema) or schema.get("minLength", 0) > (not empty)
    if list in types:
        return not _OF_ARRAYS.isdisjoint(schema) or any(type(one) is list for one in options)
    whole = float in types and "integer" in _types(schema)
    return whole or not _NUMBER.isdisjoint(schema) or any(type(one) in (int, float) for one in options)


def _types(schema: dict[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def _applied(schemas: SchemaSet, parts: list[_Part]) -> list[_Part]:
    """Return schemas, and with them all that they apply to the same value, for whatever reason."""
    found: dict[int, _Part] = {}
    pending = list(parts)
    while pending:
        uri, schema = part = pending.pop()
        if id(schema) in found:
            continue
        found[id(schema)] = part
        more = [one for word in _LISTS for one in schema.get(word, ())]
        more += [schema[word] for word in _ALONE if word in schema]
        pending += ((uri, one) for one in more if type(one) is dict)
        if "$ref" in schema:
            pending.append(target(schemas, uri, schema["$ref"]))
    return list(found.values())


def _below(part: _Part, step: str) -> Iterator[_Part]:
    """Yield the schemas that may apply one step below."""
    uri, schema = part
    if step == ITEMS:
        below = [schema.get(word) for word in _ITEMS - {"prefixItems"}] + list(schema.get("prefixItems", ()))
    else:
        below = [schema.get("properties", {}).get(step), *schema.get("patternProperties", {}).values()]
        below += [schema.get("additionalProperties"), schema.get("unevaluatedProperties")]
    yield from ((uri, one) for one in below if type(one) is dict)
