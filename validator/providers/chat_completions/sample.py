"""A value that fits a JSON Schema, as a model with structured outputs would write one."""

from __future__ import annotations

from typing import Any

#: How deep a value is made; what lies deeper is left out where it may be.
DEEPEST = 12

_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "snow@example.org",
    "uri": "https://example.org/snow",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "ipv4": "192.0.2.1",
    "hostname": "example.org",
}


def sample(schema: Any, word: str = "Zürich ☃", root: Any = None, depth: int = 0) -> Any:
    """Return a value that fits a schema as far as it is one of those that structured outputs allow.

    Args:
        schema: the JSON Schema.
        word: what texts say, where nothing else is asked of them.
        root: the document that references lead into; default: the schema.
        depth: how many values this one is in.

    """
    root = schema if root is None else root
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf"):
        if isinstance(schema.get(several), list) and schema[several]:
            options = schema[several]
            return sample(options[-1 if depth >= DEEPEST else 0], word, root, depth + 1)
    if isinstance(schema.get("allOf"), list):
        schema = {key: value for part in (schema, *schema["allOf"]) for key, value in _resolved(part, root).items()}
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return _of(kind[0] if isinstance(kind, list) and kind else kind, schema, word, root, depth)


def _of(kind: Any, schema: dict[str, Any], word: str, root: Any, depth: int) -> Any:
    match kind:
        case "object":
            required = schema.get("required", ())
            parts = schema.get("properties", {})
            wanted = [name for name in parts if depth < DEEPEST or name in required]
            made = {name: sample(parts[name], word, root, depth + 1) for name in wanted if depth < 4 * DEEPEST}
            return made | {name: word for name in required if name not in parts}
        case "array":
            count = max(int(schema.get("minItems", 0)), 1 if depth < DEEPEST else 0)
            return [
                sample(schema.get("items", {"type": "string"}), word, root, depth + 1) for _ in range(min(count, 50))
            ]
        case "integer" | "number":
            return _number(schema, kind)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            text = _FORMATS.get(schema.get("format", ""), word)
            short = int(schema.get("minLength", 0))
            return text.ljust(short, "x")[: int(schema.get("maxLength", max(len(text), short)))]


def _number(schema: dict[str, Any], kind: str) -> int | float:
    if "minimum" in schema:
        return schema["minimum"] if kind == "number" else -int(-schema["minimum"] // 1)
    if "exclusiveMinimum" in schema:
        return int(schema["exclusiveMinimum"] // 1) + 1
    most = schema.get("maximum", schema.get("exclusiveMaximum", 3) - 1)
    step = schema.get("multipleOf", 1)
    return min(2 if step == 1 else step, most)  # type: ignore[no-any-return]


def _resolved(schema: Any, root: Any) -> dict[str, Any]:
    for _ in range(DEEPEST):
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            return schema
        schema = root
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            schema = schema.get(name, {}) if isinstance(schema, dict) else {}
    return {}
