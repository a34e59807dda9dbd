"""Schemas of a stranger, such as those that a request carries: they may be wrong, and they may be hostile.

Nothing that such a schema says may crash us, hang us or make us fetch something. So one is used only if

- it is of modest size and depth, and refers to nothing outside itself;
- it has none of the keywords whose cost cannot be told beforehand, or that mean another thing in other dialects;
- its patterns are regular, so that matching them takes linear time.

And a value is judged only if that takes a bounded number of steps, which are counted before: references that fork
on every level make a schema of thirty lines take longer than the universe is old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from validator.schema import Engines, Schema, SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.schema import JsonSchema, SchemaBreach

#: How many subschemas one may have, how deep they and the value may nest, and how many steps judging may take.
MAX_PARTS, MAX_DEPTH, MAX_STEPS = 5_000, 64, 200_000

_MAPS = ("properties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames")
_IN_PLACE = ("not", "if", "then", "else")
_REFUSED = frozenset({
    "$schema", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary",
    "patternProperties", "unevaluatedItems", "unevaluatedProperties", "nullable",
})  # fmt: skip


class Untrusted(Schema):
    """A stranger's schema, compiled.

    Args:
        source: the schema, as it was found.

    Raises:
        SchemaError: it is not a schema of JSON Schema 2020-12, or not one to be used; the message says why.

    """

    def __init__(self, source: JsonSchema) -> None:
        if type(source) is dict:  # these say which dialect the whole is of, and under which name it is known
            source = {key: value for key, value in source.items() if key not in ("$schema", "$id")}
        _inspect(source)
        try:
            super().__init__(source, Engines({}))
        except RecursionError as error:
            raise SchemaError("nests too deep") from error

    def judge(self, value: Any) -> list[SchemaBreach]:
        """Return the breaches of a value that both engines see; none where judging would take too long."""
        try:
            _Steps(self._source).count(value)
            return [] if self.is_valid(value) else [*self.breaches(value)]
        except (_TooMuch, RecursionError, ValueError, OverflowError):
            return []


def _inspect(source: JsonSchema) -> None:
    """Refuse a schema that is not to be used.

    Raises:
        SchemaError: with the reason.

    """
    seen: set[int] = set()
    references: list[Any] = []
    pending: list[tuple[Any, int]] = [(source, 0)]
    while pending:
        schema, depth = pending.pop()
        if type(schema) is not dict or id(schema) in seen:
            continue
        seen.add(id(schema))
        if len(seen) > MAX_PARTS or depth > MAX_DEPTH:
            raise SchemaError("is too large or nests too deep")
        refused = _REFUSED.intersection(schema)
        if refused:
            raise SchemaError(f"uses {', '.join(sorted(refused))}")
        if "$ref" in schema:
            references.append(schema["$ref"])
        pending.extend((part, depth + 1) for part in _parts(schema))
    for reference in references:
        target = _resolved(source, reference)
        if id(target) not in seen and type(target) is not bool:
            raise SchemaError(f"refers to {reference!r}, which is no schema")


def _parts(schema: dict[str, Any]) -> Iterator[Any]:
    for key in _SINGLE:
        if key in schema:
            yield schema[key]
    for key in _LISTS:
        if type(schema.get(key)) is list:
            yield from schema[key]
    for key in _MAPS:
        if type(schema.get(key)) is dict:
            yield from schema[key].values()


def _resolved(source: Any, reference: Any) -> Any:
    if type(reference) is not str or not (reference == "#" or reference.startswith("#/")):
        raise SchemaError(f"refers to {reference!r}, which is not in it")
    found = source
    for step in unquote(reference).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if type(found) is dict and name in found:
            found = found[name]
        elif type(found) is list and name.isascii() and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise SchemaError(f"refers to {reference!r}, which is not in it")
    return found


class _TooMuch(Exception):  # noqa: N818 - no error: a reason to be silent
    """Judging would take too many steps."""


class _Steps:
    """Counts how often a subschema meets a part of a value, without stopping at the first breach as engines do.

    Each pair is looked at once, however often it is met: so the count is quick even where judging is not.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        self._known: dict[tuple[int, int], int] = {}

    def count(self, value: Any) -> int:
        """Return the number of steps that judging a value takes at most.

        Raises:
            _TooMuch: more than MAX_STEPS, or a circle.

        """
        return self._of(self._source, value, 0)

    def _of(self, schema: Any, value: Any, depth: int) -> int:
        if type(schema) is not dict:
            return 1
        pair = id(schema), id(value)
        known = self._known.get(pair)
        if known is not None and known > 0:
            return known
        if known == 0 or depth > 2 * MAX_DEPTH or len(self._known) > MAX_STEPS:
            raise _TooMuch
        self._known[pair] = 0
        total = 1 + _weight(schema, value)
        for part, of in self._meetings(schema, value):
            total += self._of(part, of, depth + 1)
            if total > MAX_STEPS:
                raise _TooMuch
        self._known[pair] = total
        return total

    def _meetings(self, schema: dict[str, Any], value: Any) -> Iterator[tuple[Any, Any]]:
        if "$ref" in schema:
            yield _resolved(self._source, schema["$ref"]), value
        for key in _IN_PLACE:
            if key in schema:
                yield schema[key], value
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key, ()):
                yield part, value
        for part in schema.get("dependentSchemas", {}).values():
            yield part, value
        if type(value) is dict:
            properties = schema.get("properties", {})
            for name, member in value.items():
                if name in properties:
                    yield properties[name], member
                yield schema.get("additionalProperties", True), member
                yield schema.get("propertyNames", True), name
        elif type(value) is list:
            yield from zip(schema.get("prefixItems", ()), value, strict=False)
            for item in value:
                yield schema.get("items", True), item
                yield schema.get("contains", True), item


def _weight(schema: dict[str, Any], value: Any) -> int:
    """Return the steps that a subschema takes by itself."""
    steps = len(schema.get("enum", ())) + len(schema.get("required", ()))
    if type(value) is list and schema.get("uniqueItems"):
        steps += len(value) ** 2
    if type(value) is str and "pattern" in schema:
        steps += len(value) // 64
    return steps
