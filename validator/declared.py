"""Members: the names that JSON Schemas declare for the objects at a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin

from validator.place import ITEMS, MEMBERS
from validator.schema import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from validator.place import Place
    from validator.schema import SchemaSet

# A schema object, and the URI of the document that its references are relative to.
_Part = tuple[str, dict[str, Any]]


def declared(schemas: SchemaSet, names: Iterable[str], place: Place) -> frozenset[str]:
    """Return the members that any of the documents declares for the objects at a place.

    Args:
        schemas: the set that the documents are of; references are followed in it.
        names: the documents that judge a payload as a whole, as files below schemas/.
        place: where in the payload.

    Raises:
        SchemaError: a document is not there.

    """
    uris = [BASE + name for name in names]
    parts = list(_with_applied(schemas, ((uri, schemas.document(uri)) for uri in uris)))
    for step in place.steps:
        parts = list(_with_applied(schemas, (below for part in parts for below in _below(part, step))))
    return frozenset(name for _, schema in parts for name in schema.get("properties", ()))


def _below(part: _Part, step: str) -> Iterator[_Part]:
    """Yield what a schema says of the values one step below."""
    uri, schema = part
    if step == ITEMS:
        below = [schema.get("items"), *schema.get("prefixItems", ())]
    elif step == MEMBERS:
        below = [schema.get("additionalProperties"), *schema.get("properties", {}).values()]
    else:
        below = [schema.get("properties", {}).get(step)]
    yield from ((uri, one) for one in below if type(one) is dict)


def _with_applied(schemas: SchemaSet, parts: Iterable[_Part]) -> Iterator[_Part]:
    """Yield schemas, and with them those that they apply to the same value."""
    pending = list(parts)
    seen: set[int] = set()
    while pending:
        uri, schema = part = pending.pop()
        if id(schema) in seen:
            continue
        seen.add(id(schema))
        yield part
        applied = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        applied += [schema[word] for word in ("then", "else") if word in schema]
        pending += ((uri, one) for one in applied if type(one) is dict)
        if "$ref" in schema:
            pending.append(target(schemas, uri, schema["$ref"]))


def target(schemas: SchemaSet, uri: str, reference: str) -> tuple[str, dict[str, Any]]:
    """Return what a reference in a document leads to, and the URI of the document that holds it."""
    uri, fragment = urldefrag(urljoin(uri, reference))
    found: Any = schemas.document(uri)
    for step in fragment.split("/")[1:]:
        found = found[unquote(step).replace("~1", "/").replace("~0", "~")]
    return uri, found
