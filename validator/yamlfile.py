"""Our own YAML files: read safely, checked against a schema of schemas/meta/, refused with file, line and key.

Two departures from PyYAML's defaults, both for the people who write the files: only ``true`` and ``false`` are
booleans (so that ``on:`` and ``severity: off`` are words), and dates stay text.
"""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from validator.place import pointer
from validator.schema import BASE, SchemaBreach, SchemaSet

if TYPE_CHECKING:
    from pathlib import Path


class ConfigError(ValueError):
    """A file of ours, or an option, that cannot be used; the message names what and where in one line."""


class _Loader(yaml.CSafeLoader):
    """The safe loader with the scalar types of YAML 1.2's core schema, as far as we use them."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, regexp)
        for tag, regexp in resolvers
        if not tag.endswith((":bool", ":timestamp", ":merge", ":value", ":int", ":float"))
    ]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"^[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+)$"),
    list("-+0123456789"),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^[-+]?(?:(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))$"
        r"|^\.(?:nan|NaN|NAN)$"
    ),
    list("-+0123456789."),
)


def _integer(loader: _Loader, node: yaml.ScalarNode) -> Any:
    """Return an integer; not one of base 60, as YAML 1.1 had them, which take long to read."""
    if ":" in str(node.value):
        raise yaml.constructor.ConstructorError(None, None, "no integer", node.start_mark)
    return loader.construct_yaml_int(node)


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)

#: What reading YAML raises: what a value is tagged as is not looked at before it is made.
_REFUSALS = (
    yaml.YAMLError,
    RecursionError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    OverflowError,
)


class _Unique(_Loader):
    """The same, but a key that comes twice in a mapping is refused, where PyYAML takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {name!r} comes twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


#: How much aliases may add to a file: nodes, and for every 64 characters of a text one more.
_ALIASED = 1_000_000


#: How deep a file may nest: libyaml composes by recursion, and what is too deep for that ends the process.
_DEEPEST, _FEW = 200, 300


def _check_depth(text: str | bytes) -> None:
    """Refuse what nests too deep.

    Raises:
        yaml.MarkedYAMLError: it does.

    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise yaml.MarkedYAMLError(problem=f"nests deeper than {_DEEPEST}", problem_mark=event.start_mark)  # type: ignore[arg-type]
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_aliases(root: yaml.Node) -> None:
    """Refuse aliases that refer to what they stand in, or that make a few lines as large as a library.

    Raises:
        yaml.MarkedYAMLError: they do.

    """
    sizes: dict[int, int] = {}  # of each node with all within it, counted as often as it is referred to
    pending = [(root, False)]
    added = 0
    while pending:
        node, done = pending.pop()
        if done:
            sizes[id(node)] = 1 + sum(sizes[id(part)] for part in _parts(node))
        elif id(node) not in sizes:
            if isinstance(node, yaml.ScalarNode):
                sizes[id(node)] = 1 + len(node.value) // 64
            else:
                sizes[id(node)] = 0  # it is open: met again before it is done, it stands in itself
                pending.append((node, True))
                pending.extend((part, False) for part in _parts(node))
        elif not sizes[id(node)]:
            raise yaml.MarkedYAMLError(problem="an alias stands in what it refers to", problem_mark=node.start_mark)
        else:
            added += sizes[id(node)]
            if added > _ALIASED:
                raise yaml.MarkedYAMLError(problem="aliases make it too large", problem_mark=node.start_mark)


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


@cache
def _meta_schemas() -> SchemaSet:
    return SchemaSet()


def read_yaml(path: Path, schema: str, *, unique: bool = False) -> Any:
    """Read a YAML file and hold it to ``schemas/meta/<schema>.json``; `unique`: no key may come twice in a mapping.

    Raises:
        ConfigError: it cannot be read, is not YAML, or breaks the schema.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        if "\0" in str(path):
            reason = "no file has such a name"
        raise ConfigError(f"{path}: cannot be read: {reason}") from error
    return parse_yaml(text, schema, str(path), unique=unique)


def parse_yaml(text: str, schema: str, name: str, *, unique: bool = False) -> Any:
    """Read YAML text as `read_yaml` does; `name` stands for the file in messages."""
    try:
        value = _loaded(text, _Unique if unique else _Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: not YAML: {error.problem or error.context}") from error
    except _REFUSALS as error:
        raise ConfigError(
            f"{name}: not YAML: {(str(error).splitlines() or [type(error).__name__])[0][:200]}"
        ) from error
    _hold(value, schema, name, text)
    return value


def _loaded(text: str | bytes, kind: type[_Loader]) -> Any:
    if isinstance(text, bytes) or text.count("[") + text.count("{") > _FEW or max(map(len, text.split("\n"))) > _FEW:
        _check_depth(text)  # what has few brackets and short lines cannot nest so deep that it matters
    loader = kind(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if (b"*" if isinstance(text, bytes) else "*") in text:  # type: ignore[operator]
            _check_aliases(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def load_plain(data: bytes, name: str) -> Any:
    """Return the value of YAML that is not ours: with no merge keys, which can grow beyond all bounds, and no dates.

    Raises:
        ConfigError: it is not YAML, or has values that only the program which wrote it knows.

    """
    try:
        return _loaded(data, _Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: not YAML: {error.problem or error.context}") from error
    except _REFUSALS as error:
        raise ConfigError(
            f"{name}: not YAML: {(str(error).splitlines() or [type(error).__name__])[0][:200]}"
        ) from error


def parse_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ConfigError: it cannot be read or is not JSON.

    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON: {str(error).splitlines()[0][:200]}") from error


def check_value(value: Any, schema: str, name: str) -> None:
    """Hold a value that did not come from YAML to ``schemas/meta/<schema>.json``; raises ConfigError."""
    _hold(value, schema, name, None)


def _hold(value: Any, schema: str, name: str, text: str | None) -> None:
    compiled = _meta_schemas().at(f"{BASE}meta/{schema}.json")
    try:
        if compiled.is_valid(value):
            return
    except (ValueError, TypeError, OverflowError) as error:  # a value, or a key, that JSON does not have
        raise ConfigError(
            f"{name}: {_foreign(value) or (str(error).splitlines() or ['not JSON'])[0][:200]}"
        ) from error
    breaches = list(compiled.breaches(value))
    misspelt = (breach for breach in breaches if breach.keyword == "additionalProperties")
    if (breach := next(misspelt, breaches[0] if breaches else None)) is not None:
        line = f":{_line_of(text, breach)}" if text is not None else ""
        raise ConfigError(f"{name}{line}: {pointer(breach.path)[:200] or 'the file'}: {_in_words(breach)}")


def _foreign(value: Any) -> str | None:
    """Say what a value holds that no JSON has; None if that is not to be seen."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            odd = next((key for key in part if not isinstance(key, str)), None)
            if odd is not None or None in part:
                return f"the key {odd!r:.60} is no text; write it in quotes"
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
        elif not (part is None or isinstance(part, str | int | float)):
            return f"{part!r:.60} is neither text nor number, true, false, null, list or mapping"
    return None


def _in_words(breach: SchemaBreach) -> str:
    if breach.missing:
        return f"the key {breach.path[-1]!r:.60} is missing"
    match breach.keyword:
        case "additionalProperties":
            known = list(breach.schema.get("properties", ()))
            unknown = next(key for key in breach.value if key not in known)
            return f"unknown key {unknown!r:.60}" + nearest(str(unknown), known)
        case "type":
            wanted = breach.expected if isinstance(breach.expected, str) else " or ".join(breach.expected)
            return f"expected {wanted}, found {breach.value!r:.60}"
        case "enum":
            known = [str(one) for one in breach.expected]
            return f"expected {', '.join(known)}; found {breach.value!r:.60}" + nearest(str(breach.value), known)
        case _:
            return breach.message[:200]


def nearest(word: str, known: list[str]) -> str:
    """Return ``; did you mean 'x'?`` with the known word that is nearest, or nothing."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _line_of(text: str, breach: SchemaBreach) -> int:
    """Return the line, from 1, of the deepest node on the way to a breach."""
    node: Any = yaml.compose(text, Loader=_Loader)
    line = node.start_mark.line + 1 if node is not None else 1
    for step in breach.path:
        following = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    line, following = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            following = node.value[step]
            line = following.start_mark.line + 1
        if following is None:
            break
        node = following
    return line
