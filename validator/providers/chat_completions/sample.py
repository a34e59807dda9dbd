"""A value that fits a JSON Schema, as a model with structured outputs would write one."""

from __future__ import annotations

from dataclasses import dataclass
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


#: How many values one may have in it: a schema of ten lines can ask for billions.
MOST = 2_000


def sample(schema: Any, word: str = "Zürich ☃") -> Any:
    """Return a value that fits a schema as far as it is one of those that structured outputs allow.

    Args:
        schema: the JSON Schema.
        word: what texts say, where nothing else is asked of them.

    Raises:
        ValueError: it would be too large. A schema that is none raises whatever that leads to.

    """
    return _sample(schema, _Task(word, schema), 0)


@dataclass
class _Task:
    """What a value is made for: what texts say, the document that references lead into, how many values are made."""

    word: str
    root: Any
    made: int = 0


def _sample(schema: Any, task: _Task, depth: int) -> Any:
    task.made += 1
    if task.made > MOST:
        raise ValueError(f"the value would have more than {MOST} values in it")
    schema = _resolved(schema, task.root)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf"):
        if isinstance(schema.get(several), list) and schema[several]:
            options = schema[several]
            return _sample(options[-1 if depth >= DEEPEST else 0], task, depth + 1)
    if isinstance(schema.get("allOf"), list):
        schema = {
            key: value for part in (schema, *schema["allOf"]) for key, value in _resolved(part, task.root).items()
        }
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return _of(kind[0] if isinstance(kind, list) and kind else kind, schema, task, depth)


def _of(kind: Any, schema: dict[str, Any], task: _Task, depth: int) -> Any:
    match kind:
        case "object":
            required = schema.get("required", ())
            parts = schema.get("properties", {})
            wanted = [name for name in parts if depth < DEEPEST or name in required]
            made = {name: _sample(parts[name], task, depth + 1) for name in wanted if depth < 4 * DEEPEST}
            return made | {name: task.word for name in required if name not in parts}
        case "array":
            count = max(int(schema.get("minItems", 0)), 1 if depth < DEEPEST else 0)
            return [_sample(schema.get("items", {"type": "string"}), task, depth + 1) for _ in range(min(count, 50))]
        case "integer" | "number":
            return _number(schema, kind)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            text = _FORMATS.get(schema.get("format", ""), task.word)
            short = int(schema.get("minLength", 0))
            if short > MOST:
                raise ValueError(f"a text would be longer than {MOST} characters")
            return text.ljust(short, "x")[: int(schema.get("maxLength", max(len(text), short)))]


def _number(schema: dict[str, Any], kind: str) -> int | float:
    if "minimum" in schema:
        return schema["minimum"] if kind == "number" else -int(-schema["minimum"] // 1)
    if "exclusiveMinimum" in schema:
        return int(schema["exclusiveMinimum"] // 1) + 1
    most = schema.get("maximum", schema.get("exclusiveMaximum", 3) - 1)
    step = schema.get("multipleOf", 1)
    number: int | float = min(2 if step == 1 else step, most)
    return number


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
