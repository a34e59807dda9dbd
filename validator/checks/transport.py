"""What HTTP says of the response, and what a body is that is no event stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import At, Breach, Check, shown
from validator.checks.members import MISSING, member, steps
from validator.scope import Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENT = re.compile(rf'(?:[^,"]|{_QUOTED})+')
_PART = re.compile(rf'(?:[^;"]|{_QUOTED})+')


def elements(header: str) -> list[dict[str, Any]]:
    """Return the elements of a header's value: of each the `value` and the `parameters`, in lower case.

    ``text/event-stream; charset=UTF-8`` has one element with one parameter, ``no-cache, no-transform`` two without.
    """
    found = []
    for element in _ELEMENT.findall(header.lower()):
        value, *parameters = [part.strip() for part in _PART.findall(element)] or [""]
        pairs = (part.partition("=") for part in parameters if "=" in part)
        if value:
            found.append(
                {"value": value, "parameters": {name.strip(): _bare(text.strip()) for name, _, text in pairs}}
            )
    return found


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


class Headers(Check):
    """``headers``: each header named passes a JSON Schema.

    Options: by header name, in lower case, the schema of the list of its elements, each an object of `value` and
    `parameters`, all in lower case. A header that is not there is an empty list.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z0-9-]+$"},
        "additionalProperties": {"type": "object"},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.schemas = {name: setting.compile(schema) for name, schema in options.items()}

    def see(self, state: Any, value: Any, at: At) -> Iterator[Breach]:
        """Tell each header that does not pass."""
        for name, schema in self.schemas.items():
            text = value.get(name)
            if not schema.is_valid(elements(text or "")):
                title = "-".join(word.capitalize() for word in name.split("-"))
                got = f"no {title} header" if text is None else f"{title}: {text[:100]}"
                yield Breach(f"the response has {got}", got=got, spot=at.spot(name), key=name)


_KINDS = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "where"],
        "properties": {"name": {"type": "string"}, "where": {"type": "object"}, "tell": {"type": "string"}},
    },
}


class Document(Check):
    """``document``: the body is no document of another sort, such as a page or one JSON value.

    Sees the whole capture. Option `kinds`: what to call JSON documents, the first that fits: `name`, `where` (a JSON
    Schema of the document), `tell` (a member whose text says what happened). After these come the payloads that the
    protocol's `foreign` list tells by name.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["kinds"],
        "properties": {"kinds": _KINDS},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        kinds = [(one["name"], one["where"], one.get("tell", "")) for one in options["kinds"]]
        kinds += [(one.name, one.where, "") for one in setting.protocol.foreign]
        self.kinds = [(name, setting.compile(where), steps(tell) if tell else ()) for name, where, tell in kinds]

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell what the body is."""
        name = self.name(value)
        if name is None:
            return None
        return (Breach(f"the body is no event stream but {name}", got=shown(value["head"]), spot=_start(at)),)

    def name(self, capture: Mapping[str, Any]) -> str | None:
        """Return what to call the body of a capture, None where it is no document."""
        document = capture.get("document")
        if document is None:
            return None
        if document["type"] != "json":
            return _with("an HTML page" if document["type"] == "html" else "an XML document", document["title"])
        value = document.get("value", MISSING)
        if value is MISSING:
            return "the beginning of a JSON document"
        one = value[0] if type(value) is list and value else value
        for name, schema, tell in self.kinds:
            if schema.is_valid(one):
                return _with(name, member(one, tell) if tell else None)
        return "one JSON document"


def _with(name: str, told: Any) -> str:
    return f"{name}: {told.strip()[:200]}" if type(told) is str and told.strip() else name


def _start(at: At) -> Spot:
    return Spot("capture", None, (), at.stream, (0, 0))


class Status(Document):
    """``status``: the response has one of the HTTP statuses `ok`; with another, what the body is, is told too."""

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["ok", "kinds"],
        "properties": {"kinds": _KINDS, "ok": {"type": "array", "minItems": 1, "items": {"type": "integer"}}},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.ok = frozenset(options["ok"])

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell another status, with what the body is."""
        status = value.get("status")
        if status is None or status in self.ok:
            return None
        try:
            from http import HTTPStatus  # late: only to say what is wrong

            said = f"{status} {HTTPStatus(status).phrase}"
        except ValueError:
            said = str(status)
        name = self.name(value)
        body = "" if name is None else f", and the body is {name}"
        return (Breach(f"the response's HTTP status is {said}{body}", got=said, spot=_start(at)),)


class Coding(Check):
    """``coding``: the body has no content coding that clients do not decode, and none that the headers do not tell.

    Sees the whole capture. Option `decoded`: the codings that clients decode. A body that can not be read for its
    coding is the case ``unreadable``.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["decoded"],
        "properties": {"decoded": {"type": "array", "items": {"type": "string"}}},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.decoded = frozenset(options["decoded"])

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a coding that is unknown, or hidden."""
        header = value.get("content_encoding")
        if header is None:
            return None
        declared = [one["value"] for one in elements(header)]
        compressed = value.get("compressed")
        case = None if compressed is None else "unreadable"
        got = f"Content-Encoding: {header}" if declared else "no Content-Encoding header"
        for coding in declared:
            if coding not in self.decoded:
                message = f"the body is sent in the content coding {coding[:40]}, which clients do not decode"
                return (Breach(message, got=got, spot=_start(at), case=case),)
        if compressed is None:
            return None
        if declared:
            message = f"the capture holds the body as {compressed} data that nobody decoded, so it can not be judged"
        else:
            message = f"the body is {compressed} data, and no header says so"
        return (Breach(message, got=got, spot=_start(at), case=case),)
