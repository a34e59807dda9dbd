"""Our own YAML files: read safely, checked against a schema of schemas/meta/, refused with file, line and key."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from validator.parsed import Parsed
from validator.place import pointer
from validator.schema import BASE, SchemaBreach, SchemaSet, data_folder, documents

#: The folder of the protocols that come with chunkspec.
PROTOCOLS = Path(__file__).parent / "protocols"


class ConfigError(ValueError):
    """A file of ours, or an option, that cannot be used; the message names what and where in one line."""


@cache
def _meta_schemas() -> SchemaSet:
    return SchemaSet({uri: document for uri, document in documents().items() if uri.startswith(f"{BASE}meta/")})


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
    if unique or not path.is_relative_to(PROTOCOLS):
        return parse_yaml(text, schema, str(path), unique=unique)
    return _shipped().value(path, text, lambda: parse_yaml(text, schema, str(path)))


@cache
def _shipped() -> Parsed:
    here, meta = Path(__file__), data_folder("schemas") / "meta"
    forms = [meta / f"{name}.json" for name in ("protocol", "rule", "profile")]
    return Parsed(PROTOCOLS, [here, here.with_name("yamlvalue.py"), *forms])


def keep_parsed() -> None:
    """Keep for the next start what files of PROTOCOLS were parsed to."""
    _shipped().keep()


def parse_yaml(text: str, schema: str, name: str, *, unique: bool = False) -> Any:
    """Read YAML text as `read_yaml` does; `name` stands for the file in messages."""
    value = _loaded(text, name, unique=unique)
    _hold(value, schema, name, text)
    return value


def load_plain(data: bytes, name: str) -> Any:
    """Return the value of YAML that is not ours.

    Raises:
        ConfigError: it is not YAML, or has values that only the program which wrote it knows.

    """
    return _loaded(data, name)


def _loaded(text: str | bytes, name: str, *, unique: bool = False) -> Any:
    import yaml  # late, as is what imports it: a start with files that were parsed before needs none

    from validator import yamlvalue

    try:
        return yamlvalue.load(text, unique=unique)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: not YAML: {str(error.problem or error.context)[:200]}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{name}: not YAML: {str(error).splitlines()[0][:200]}") from error


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
        case "required":
            return f"none of the keys {', '.join(breach.expected)} is there"
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
    import difflib  # late: only what is misspelt needs it

    close = difflib.get_close_matches(word[:100], known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _line_of(text: str, breach: SchemaBreach) -> int:
    """Return the line, from 1, of the deepest node on the way to a breach."""
    import yaml  # late, as above

    try:
        node: Any = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:  # an anchor comes twice, which we take, as YAML says, and it does not
        return 1
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
