"""What the schemas say: each row has exactly its breaches, and no constraint is without a row."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.schemas.documents import CONSTRAINTS, DOCS, ENGINES, by_jsonschema_rs, pointer, subschemas
from tests.schemas.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.schemas.documents import Breaches, Where


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "payload", "breaches"),
    ROWS,
    ids=[f"{name.removesuffix('.json')}-{number}" for number, (name, _, _) in enumerate(ROWS)],
)
def test_payload_has_exactly_these_breaches(engine: str, name: str, payload: object, breaches: Breaches) -> None:
    assert ENGINES[engine](name, payload) == sorted(breaches)


def weakened(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the schema with one constraint left out or moved by one, for each of its constraints."""
    for keyword, value in schema.items():
        if keyword in CONSTRAINTS | {"items", "additionalProperties"}:
            yield f"without {keyword}", {name: schema[name] for name in schema if name != keyword}
        if keyword in ("type", "enum", "required") and isinstance(value, list):
            for one in value:
                yield f"{keyword} without {one}", {**schema, keyword: [other for other in value if other != one]}
        if keyword in ("minimum", "maximum"):
            for moved in (value - 1, value + 1):
                yield f"{keyword} {moved}", {**schema, keyword: moved}


def placed(document: dict[str, Any], where: Where, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the document with this schema in the place of the one there."""
    if not where:
        return schema
    changed: Any = copy.deepcopy(document)
    parent = changed
    for step in where[:-1]:
        parent = parent[step]
    parent[where[-1]] = schema
    return dict(changed)


@pytest.mark.parametrize("name", DOCS)
def test_a_row_notices_when_a_constraint_is_dropped(name: str) -> None:
    unnoticed = []
    for where, schema in subschemas(DOCS[name]):
        for what, other in weakened(schema):
            engine = by_jsonschema_rs({**DOCS, name: placed(DOCS[name], where, other)})
            if all(engine(row, payload) == sorted(breaches) for row, payload, breaches in ROWS):
                unnoticed.append(f"{pointer(where)}: {what}")
    assert unnoticed == []
