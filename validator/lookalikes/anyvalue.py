"""Any value: whether a JSON Schema's answer can depend on which text, number or array stands at a place.

The answer is yes unless the opposite is plain from the keywords that apply there; one that is not known here is taken
to depend on the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urldefrag, urljoin

from validator.declared import target
from validator.place import ITEMS
from validator.quickclass import dataclass
from validator.schema import BASE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from validator.schema import JsonSchema, SchemaSet

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


@dataclass(frozen=True, slots=True)
class _Part:
    """A schema that may apply at a place: the document and the pointer where it stands, whether it surely applies."""

    uri: str
    pointer: str
    schema: dict[str, Any]
    surely: bool = True

    def at(self, *steps: str | int, surely: bool = True) -> Iterator[_Part]:
        """Yield what stands below it, if that is a schema that asks something."""
        found: Any = self.schema
        for step in steps:
            found = found[step]
        if type(found) is dict:
            names = (quote(str(step).replace("~", "~0").replace("/", "~1"), safe="~") for step in steps)
            pointer = "/".join((self.pointer, *names))
            yield _Part(self.uri, pointer, found, self.surely and surely)


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
    parts = _at(schemas, name, steps)
    return parts is not None and not any(_looks_at(part.schema, types, empty=empty) for part in parts)


def asked_of(schemas: SchemaSet, name: str, steps: Iterable[str]) -> JsonSchema | None:
    """Return a schema that a value at a place has to pass for a payload to pass a document, and all that it has to.

    None if what is asked of it depends on anything else.
    """
    parts = _at(schemas, name, steps)
    if parts is None or not all(part.surely for part in parts):
        return None
    return {"allOf": [{"$ref": f"{part.uri}#{part.pointer}"} for part in parts]}


def _at(schemas: SchemaSet, name: str, steps: Iterable[str]) -> list[_Part] | None:
    """Return the schemas that may apply at a place; None if a keyword around it looks at values in its own way."""
    parts = _applied(schemas, [_Part(BASE + name, "", schemas.document(BASE + name))])
    for step in steps:
        if any(_looks_below(part.schema) for part in parts):
            return None
        parts = _applied(schemas, [below for part in parts for below in _below(part, step)])
    return parts


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
    found: dict[tuple[int, bool], _Part] = {}
    pending = list(parts)
    while pending:
        part = pending.pop()
        schema = part.schema
        if (id(schema), part.surely) in found:
            continue
        found[id(schema), part.surely] = part
        for word in _LISTS:
            for number in range(len(schema.get(word, ()))):
                pending += part.at(word, number, surely=word == "allOf")
        for word in _ALONE:
            if word in schema:
                pending += part.at(word, surely=False)
        if "$ref" in schema:
            uri, fragment = urldefrag(urljoin(part.uri, schema["$ref"]))
            pending.append(_Part(uri, fragment, target(schemas, part.uri, schema["$ref"])[1], part.surely))
    return list(found.values())


def _below(part: _Part, step: str) -> Iterator[_Part]:
    """Yield the schemas that may apply one step below."""
    schema = part.schema
    if step == ITEMS:
        for word in _ITEMS & schema.keys() - {"prefixItems"}:
            yield from part.at(word, surely=word == "items" and "prefixItems" not in schema)
        for number in range(len(schema.get("prefixItems", ()))):
            yield from part.at("prefixItems", number, surely=False)
        return
    if step in schema.get("properties", {}):
        yield from part.at("properties", step)
    for pattern in schema.get("patternProperties", {}):
        yield from part.at("patternProperties", pattern, surely=False)
    for word in ("additionalProperties", "unevaluatedProperties"):
        if word in schema:
            yield from part.at(word, surely=False)
