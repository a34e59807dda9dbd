"""JSON Schema with two engines: a compiled one says yes or no, jsonschema says what and where.

The compiled engine (jsonschema-rs) answers for every payload and is some hundred times faster. Only when it says
no is jsonschema imported and asked, so a clean stream never pays for it. The two must agree; a property test
holds them to it. Where they would not, jsonschema decides: a breach that it cannot name is none.

All references resolve inside the one set of documents given; nothing is ever fetched.
"""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urljoin

import jsonschema_rs
import orjson

from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from validator.place import Path as ValuePath

JsonSchema = bool | dict[str, Any]

#: Where our schemas' `$id`s start. An identifier, not an address that is read.
BASE = "https://chunkspec.dev/schemas/"


class SchemaError(ValueError):
    """A JSON Schema that is not one, or that refers to a document that is not there."""


@dataclass(frozen=True, slots=True)
class SchemaBreach:
    """One way in which a value breaks a schema.

    `path` leads to the value at fault; for a missing member it leads to where the member should be, and
    `missing` is true. An object that has none of several required members breaks its schema once, and its path is
    given. `keyword` is the JSON Schema keyword, `expected` and `value` what it asked for and found; `schema` is the
    schema object that the keyword stands in.
    """

    path: ValuePath
    keyword: str
    expected: Any
    value: Any
    message: str
    missing: bool = False
    schema: Any = None


def data_folder(name: str) -> Path:
    """Return the folder of package data `name` (``schemas`` or ``corpus``), in a wheel as in a checkout."""
    package = Path(__file__).parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


@cache
def documents() -> Mapping[str, dict[str, Any]]:
    """Return every published schema document, by its `$id`."""
    return read_documents(data_folder("schemas"))


def read_documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Return every schema document below a folder, by the URI that its place in the folder gives it."""
    return {
        BASE + path.relative_to(folder).as_posix(): orjson.loads(path.read_bytes())
        for path in sorted(folder.rglob("*.json"))
    }


class SchemaSet:
    """A set of schema documents, perhaps patched, that compiles schemas referring to them.

    Args:
        docs: the documents by URI; by default the published ones.

    """

    def __init__(self, docs: Mapping[str, dict[str, Any]] | None = None) -> None:
        self._docs = dict(documents() if docs is None else docs)
        self._compiled: dict[bytes, Schema] = {}
        self._engines: Engines | None = None

    def document(self, uri: str) -> dict[str, Any]:
        """Return one document.

        Raises:
            SchemaError: there is none of this URI.

        """
        try:
            return self._docs[uri]
        except KeyError:
            known = ", ".join(sorted(name.removeprefix(BASE) for name in self._docs))
            msg = f"there is no schema {uri.removeprefix(BASE)!r}; known are {known}"
            raise SchemaError(msg) from None

    def replace(self, changed: Mapping[str, dict[str, Any]]) -> SchemaSet:
        """Return a set in which these documents stand in place of, or beside, those of the same URI.

        Raises:
            SchemaError: one has a keyword that is not allowed.

        """
        for document in changed.values():
            _written(document)
        return SchemaSet({**self._docs, **changed})

    def patchable(self, uri: str) -> dict[str, Any]:
        """Return a copy of a document, to change and hand to `replace`."""
        return copy.deepcopy(self.document(uri))

    def at(self, uri: str) -> Schema:
        """Return the compiled document of this URI."""
        self.document(uri)
        return self.compile({"$ref": uri})

    def compile(self, schema: JsonSchema) -> Schema:
        """Compile a schema that may refer to the documents of the set.

        Raises:
            SchemaError: it is not a valid schema, or refers to nothing.

        """
        key = _written(schema)
        if key not in self._compiled:
            if self._engines is None:
                self._engines = Engines(self._docs)
            self._compiled[key] = Schema(schema, self._engines)
        return self._compiled[key]


class Engines:
    """The two engines, with the documents that all schemas of a set may refer to.

    Args:
        docs: the documents by URI.

    Raises:
        SchemaError: one of them refers to what is not there.

    """

    #: How the compiled engine matches patterns: in linear time, so that no pattern and no text can hang it.
    patterns: ClassVar[jsonschema_rs.RegexOptions] = jsonschema_rs.RegexOptions()

    def __init__(self, docs: Mapping[str, dict[str, Any]]) -> None:
        self._docs = docs
        try:
            self._registry = jsonschema_rs.Registry(list(docs.items()))
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            what = str(error).splitlines()[0].partition(" is not present")[0]
            raise SchemaError(f"refers to what is not there: {what:.200}") from error
        #: what makes the other engine of a schema, once somebody asked
        self._explaining: Callable[[JsonSchema], Any] | None = None

    def compiled(self, schema: JsonSchema) -> jsonschema_rs.Draft202012Validator:
        """Return the engine that says yes or no."""
        return jsonschema_rs.Draft202012Validator(
            schema, registry=self._registry, retriever=_fetch_nothing, pattern_options=self.patterns
        )

    def explaining(self, schema: JsonSchema) -> Any:
        """Return the engine that says what and where.

        Patterns it leaves to the compiled one, and it does not look at what passes a document by that one.
        """
        if self._explaining is None:
            self._explaining = self._explainer()
        return self._explaining(schema)

    def _explainer(self) -> Callable[[JsonSchema], Any]:
        import jsonschema  # late: a clean run never needs it
        import referencing
        from referencing.jsonschema import DRAFT202012

        registry: referencing.Registry[Any] = referencing.Registry()
        registry = registry.with_resources(
            (uri, DRAFT202012.create_resource(_absolute(doc, uri))) for uri, doc in self._docs.items()
        )
        known: dict[str, Any] = {}
        refers: Any = jsonschema.Draft202012Validator.VALIDATORS["$ref"]

        def reference(engine: Any, uri: str, value: Any, schema: Any) -> Iterator[Any]:
            if uri.startswith(BASE):
                if uri not in known:
                    known[uri] = self.compiled({"$ref": uri})
                with suppress(ValueError, TypeError, OverflowError):  # it holds what JSON has not
                    if known[uri].is_valid(value):
                        return
            yield from refers(engine, uri, value, schema) or ()

        def pattern(_: Any, text: str, value: Any, __: Any) -> Iterator[Any]:
            if text not in known:
                known[text] = self.compiled({"pattern": text})
            if isinstance(value, str) and not known[text].is_valid(value):
                yield jsonschema.ValidationError(f"{value!r} does not match {text!r}")

        extend: Any = jsonschema.validators.extend
        made = extend(jsonschema.Draft202012Validator, {"pattern": pattern, "$ref": reference})
        return partial(made, registry=registry)


class Schema:
    """One compiled schema."""

    def __init__(self, schema: JsonSchema, engines: Engines) -> None:
        try:
            compiled = engines.compiled(schema)
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
            msg = f"not a usable JSON Schema: {str(error).splitlines()[0]}"
            raise SchemaError(msg) from error
        self._source = schema
        self._engines = engines
        self._slow: Any = None
        #: Whether a value keeps to the schema; the fast answer.
        self.is_valid = compiled.is_valid

    def breaches(self, value: Any) -> Iterator[SchemaBreach]:
        """Yield every breach of a value, in a fixed order; slow, for a value that `is_valid` refused."""
        if self._slow is None:
            self._slow = self._engines.explaining(self._source)
        seen: set[tuple[Any, ...]] = set()
        for error in self._slow.iter_errors(value):
            for breach in _leaves(error):
                key = (breach.path, breach.keyword, repr(breach.expected))
                if key not in seen:
                    seen.add(key)
                    yield breach


def _written(schema: JsonSchema) -> bytes:
    """Return a schema as text, the same for equal ones.

    Raises:
        SchemaError: it has a keyword that is not allowed.

    """
    try:
        text = orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # it has a value, such as a larger number, that orjson does not write
        text = json.dumps(schema, sort_keys=True).encode()
    if b'"patternProperties"' in text:
        raise SchemaError("uses patternProperties, whose patterns may take forever; use propertyNames")
    return text


def _absolute(schema: Any, base: str) -> Any:
    """Return a document whose references say where they lead, wherever they stand.

    It says no more by which dialect it is, as jsonschema takes an engine of its own for what says so, not ours.
    """
    if type(schema) is list:
        return [_absolute(one, base) for one in schema]
    if type(schema) is not dict:
        return schema
    return {
        key: urljoin(base, one) if key == "$ref" and type(one) is str else _absolute(one, base)
        for key, one in schema.items()
        if key != "$schema"
    }


def _fetch_nothing(uri: str) -> Any:
    msg = f"{uri} is not among the schemas given, and nothing is fetched"
    raise ValueError(msg)


def _leaves(error: Any) -> Iterator[SchemaBreach]:
    path = tuple(error.absolute_path)
    keyword = str(error.validator)
    if keyword == "required":
        names = [name for name in error.validator_value if name not in error.instance]
        if len(names) == len(error.validator_value) > 1:
            message = f"has none of {', '.join(map(repr, names))}"
            yield SchemaBreach(path, keyword, names, error.instance, message, schema=error.schema)
            return
        for name in names:
            yield SchemaBreach((*path, name), keyword, name, None, f"{name!r} is missing", True, error.schema)
        return
    yield SchemaBreach(path, keyword, error.validator_value, error.instance, str(error.message), schema=error.schema)
