"""The schemas of chat and text completions: what they are, what each of their constraints says, and that it bites."""

from __future__ import annotations

import copy
import json
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs
import pytest
import referencing
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
RECORDINGS = ROOT.parent / "shared" / "recordings"
BASE = "https://chunkspec.dev/schemas/"

Docs = dict[str, dict[str, Any]]
Breaches = list[tuple[str, str]]  # (JSON pointer of the value, or of the object that lacks a member; keyword)

DOCS: Docs = {
    path.relative_to(ROOT / "schemas").as_posix(): json.loads(path.read_bytes())
    for folder in ("chat_completions", "text_completion")
    for path in sorted((ROOT / "schemas" / folder).rglob("*.json"))
}

# What makes a payload of a kind: something other than null at the place. The first that matches decides.
KINDS = {
    "chat_completions": {
        "error": "error",
        "usage": "usage",
        "moderation": "moderation",
        "finish": "choices[].finish_reason",
        "tool-call": "choices[].delta.tool_calls",
        "function-call": "choices[].delta.function_call",
        "refusal": "choices[].delta.refusal",
        "role": "choices[].delta.role",
        "content": "choices[].delta.content",
    },
    "text_completion": {
        "error": "error",
        "usage": "usage",
        "finish": "choices[].finish_reason",
        "text": "choices[].text",
    },
}


# --- the two engines -------------------------------------------------------------------------------------------


def _no_fetch(uri: str) -> Any:
    msg = f"{uri} is not among the schemas, and nothing may be fetched"
    raise LookupError(msg)


def by_jsonschema(docs: Docs) -> Callable[[str, object], Breaches]:
    registry: referencing.Registry[Any] = referencing.Registry()
    registry = registry.with_resources((doc["$id"], DRAFT202012.create_resource(doc)) for doc in docs.values())
    compiled = {name: jsonschema.Draft202012Validator({"$ref": BASE + name}, registry=registry) for name in docs}

    def breaches(name: str, payload: object) -> Breaches:
        return sorted(
            (_pointer(error.absolute_path), str(error.validator)) for error in compiled[name].iter_errors(payload)
        )

    return breaches


def by_jsonschema_rs(docs: Docs) -> Callable[[str, object], Breaches]:
    resources = [(doc["$id"], doc) for doc in docs.values()]
    registry = jsonschema_rs.Registry(resources, retriever=_no_fetch)
    compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def breaches(name: str, payload: object) -> Breaches:
        if name not in compiled:
            compiled[name] = jsonschema_rs.Draft202012Validator({"$ref": BASE + name}, registry=registry)
        if compiled[name].is_valid(payload):
            return []
        return sorted(
            (_pointer(error.instance_path), str(error.schema_path[-1]))
            for error in compiled[name].iter_errors(payload)
        )

    return breaches


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(f"/{step}" for step in path)


ENGINES = {"jsonschema": by_jsonschema(DOCS), "jsonschema_rs": by_jsonschema_rs(DOCS)}


# --- what the schemas are --------------------------------------------------------------------------------------

ANNOTATIONS = {"$schema", "$id", "title", "description"}
IN_PLACE = {"allOf", "if", "then", "not", "contains"}  # subschemas that are not the schema of a value of their own
CONSTRAINTS = {"$ref", "type", "enum", "const", "required", "minimum", "maximum", *IN_PLACE}
VALUES = {"properties", "items", "additionalProperties"}

Where = tuple[str | int, ...]


def subschemas(schema: dict[str, Any], at: Where = ()) -> Iterator[tuple[Where, dict[str, Any]]]:
    """Yield every schema object in a document, with the way to it."""
    yield at, schema
    for keyword in ("items", "additionalProperties", "if", "then", "not", "contains"):
        if keyword in schema:
            yield from subschemas(schema[keyword], (*at, keyword))
    for name, part in schema.get("properties", {}).items():
        yield from subschemas(part, (*at, "properties", name))
    for number, part in enumerate(schema.get("allOf", ())):
        yield from subschemas(part, (*at, "allOf", number))


@pytest.mark.parametrize("name", DOCS)
def test_schema_is_valid_2020_12(name: str) -> None:
    assert DOCS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(DOCS[name])
    jsonschema_rs.meta.validate(DOCS[name])


@pytest.mark.parametrize("name", DOCS)
def test_id_says_where_the_file_stands(name: str) -> None:
    assert DOCS[name]["$id"] == BASE + name


@pytest.mark.parametrize("name", DOCS)
def test_references_are_relative_and_resolve_offline(name: str) -> None:
    registry: referencing.Registry[Any] = referencing.Registry()
    registry = registry.with_resources((doc["$id"], DRAFT202012.create_resource(doc)) for doc in DOCS.values())
    for _, schema in subschemas(DOCS[name]):
        if "$ref" in schema:
            assert ":" not in schema["$ref"]
            assert registry.resolver(BASE + name).lookup(schema["$ref"]).contents in DOCS.values()


@pytest.mark.parametrize("name", DOCS)
def test_only_keywords_with_a_meaning_here_are_used(name: str) -> None:
    """A keyword that is misspelt or unknown to the draft (nullable) would be ignored without a word.

    The tests below see only what they know: so a keyword that is not listed is not allowed either.
    """
    for where, schema in subschemas(DOCS[name]):
        assert set(schema) <= ANNOTATIONS | CONSTRAINTS | VALUES, where


@pytest.mark.parametrize("name", DOCS)
def test_one_value_is_not_faulted_by_two_keywords(name: str) -> None:
    for where, schema in subschemas(DOCS[name]):
        assert len({"type", "enum", "const"} & set(schema)) <= 1, where
        assert "$ref" not in schema or set(schema) <= {"$ref", *ANNOTATIONS}, where


@pytest.mark.parametrize("name", DOCS)
def test_unknown_members_are_left_to_a_rule(name: str) -> None:
    for where, schema in subschemas(DOCS[name]):
        assert schema.get("additionalProperties") is not False, where


@pytest.mark.parametrize("name", DOCS)
def test_every_schema_and_member_says_what_it_is(name: str) -> None:
    assert DOCS[name]["title"]
    assert DOCS[name]["description"]
    for where, schema in subschemas(DOCS[name]):
        if not IN_PLACE & set(where) and "$ref" not in schema:
            assert schema.get("title"), where
            assert schema.get("description"), where


@pytest.mark.parametrize("protocol", KINDS)
def test_there_is_one_file_for_each_kind(protocol: str) -> None:
    files = {Path(name).stem for name in DOCS if Path(name).parent.as_posix() == protocol}
    assert files == {"chunk", *KINDS[protocol]}


@pytest.mark.parametrize("name", ["role", "finish-reason", "service-tier", "tool-type"])
def test_an_enum_that_a_profile_may_widen_is_the_top_of_a_file(name: str) -> None:
    assert DOCS[f"chat_completions/defs/{name}.json"]["enum"]


# --- what the schemas say --------------------------------------------------------------------------------------

GONE = object()  # as a member's value: leave the member out


def members(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not GONE}


def chat(*choices: object, **top: object) -> dict[str, Any]:
    return members(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1772356322,
            "model": "gpt-4o-mini-2024-07-18",
            "choices": list(choices),
            **top,
        }
    )


def choice(delta: object = GONE, **rest: object) -> dict[str, Any]:
    return members({"index": 0, "delta": {} if delta is GONE else delta, "finish_reason": None, **rest})


def said(**delta: object) -> dict[str, Any]:
    return chat(choice(delta))


def fragment(**given: object) -> dict[str, Any]:
    return said(tool_calls=[members({"index": 0, "function": {"arguments": "{"}, **given})])


def token(**given: object) -> dict[str, Any]:
    return members({"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": [], **given})


def likely(**given: object) -> dict[str, Any]:
    return token(top_logprobs=[members({"token": "Hi", "logprob": -0.5, "bytes": [72, 105], **given})])


def told(content: object, refusal: object = None) -> dict[str, Any]:
    return chat(choice({"content": "Hi"}, logprobs={"content": content, "refusal": refusal}))


def used(**given: object) -> dict[str, Any]:
    return chat(usage=members({"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15, **given}))


def result(**given: object) -> dict[str, Any]:
    return members(
        {
            "type": "moderation_result",
            "model": "omni-moderation-latest",
            "flagged": True,
            "categories": {"violence": True},
            "category_scores": {"violence": 0.9},
            "category_applied_input_types": {"violence": ["text", "image"]},
            **given,
        }
    )


def side(**given: object) -> dict[str, Any]:
    return members({"type": "moderation_results", "model": "omni-moderation-latest", "results": [result()], **given})


def moderated(given: object = GONE, answer: object = GONE) -> dict[str, Any]:
    failed = {"type": "error", "code": "timeout", "message": "It took too long."}
    return chat(
        moderation={
            "input": side() if given is GONE else given,
            "output": failed if answer is GONE else answer,
        }
    )


def failed(**given: object) -> dict[str, Any]:
    return {"error": members({"message": "It broke.", "type": "server_error", "param": None, "code": None, **given})}


def text(*choices: object, **top: object) -> dict[str, Any]:
    return chat(*choices, object=top.pop("object", "text_completion"), id="cmpl-1", **top)


def piece(**given: object) -> dict[str, Any]:
    return members({"text": "Hi", "index": 0, "logprobs": None, "finish_reason": None, **given})


CHOICES = "/choices"
CHOICE = "/choices/0"
DELTA = "/choices/0/delta"
CALLS = "/choices/0/delta/tool_calls"
CALL = "/choices/0/delta/tool_calls/0"
TOKENS = "/choices/0/logprobs/content"
TOKEN = "/choices/0/logprobs/content/0"  # noqa: S105 - a pointer, no secret
INPUT = "/moderation/input"
RESULT = "/moderation/input/results/0"

PROMPT_COUNTS = ["cached_tokens", "cache_write_tokens", "audio_tokens", "text_tokens", "image_tokens"]
COMPLETION_COUNTS = [
    "reasoning_tokens",
    "accepted_prediction_tokens",
    "rejected_prediction_tokens",
    "audio_tokens",
    "text_tokens",
]
COUNTS = ["prompt_tokens", "completion_tokens", "total_tokens"]

Row = tuple[str, object, Breaches]

CHUNK: list[Row] = [
    # good
    ("chunk", chat(), []),
    ("chunk", chat(choice()), []),
    ("chunk", chat(choice(), choice(index=1)), []),
    ("chunk", chat(choice(index=127)), []),
    ("chunk", chat(choice(index=1.0), created=1.0), []),
    ("chunk", chat(usage=None, moderation=None, error=None), []),
    ("chunk", chat(system_fingerprint="fp_1", obfuscation=""), []),
    ("chunk", chat(system_fingerprint=None, obfuscation="x7Kq"), []),
    *[("chunk", chat(service_tier=tier), []) for tier in ("auto", "default", "flex", "scale", "priority")],
    *[("chunk", chat(service_tier=tier), []) for tier in ("fast", None)],
    ("chunk", chat(choice({"novel": 1}, novel=1), novel=1), []),
    # bad
    ("chunk", [], [("", "type")]),
    ("chunk", None, [("", "type")]),
    ("chunk", {}, [("", "required")] * 5),
    *[("chunk", chat(**{name: GONE}), [("", "required")]) for name in ("id", "object", "created", "model")],
    ("chunk", chat(choices=GONE), [("", "required")]),
    ("chunk", chat(id=None), [("/id", "type")]),
    ("chunk", chat(object="chat.completion"), [("/object", "const")]),
    ("chunk", chat(object=None), [("/object", "const")]),
    ("chunk", chat(created="1772356322"), [("/created", "type")]),
    ("chunk", chat(created=1.5), [("/created", "type")]),
    ("chunk", chat(created=True), [("/created", "type")]),
    ("chunk", chat(model=None), [("/model", "type")]),
    ("chunk", chat(choices=None), [(CHOICES, "type")]),
    ("chunk", chat(choices={}), [(CHOICES, "type")]),
    ("chunk", chat(service_tier="standard"), [("/service_tier", "enum")]),
    ("chunk", chat(system_fingerprint=1), [("/system_fingerprint", "type")]),
    ("chunk", chat(obfuscation=None), [("/obfuscation", "type")]),
    ("chunk", chat(usage=[]), [("/usage", "type")]),
    ("chunk", chat(moderation=[]), [("/moderation", "type")]),
    ("chunk", chat(error="It broke."), [("/error", "type")]),
    ("chunk", chat(None), [(CHOICE, "type")]),
    ("chunk", chat({}), [(CHOICE, "required")] * 3),
    ("chunk", chat(choice(index=GONE)), [(CHOICE, "required")]),
    ("chunk", chat(choice(finish_reason=GONE)), [(CHOICE, "required")]),
    ("chunk", chat(choice(), {"index": 1, "finish_reason": None}), [("/choices/1", "required")]),
    ("chunk", chat(choice(index="0")), [("/choices/0/index", "type")]),
    ("chunk", chat(choice(index=None)), [("/choices/0/index", "type")]),
    ("chunk", chat(choice(index=0.5)), [("/choices/0/index", "type")]),
    ("chunk", chat(choice(index=-1)), [("/choices/0/index", "minimum")]),
    ("chunk", chat(choice(index=128)), [("/choices/0/index", "maximum")]),
    ("chunk", chat(choice(index=10**30)), [("/choices/0/index", "maximum")]),
    ("chunk", chat(choice(delta=None)), [(DELTA, "type")]),
    ("chunk", chat(choice(delta="Hi")), [(DELTA, "type")]),
]

DELTAS: list[Row] = [
    # good
    *[("role", said(role=role), []) for role in ("developer", "system", "user", "assistant", "tool")],
    ("role", said(role="assistant", content="", refusal=None), []),
    ("role", said(role="assistant", content=None), []),
    ("role", chat(choice(), choice({"role": "assistant"}, index=1)), []),
    ("content", said(content="Hi"), []),
    ("content", said(content=""), []),
    ("refusal", said(refusal="No"), []),
    ("refusal", said(role="assistant", content=None, refusal=""), []),
    ("function-call", said(function_call={}), []),
    ("function-call", said(role="assistant", content=None, function_call={"name": "f", "arguments": ""}), []),
    ("chunk", said(audio={"id": "audio_1", "data": 1, "transcript": None}, annotations=[]), []),
    # bad
    ("chunk", said(role=None), [(f"{DELTA}/role", "enum")]),
    ("role", said(role="function"), [(f"{DELTA}/role", "enum")]),
    ("role", said(role=""), [(f"{DELTA}/role", "enum")]),
    ("content", said(content=[{"type": "text", "text": "Hi"}]), [(f"{DELTA}/content", "type")]),
    ("content", said(content=1), [(f"{DELTA}/content", "type")]),
    ("refusal", said(refusal=False), [(f"{DELTA}/refusal", "type")]),
    ("chunk", said(function_call=None), [(f"{DELTA}/function_call", "type")]),
    ("function-call", said(function_call="f()"), [(f"{DELTA}/function_call", "type")]),
    ("function-call", said(function_call={"name": None}), [(f"{DELTA}/function_call/name", "type")]),
    ("function-call", said(function_call={"arguments": {}}), [(f"{DELTA}/function_call/arguments", "type")]),
    # classified as what it is not
    *[
        (kind, chat(choice()), [(CHOICES, "contains")])
        for kind in ("role", "content", "refusal", "tool-call", "function-call", "finish")
    ],
    ("content", said(content=None), [(CHOICES, "contains")]),
    ("refusal", said(refusal=None), [(CHOICES, "contains")]),
    ("role", said(role=None), [(CHOICES, "contains"), (f"{DELTA}/role", "enum")]),
    ("tool-call", said(tool_calls=None), [(CHOICES, "contains"), (CALLS, "type")]),
    ("function-call", said(function_call=None), [(CHOICES, "contains"), (f"{DELTA}/function_call", "type")]),
    *[
        (kind, chat(broken), [(CHOICES, "contains"), breach])
        for kind in ("role", "content", "refusal", "tool-call", "function-call")
        for broken, breach in (
            ("Hi", (CHOICE, "type")),
            (choice("Hi"), (DELTA, "type")),
            ({"index": 0, "finish_reason": None}, (CHOICE, "required")),
        )
    ],
    *[
        (kind, {"choices": [choice(delta)]}, [("", "required")] * 4)  # a kind asks for all that a chunk does
        for kind, delta in (
            ("role", {"role": "assistant"}),
            ("content", {"content": "Hi"}),
            ("refusal", {"refusal": "No"}),
            ("tool-call", {"tool_calls": []}),
            ("function-call", {"function_call": {}}),
        )
    ],
]

TOOL_CALLS: list[Row] = [
    # good
    ("tool-call", fragment(), []),
    ("tool-call", fragment(function=GONE), []),
    ("tool-call", fragment(id="call_1", type="function", function={"name": "f", "arguments": ""}), []),
    ("tool-call", fragment(custom={"name": "f", "input": 1}), []),
    ("tool-call", said(tool_calls=[{"index": 0}, {"index": 200}]), []),
    ("tool-call", said(tool_calls=[]), []),
    # bad
    ("chunk", said(tool_calls=None), [(CALLS, "type")]),
    ("tool-call", said(tool_calls={"index": 0}), [(CALLS, "type")]),
    ("tool-call", said(tool_calls=["f"]), [(CALL, "type")]),
    ("tool-call", fragment(index=GONE), [(CALL, "required")]),
    ("tool-call", fragment(index=None), [(f"{CALL}/index", "type")]),
    ("tool-call", fragment(index=-1), [(f"{CALL}/index", "minimum")]),
    ("tool-call", fragment(id=None), [(f"{CALL}/id", "type")]),
    ("tool-call", fragment(type="custom"), [(f"{CALL}/type", "enum")]),
    ("tool-call", fragment(type=None), [(f"{CALL}/type", "enum")]),
    ("tool-call", fragment(function="f"), [(f"{CALL}/function", "type")]),
    ("tool-call", fragment(function={"name": None}), [(f"{CALL}/function/name", "type")]),
    ("tool-call", fragment(function={"arguments": None}), [(f"{CALL}/function/arguments", "type")]),
    ("tool-call", fragment(function={"arguments": {}}), [(f"{CALL}/function/arguments", "type")]),
]

LOGPROBS: list[Row] = [
    # good
    ("content", chat(choice({"content": "Hi"}, logprobs=None)), []),
    ("content", told([]), []),
    ("content", told(None, []), []),
    ("content", told([token(bytes=None, logprob=0)], [token(logprob=-9999.0)]), []),
    ("content", told([likely(), likely(bytes=None)]), []),
    # bad
    ("content", chat(choice({"content": "Hi"}, logprobs=-0.5)), [("/choices/0/logprobs", "type")]),
    ("content", chat(choice({"content": "Hi"}, logprobs={})), [("/choices/0/logprobs", "required")] * 2),
    (
        "content",
        chat(choice({"content": "Hi"}, logprobs={"content": []})),
        [("/choices/0/logprobs", "required")],
    ),
    ("content", told({}), [(TOKENS, "type")]),
    ("content", told(None, {}), [("/choices/0/logprobs/refusal", "type")]),
    ("content", told(None, ["Hi"]), [("/choices/0/logprobs/refusal/0", "type")]),
    ("content", told(["Hi"]), [(TOKEN, "type")]),
    ("content", told([{}]), [(TOKEN, "required")] * 4),
    *[
        ("content", told([token(**{name: GONE})]), [(TOKEN, "required")])
        for name in ("token", "logprob", "bytes", "top_logprobs")
    ],
    ("content", told([token(token=None)]), [(f"{TOKEN}/token", "type")]),
    ("content", told([token(logprob=None)]), [(f"{TOKEN}/logprob", "type")]),
    ("content", told([token(bytes="Hi")]), [(f"{TOKEN}/bytes", "type")]),
    ("content", told([token(bytes=[72, "i"])]), [(f"{TOKEN}/bytes/1", "type")]),
    ("content", told([token(top_logprobs=None)]), [(f"{TOKEN}/top_logprobs", "type")]),
    ("content", told([token(top_logprobs=["Hi"])]), [(f"{TOKEN}/top_logprobs/0", "type")]),
    *[
        ("content", told([likely(**{name: GONE})]), [(f"{TOKEN}/top_logprobs/0", "required")])
        for name in ("token", "logprob", "bytes")
    ],
    ("content", told([likely(token=1)]), [(f"{TOKEN}/top_logprobs/0/token", "type")]),
    ("content", told([likely(logprob="-0.5")]), [(f"{TOKEN}/top_logprobs/0/logprob", "type")]),
    ("content", told([likely(bytes="Hi")]), [(f"{TOKEN}/top_logprobs/0/bytes", "type")]),
    ("content", told([likely(bytes=[0.5])]), [(f"{TOKEN}/top_logprobs/0/bytes/0", "type")]),
]

FINISH: list[Row] = [
    *[
        ("finish", chat(choice(finish_reason=reason)), [])
        for reason in ("stop", "length", "tool_calls", "content_filter", "function_call")
    ],
    ("finish", chat(choice(finish_reason="stop", logprobs=None)), []),
    ("finish", chat(choice(), choice(index=1, finish_reason="stop")), []),
    ("finish", chat(choice(finish_reason="")), [("/choices/0/finish_reason", "enum")]),
    ("finish", chat(choice(finish_reason="end_turn")), [("/choices/0/finish_reason", "enum")]),
    ("finish", chat(choice(finish_reason=False)), [("/choices/0/finish_reason", "enum")]),
    # classified as what it is not
    ("finish", chat("stop"), [(CHOICES, "contains"), (CHOICE, "type")]),
    ("finish", chat(choice(finish_reason=GONE)), [(CHOICES, "contains"), (CHOICE, "required")]),
    ("finish", {"choices": [choice(finish_reason="stop")]}, [("", "required")] * 4),
]

USAGE: list[Row] = [
    # good
    ("usage", used(), []),
    ("usage", used(prompt_tokens=0, completion_tokens=0, total_tokens=0), []),
    ("usage", used(prompt_tokens=11.0, novel=0), []),
    ("usage", used(prompt_tokens_details={}, completion_tokens_details={}), []),
    (
        "usage",
        used(
            prompt_tokens_details=dict.fromkeys(PROMPT_COUNTS, 0),
            completion_tokens_details=dict.fromkeys(COMPLETION_COUNTS, 0),
        ),
        [],
    ),
    ("usage", chat(choice(), usage=used()["usage"]), []),  # a rule says that choices must be empty
    # bad
    ("usage", chat(usage={}), [("/usage", "required")] * 3),
    ("usage", chat(usage=15), [("/usage", "type")]),
    *[("usage", used(**{name: GONE}), [("/usage", "required")]) for name in COUNTS],
    *[("usage", used(**{name: None}), [(f"/usage/{name}", "type")]) for name in COUNTS],
    *[("usage", used(**{name: 0.5}), [(f"/usage/{name}", "type")]) for name in COUNTS],
    *[("usage", used(**{name: -1}), [(f"/usage/{name}", "minimum")]) for name in COUNTS],
    *[
        ("usage", used(**{details: wrong}), [(f"/usage/{details}", "type")])
        for details in ("prompt_tokens_details", "completion_tokens_details")
        for wrong in (None, 0)
    ],
    *[
        ("usage", used(**{details: {name: wrong}}), [(f"/usage/{details}/{name}", keyword)])
        for details, names in (
            ("prompt_tokens_details", PROMPT_COUNTS),
            ("completion_tokens_details", COMPLETION_COUNTS),
        )
        for name in names
        for wrong, keyword in ((-1, "minimum"), (None, "type"), ("0", "type"))
    ],
    # classified as what it is not
    ("usage", chat(), [("", "required")]),
    ("usage", chat(usage=None), [("/usage", "not")]),
    ("usage", {"usage": used()["usage"]}, [("", "required")] * 5),
]

MODERATION: list[Row] = [
    # good
    ("moderation", moderated(), []),
    ("moderation", moderated(side(results=[]), side()), []),
    ("moderation", moderated(side(results=[result(flagged=False, categories={}, category_scores={})])), []),
    # bad
    ("moderation", chat(moderation="fine"), [("/moderation", "type")]),
    ("moderation", chat(moderation={}), [("/moderation", "required")] * 2),
    ("moderation", chat(moderation={"input": side()}), [("/moderation", "required")]),
    ("moderation", chat(moderation={"output": side()}), [("/moderation", "required")]),
    ("moderation", moderated(None), [(INPUT, "type")]),
    ("moderation", moderated(answer=None), [("/moderation/output", "type")]),
    ("moderation", moderated({}), [(INPUT, "required")]),
    ("moderation", moderated({"type": "results"}), [(f"{INPUT}/type", "enum")]),
    ("moderation", moderated({"type": "moderation_results"}), [(INPUT, "required")] * 2),
    ("moderation", moderated({"type": "error"}), [(INPUT, "required")] * 2),
    ("moderation", moderated(side(model=GONE)), [(INPUT, "required")]),
    ("moderation", moderated(side(results=GONE)), [(INPUT, "required")]),
    ("moderation", moderated({"type": "error", "code": "timeout"}), [(INPUT, "required")]),
    ("moderation", moderated({"type": "error", "message": "It broke."}), [(INPUT, "required")]),
    ("moderation", moderated(side(model=None)), [(f"{INPUT}/model", "type")]),
    ("moderation", moderated(side(results=None)), [(f"{INPUT}/results", "type")]),
    ("moderation", moderated(side(results=[None])), [(RESULT, "type")]),
    ("moderation", moderated({"type": "error", "code": 1, "message": ""}), [(f"{INPUT}/code", "type")]),
    ("moderation", moderated({"type": "error", "code": "", "message": 1}), [(f"{INPUT}/message", "type")]),
    *[("moderation", moderated(side(results=[result(**{name: GONE})])), [(RESULT, "required")]) for name in result()],
    *[
        ("moderation", moderated(side(results=[result(**{name: wrong})])), [(f"{RESULT}/{place}", keyword)])
        for name, wrong, place, keyword in (
            ("type", "moderation", "type", "const"),
            ("model", None, "model", "type"),
            ("flagged", "no", "flagged", "type"),
            ("categories", [], "categories", "type"),
            ("categories", {"violence": 1}, "categories/violence", "type"),
            ("category_scores", None, "category_scores", "type"),
            ("category_scores", {"violence": "0.9"}, "category_scores/violence", "type"),
            ("category_applied_input_types", [], "category_applied_input_types", "type"),
            (
                "category_applied_input_types",
                {"violence": "text"},
                "category_applied_input_types/violence",
                "type",
            ),
            (
                "category_applied_input_types",
                {"violence": ["text", "audio"]},
                "category_applied_input_types/violence/1",
                "enum",
            ),
        )
    ],
    # classified as what it is not
    ("moderation", chat(), [("", "required")]),
    ("moderation", chat(moderation=None), [("/moderation", "not")]),
    ("moderation", {"moderation": moderated()["moderation"]}, [("", "required")] * 5),
]

ERROR: list[Row] = [
    # good
    ("error", failed(), []),
    ("error", failed(param="model", code="model_not_found"), []),
    ("error", {**failed(), "choices": None, "id": 1, "usage": "none"}, []),  # the rest is left open
    ("error", {"error": None}, []),  # a rule reports it
    # bad
    ("error", [], [("", "type")]),
    ("error", chat(), [("", "required")]),
    ("error", {"error": "It broke."}, [("/error", "type")]),
    ("error", {"error": {}}, [("/error", "required")] * 4),
    *[("error", failed(**{name: GONE}), [("/error", "required")]) for name in failed()["error"]],
    *[("error", failed(**{name: 502}), [(f"/error/{name}", "type")]) for name in failed()["error"]],
    ("error", failed(message=None), [("/error/message", "type")]),
    ("error", failed(type=None), [("/error/type", "type")]),
]

LEGACY: list[Row] = [
    # good
    ("chunk", text(), []),
    ("chunk", text(usage=None, error=None, system_fingerprint=None), []),
    ("chunk", text(system_fingerprint="fp_1"), []),
    ("text", text(piece()), []),
    ("text", text(piece(text="", index=500)), []),
    ("text", text(piece(logprobs={})), []),
    ("text", text(piece(logprobs={"tokens": ["A"], "token_logprobs": [-0.5], "top_logprobs": None})), []),
    (
        "text",
        text(
            piece(
                logprobs={
                    "tokens": ["A", " b"],
                    "token_logprobs": [None, -0.5],
                    "top_logprobs": [None, {" b": -0.5}],
                    "text_offset": [0, 1],
                }
            )
        ),
        [],
    ),
    *[("finish", text(piece(finish_reason=why)), []) for why in ("stop", "length", "content_filter")],
    ("usage", text(usage=used()["usage"]), []),
    ("error", failed(), []),
    ("error", {**failed(), "choices": None}, []),
    # bad
    ("chunk", [], [("", "type")]),
    *[("chunk", text(**{name: GONE}), [("", "required")]) for name in ("object", "created", "model")],
    ("chunk", text(choices=GONE), [("", "required")]),
    ("chunk", {**text(), "id": 1}, [("/id", "type")]),
    ("chunk", {name: value for name, value in text().items() if name != "id"}, [("", "required")]),
    ("chunk", text(object="text_completion.chunk"), [("/object", "const")]),
    ("chunk", text(created="now"), [("/created", "type")]),
    ("chunk", text(model=1), [("/model", "type")]),
    ("chunk", text(choices=None), [(CHOICES, "type")]),
    ("chunk", text(system_fingerprint=1), [("/system_fingerprint", "type")]),
    ("chunk", text(error="It broke."), [("/error", "type")]),
    ("text", text(piece(), None), [("/choices/1", "type")]),
    *[("text", text(piece(), piece(**{name: GONE})), [("/choices/1", "required")]) for name in piece()],
    ("text", text(piece(text=1)), [(f"{CHOICE}/text", "type")]),
    ("text", text(piece(index="0")), [(f"{CHOICE}/index", "type")]),
    ("text", text(piece(index=-1)), [(f"{CHOICE}/index", "minimum")]),
    ("text", text(piece(logprobs=[])), [(f"{CHOICE}/logprobs", "type")]),
    *[
        ("text", text(piece(logprobs={name: wrong})), [(f"{CHOICE}/logprobs/{place}", "type")])
        for name, wrong, place in (
            ("tokens", None, "tokens"),
            ("tokens", [1], "tokens/0"),
            ("token_logprobs", None, "token_logprobs"),
            ("token_logprobs", ["-0.5"], "token_logprobs/0"),
            ("top_logprobs", {}, "top_logprobs"),
            ("top_logprobs", [-0.5], "top_logprobs/0"),
            ("top_logprobs", [{"A": None}], "top_logprobs/0/A"),
            ("text_offset", None, "text_offset"),
            ("text_offset", [0.5], "text_offset/0"),
        )
    ],
    ("finish", text(piece(finish_reason="")), [(f"{CHOICE}/finish_reason", "enum")]),
    ("finish", text(piece(finish_reason="tool_calls")), [(f"{CHOICE}/finish_reason", "enum")]),
    ("usage", text(usage=used(total_tokens=GONE)["usage"]), [("/usage", "required")]),
    ("error", [], [("", "type")]),
    ("error", {"error": "It broke."}, [("/error", "type")]),
    # classified as what it is not
    ("text", text(), [(CHOICES, "contains")]),
    ("text", text(None), [(CHOICES, "contains"), (CHOICE, "type")]),
    ("text", text(piece(text=GONE)), [(CHOICES, "contains"), (CHOICE, "required")]),
    ("text", text(piece(text=None)), [(CHOICES, "contains"), (f"{CHOICE}/text", "type")]),
    ("finish", text(piece()), [(CHOICES, "contains")]),
    ("finish", text(None), [(CHOICES, "contains"), (CHOICE, "type")]),
    ("finish", text(piece(finish_reason=GONE)), [(CHOICES, "contains"), (CHOICE, "required")]),
    ("usage", text(), [("", "required")]),
    ("usage", text(usage=None), [("/usage", "not")]),
    ("error", text(), [("", "required")]),
    ("text", {"choices": [piece()]}, [("", "required")] * 4),
    ("finish", {"choices": [piece(finish_reason="stop")]}, [("", "required")] * 4),
    ("usage", {"usage": used()["usage"]}, [("", "required")] * 5),
]

ROWS: list[Row] = [
    *[
        (f"chat_completions/{kind}.json", payload, breaches)
        for rows in (CHUNK, DELTAS, TOOL_CALLS, LOGPROBS, FINISH, USAGE, MODERATION, ERROR)
        for kind, payload, breaches in rows
    ],
    *[(f"text_completion/{kind}.json", payload, breaches) for kind, payload, breaches in LEGACY],
]


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
                unnoticed.append(f"{_pointer(where)}: {what}")
    assert unnoticed == []


# --- what is recorded ------------------------------------------------------------------------------------------


def at(place: str, payload: object) -> Iterator[object]:
    """Yield the values at a place such as ``choices[].delta``."""
    found = [payload]
    for step in place.split("."):
        name = step.removesuffix("[]")
        found = [value[name] for value in found if isinstance(value, dict) and name in value]
        if name != step:
            found = [item for value in found if isinstance(value, list) for item in value]
    yield from found


def kind_of(protocol: str, payload: object) -> str:
    for kind, place in KINDS[protocol].items():
        if any(value is not None for value in at(place, payload)):
            return kind
    return "chunk"


def payloads(stream: Path) -> Iterator[Any]:
    for line in stream.read_bytes().split(b"\n"):
        if line.startswith(b"data:") and line[5:].strip() != b"[DONE]":
            yield json.loads(line[5:])


def recorded(folder: str) -> Iterator[tuple[str, Any]]:
    """Yield the payloads of the folder's streams as the server sent them, each with the name of its stream."""
    for line in (RECORDINGS / "index.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        as_sent = entry["transport"] == "recorded" and not entry["normalised"]
        if as_sent and entry["path"].startswith(folder):
            for payload in payloads(RECORDINGS / entry["path"]):
                yield entry["path"], payload


def unnamed(value: object, document: str, schema: dict[str, Any], place: str = "") -> Iterator[str]:
    """Yield the places of members that the schema does not name."""
    if "$ref" in schema:
        document = posixpath.normpath(posixpath.join(posixpath.dirname(document), schema["$ref"]))
        yield from unnamed(value, document, DOCS[document], place)
    elif isinstance(value, list):
        for item in value:
            yield from unnamed(item, document, schema.get("items", {}), f"{place}[]")
    elif isinstance(value, dict):
        for name, member in value.items():
            if name in schema.get("properties", {}):
                yield from unnamed(member, document, schema["properties"][name], f"{place}.{name}")
            elif "additionalProperties" not in schema:
                yield f"{place}.{name}"


SENT = pytest.mark.parametrize(
    ("protocol", "folder", "kinds"),
    [
        (
            "chat_completions",
            "openai/",
            {"role", "content", "refusal", "tool-call", "finish", "usage", "error"},
        ),
        ("text_completion", "text_completion/openai/", {"text", "finish", "usage"}),
    ],
)
BESIDE = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recorded streams beside the checkout")


@BESIDE
@SENT
def test_what_openai_sent_is_valid_as_the_kind_it_is(protocol: str, folder: str, kinds: set[str]) -> None:
    faulted = {}
    seen = set()
    for source, payload in recorded(folder):
        kind = kind_of(protocol, payload)
        seen.add(kind)
        breaches = ENGINES["jsonschema_rs"](f"{protocol}/{kind}.json", payload)
        if breaches:
            faulted[source] = breaches
    assert faulted == {}
    assert seen == kinds


@BESIDE
@SENT
def test_every_member_that_openai_sent_is_named(protocol: str, folder: str, kinds: set[str]) -> None:
    chunk = f"{protocol}/chunk.json"
    sent = [payload for _, payload in recorded(folder)]
    assert len(sent) > len(kinds)
    assert {place for payload in sent for place in unnamed(payload, chunk, DOCS[chunk])} == set()
