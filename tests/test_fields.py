"""Checks of members, of foreign payloads and of times: what the corpus cannot show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from validator import catalogue
from validator.declared import declared
from validator.grades import Grades
from validator.place import Place
from validator.plan import Plan
from validator.rule import Rule
from validator.schema import SchemaError
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from validator.finding import Finding

CHAT = catalogue.protocol("chat.completions")
OPENAI = catalogue.profile(CHAT, "openai")
CHUNK: dict[str, Any] = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1785590400, "model": "m-1"}


def delta(**members: Any) -> dict[str, Any]:
    return {**CHUNK, "choices": [{"index": 0, "delta": members, "finish_reason": None}]}


def found(plan: Plan, rule: str, *payloads: Any, meta: dict[str, Any] | None = None) -> list[Finding]:
    checked = StreamValidator(plan=plan, meta=meta)
    for payload in payloads:
        checked.feed(b"data: " + json.dumps(payload).encode() + b"\n\n")
    return [one for one in checked.close().findings if one.rule == rule]


def patched(tmp_path: Path, patch: dict[str, Any]) -> Plan:
    entry = {"name": "kettle", "protocol": CHAT.name, "extends": "openai", "summary": "A test.", "patches": [patch]}
    (tmp_path / "kettle.yaml").write_text(json.dumps(entry))
    return Plan(Grades(CHAT, catalogue.profile(CHAT, str(tmp_path / "kettle.yaml"))))


# --- declared members ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "some", "none"),
    [
        ("$", {"id", "usage", "error", "moderation"}, {"delta"}),
        ("choices[]", {"index", "delta", "logprobs"}, {"content"}),
        ("choices[].delta", {"role", "content", "tool_calls"}, {"index", "name"}),
        ("choices[].delta.tool_calls[].function", {"name", "arguments"}, {"id"}),
        ("moderation.input", {"type", "results", "message"}, {"flagged"}),
        ("usage.nowhere", set(), {"prompt_tokens"}),
        ("moderation.input.results[].categories.*", set(), {"flagged"}),
    ],
)
def test_declared_members_are_found_through_references(place: str, some: set[str], none: set[str]) -> None:
    names = declared(Plan(Grades(CHAT, OPENAI)).schemas, [kind.schema for kind in CHAT.kinds], Place.parse(place))
    assert some <= names
    assert not none & names


def test_a_document_that_is_not_there_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"chat_completions/chunks\.json"):
        declared(Plan(Grades(CHAT, OPENAI)).schemas, ["chat_completions/chunks.json"], Place.parse("$"))


def test_a_profile_can_declare_more_members(tmp_path: Path) -> None:
    payloads = [delta(content="Tea", kettle=1, pot="x"), delta(content=".", kettle=2, pot="y")]
    plain = Plan(Grades(CHAT, OPENAI))
    assert [one.count for one in found(plain, "unknown-choice-or-delta-field", *payloads)] == [2, 2]
    assert len(found(plain, "delta-extension-mergeable", *payloads)) == 1
    patch = {"schema": "chat_completions/defs/delta.json", "fields": {"kettle": {"type": "integer"}}}
    plan = patched(tmp_path, {**patch, "source": "-", "note": "-"})
    (told,) = found(plan, "unknown-choice-or-delta-field", *payloads)
    assert '"pot"' in told.message
    assert found(plan, "delta-extension-mergeable", *payloads) == []


def test_a_member_that_a_profile_declares_has_its_type_checked(tmp_path: Path) -> None:
    patch = {"schema": "chat_completions/defs/delta.json", "fields": {"kettle": {"type": "string"}}}
    plan = patched(tmp_path, {**patch, "source": "-", "note": "-"})
    (told,) = found(plan, "delta-object", delta(kettle=1))
    assert told.message == "choices[].delta.kettle must be a string"


@pytest.mark.parametrize(
    ("options", "on", "says"),
    [
        ({}, "usage.nowhere", "no schema declares a member at usage.nowhere"),
        ({"besides": ["choices[..x"]}, "$", "besides: 'choices[..x' is not a place"),
        ({"part": "x"}, "$", "known_fields"),
    ],
)
def test_what_cannot_be_checked_is_refused(options: dict[str, Any], on: str, says: str) -> None:
    rule = Rule.from_entry({"id": "house-rule", "on": on, "check": {"known_fields": options}}, "house", "house.yaml")
    with pytest.raises(ConfigError, match=r"house\.yaml: rule house-rule") as caught:
        Plan(Grades(CHAT, OPENAI, rules={"house-rule": rule}))
    assert says in str(caught.value)


def test_names_of_a_hostile_length_are_cut() -> None:
    (told,) = found(
        Plan(Grades(CHAT, OPENAI)), "unknown-chunk-field", {**CHUNK, "choices": [], "x" * 10_000: "y" * 10_000}
    )
    assert len(told.message) < 150
    assert told.got is not None
    assert len(told.got) <= 100


def test_lone_surrogates_in_reasoning_do_no_harm() -> None:
    payloads = [delta(reasoning="\ud83d"), delta(reasoning_content="x\ude00")]
    assert len(found(Plan(Grades(CHAT, OPENAI)), "reasoning-field-name", *payloads)) == 1


# --- foreign payloads ------------------------------------------------------------------------------------------

RESPONSES = {"type": "response.created", "response": {"id": "resp_1"}, "sequence_number": 0}


def test_a_foreign_first_payload_is_all_that_is_said() -> None:
    checked = StreamValidator(plan=Plan(Grades(CHAT, OPENAI)))
    told = checked.feed(
        b"event: response.created\ndata: " + json.dumps(RESPONSES).encode() + b"\n\nid: 1\ndata: }\n\n"
    )
    report = checked.close()
    assert [one.rule for one in told] == ["protocol-mismatch"]
    assert [one.rule for one in report.findings] == ["protocol-mismatch"]
    assert "the OpenAI Responses API" in told[0].message


@pytest.mark.parametrize(
    "first",
    [
        {"error": {"message": "no", "type": "server_error", "param": None, "code": None}},
        {"type": "message_start", "error": {"type": "overloaded_error", "message": "no"}},
        {"error": "no", "created_at": "2026-08-01T12:00:00Z", "done": True, "response": ""},
    ],
)
def test_an_error_is_not_foreign(first: dict[str, Any]) -> None:
    assert found(Plan(Grades(CHAT, OPENAI)), "protocol-mismatch", first) == []


def test_only_the_first_payload_can_be_foreign() -> None:
    closing = {
        **CHUNK,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {}, "finish_reason": "stop"}],
    }
    plan = Plan(Grades(CHAT, OPENAI))
    assert found(plan, "protocol-mismatch", delta(content="Tea"), RESPONSES, closing) == []
    assert len(found(plan, "object-const", delta(content="Tea"), closing)) == 1


@pytest.mark.parametrize(
    "first",
    [
        delta(content="Tea"),
        {**delta(content="Tea"), "object": "chat.completion"},
        {**delta(content="Tea"), "object": "text_completion"},
        {**delta(content="Tea"), "type": "start", "token": {"id": 1, "text": "Tea"}, "done": False, "stop": False},
        {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": []},
        {"object": "chat.completion", "choices": []},
        {"type": "chunk"},
        {},
    ],
)
def test_a_chunk_of_sorts_is_not_foreign(first: dict[str, Any]) -> None:
    assert found(Plan(Grades(CHAT, OPENAI)), "protocol-mismatch", first) == []


# --- times -----------------------------------------------------------------------------------------------------


def created(value: Any, date: str | None = None) -> list[str]:
    meta = {"response": {"headers": {"Date": date}}} if date is not None else None
    payload = {**CHUNK, "created": value, "choices": []}
    return [one.message for one in found(Plan(Grades(CHAT, OPENAI)), "created-plausible", payload, meta=meta)]


@pytest.mark.parametrize("value", [1500000000, 1785590400, 4102444800, True, 1785590400.0, 0.5, "0", None, [], {}])
def test_a_plausible_time_and_what_is_no_whole_number_pass(value: object) -> None:
    assert created(value) == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0, "created is 0, which is no time"),
        (-1, "created lies before 2017-07-14"),
        (1499999999, "created lies before 2017-07-14"),
        (4102444801, "created is too great for seconds; is it in milliseconds?"),
        (1785590400123, "created is too great for seconds; is it in milliseconds?"),
        (2**63, "created is too great for seconds; is it in milliseconds?"),
    ],
)
def test_an_implausible_time_is_told(value: int, says: str) -> None:
    assert created(value) == [says]


@pytest.mark.parametrize(
    ("date", "value", "told"),
    [
        ("Sat, 01 Aug 2026 13:20:00 GMT", 1785590400 + 86400, 0),
        ("Sat, 01 Aug 2026 13:20:00 GMT", 1785590400 + 86401, 1),
        ("Sat, 01 Aug 2026 13:20:00 -0000", 1785590400 + 86401, 1),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1785590400, 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 4102444801, 1),
        ("yesterday", 1785590400 + 86401, 0),
        ("", 1785590400, 0),
        ("Sat, 99 Aug 2026 99:99:99 GMT", 1785590400, 0),
    ],
)
def test_the_date_header_bounds_the_time_where_it_is_one(date: str, value: int, told: int) -> None:
    assert len(created(value, date)) == told


# --- payloads that a profile excepts ---------------------------------------------------------------------------


def test_what_a_patch_excepts_is_not_judged_and_the_rest_is(tmp_path: Path) -> None:
    bare = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
    rules = ["id-non-empty", "object-const", "empty-choices-not-first", "no-keepalive-chunks"]
    patch = {"rules": rules, "except": {"required": ["kettle"]}, "source": "-", "note": "-"}
    plan = patched(tmp_path, patch)
    for rule in rules[:3]:
        assert found(plan, rule, {**bare, "kettle": 1}, delta(content="tea")) == []
        assert len(found(plan, rule, bare, delta(content="tea"))) == 1
    stream = StreamValidator(plan=plan)
    for payload in ({**bare, "kettle": 1}, delta(content="tea")):
        stream.feed(b"data: " + json.dumps(payload).encode() + b"\n\n")
    assert set(rules[:3]) <= set(stream.close().streams[0].exercised)
    blanks = [delta(content="") for _ in range(4)]  # the rule's own condition still holds
    assert len(found(plan, "no-keepalive-chunks", *blanks)) == 1
    assert found(plan, "no-keepalive-chunks", *[{**one, "kettle": 1} for one in blanks]) == []
    assert found(plan, "no-keepalive-chunks", *[delta(content="tea") for _ in range(4)]) == []


# --- severities of a patch -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "after_error"), [("warning", "info"), ("info", "info"), ("error", "error")])
def test_a_milder_severity_keeps_what_is_judged_more_mildly_still(
    tmp_path: Path, severity: str, after_error: str
) -> None:
    plan = patched(tmp_path, {"rules": ["done-present"], "severity": severity, "source": "-", "note": "-"})
    failed = {"error": {"message": "no power", "type": "server_error", "param": None, "code": None}}
    finished = {**CHUNK, "choices": [{"index": 0, "delta": {"content": "tea"}, "finish_reason": "stop"}]}
    assert [one.severity for one in found(plan, "done-present", finished)] == [severity]
    assert [one.severity for one in found(plan, "done-present", finished, failed)] == [after_error]
