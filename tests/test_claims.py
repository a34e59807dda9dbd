"""Which rule speaks for which constraint of the schemas: every one has an owner, and it is the one expected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urljoin

import pytest

from validator import catalogue
from validator.judge import Judge
from validator.place import Place, general
from validator.rule import Need
from validator.schema import BASE, SchemaBreach
from validator.stream import StreamValidator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.finding import Finding
    from validator.place import Path
    from validator.plan import Plan
    from validator.schema import SchemaSet

#: For each rule, the places and keywords of the constraints that it speaks for; `missing` for a required member.
#: A value after a keyword, as in `enum=null`, means that value alone.
OWNERS = {
    "chunk-required-fields": """
        $ type
        id missing type
        object missing
        created missing type
        model missing type
        choices missing
    """,
    "object-const": "object const",
    "choices-array": "choices type contains",
    "choice-required-fields": """
        choices[] type
        choices[].index missing
        choices[].delta missing
        choices[].finish_reason missing
    """,
    "choice-index-valid": "choices[].index type minimum maximum",
    "finish-reason-enum": "choices[].finish_reason enum",
    "delta-object": "choices[].delta type",
    "delta-role-enum": "choices[].delta.role enum",
    "role-not-null": """choices[].delta.role enum=null enum="" """,
    "delta-content-type": """
        choices[].delta.content type
        choices[].delta.refusal type
    """,
    "null-optional-field": """
        choices[].delta.tool_calls type=null
        choices[].delta.function_call type=null
    """,
    "tool-fragment-shape": """
        choices[].delta.tool_calls type
        choices[].delta.tool_calls[] type
        choices[].delta.tool_calls[].id type
        choices[].delta.tool_calls[].function type
        choices[].delta.tool_calls[].function.name type
        choices[].delta.tool_calls[].function.arguments type
        choices[].delta.function_call type
        choices[].delta.function_call.name type
        choices[].delta.function_call.arguments type
    """,
    "tool-index-present": "choices[].delta.tool_calls[].index missing type minimum",
    "tool-type-enum": "choices[].delta.tool_calls[].type enum",
    "logprobs-shape": """
        choices[].logprobs type
        choices[].logprobs.content missing type
        choices[].logprobs.refusal missing type
    """,
    "service-tier-enum": "service_tier enum",
    "system-fingerprint-type": "system_fingerprint type",
    "obfuscation-type": "obfuscation type",
}

#: Where one rule speaks for all at a place and below it, whatever is to come there; but for one keyword.
SUBTREES = {
    "choices[].logprobs.content[]": {"": "token-logprob-shape"},
    "choices[].logprobs.refusal[]": {"": "token-logprob-shape"},
    "moderation": {"": "moderation-shape"},
    "error": {"": "error-shape"},
    "usage": {"": "usage-shape", "minimum": "usage-non-negative"},
}

#: Keywords that constrain a value, beside `required`, whose constraints belong to the members.
KEYWORDS = {"type", "enum", "const", "minimum", "maximum", "not", "contains"}
#: Keywords that need no owner: annotations, and those that `constraints` follows.
OTHERS = {"$schema", "$id", "title", "description", "$ref", "properties", "required", "items", "additionalProperties"}
OTHERS |= {"allOf", "if", "then"}

ANY = object()
VALUES = {"": ANY, "null": None, '""': ""}

Constraint = tuple[str, str]  # place, keyword


def whole_plan(protocol: str, **options: Any) -> Plan:
    profile = catalogue.protocol(protocol).default_profile
    plan, _ = Judge(profile, **options).plans(profile, frozenset(get_args(Need)))
    return plan


def constraints(schemas: SchemaSet, uri: str, schema: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the path (positions 0, members of any name "x") and keyword of every constraint, in place or below."""
    assert set(schema) <= KEYWORDS | OTHERS, "a keyword that this test does not know"
    yield from ((path, keyword) for keyword in schema if keyword in KEYWORDS)
    yield from (((*path, name), "missing") for name in schema.get("required", ()))
    below = [((*path, name), part) for name, part in schema.get("properties", {}).items()]
    below += [((*path, 0), schema[word]) for word in ("items",) if word in schema]
    below += [((*path, "x"), schema[word]) for word in ("additionalProperties",) if word in schema]
    below += [(path, part) for part in (*schema.get("allOf", ()), *(schema[w] for w in ("then",) if w in schema))]
    for where, part in below:
        yield from constraints(schemas, uri, part, where)
    if "$ref" in schema:
        target = urljoin(uri, schema["$ref"])
        yield from constraints(schemas, target, schemas.document(target), path)


def all_constraints(plan: Plan) -> dict[Constraint, Path]:
    found: dict[Constraint, Path] = {}
    for kind in plan.protocol.kinds:
        uri = BASE + kind.schema
        for path, keyword in constraints(plan.schemas, uri, plan.schemas.document(uri)):
            found[str(Place("json", general(path))), keyword] = path
    return found


def owner(plan: Plan, path: Path, keyword: str, value: object = ANY) -> str | None:
    missing = keyword == "missing"
    breach = SchemaBreach(path, "required" if missing else keyword, None, None if missing else value, "", missing)
    bound = plan.claims.owner(breach)
    return bound.rule.id if bound else None


def stated() -> dict[tuple[str, str, str], str]:
    """Return the literal table: place, keyword and value (or nothing) to rule."""
    table = {}
    for rule, text in OWNERS.items():
        for line in text.strip().splitlines():
            place, *keywords = line.split()
            for keyword in keywords:
                name, _, value = keyword.partition("=")
                table[place, name, value] = rule
    return table


def expected(place: str, keyword: str) -> str | None:
    literal = stated().get((place, keyword, ""))
    if literal is not None:
        return literal
    for root, rules in SUBTREES.items():
        if place == root or place.startswith((root + ".", root + "[]")):
            return rules.get(keyword, rules[""])
    return None


PLAN = whole_plan("chat.completions")
CONSTRAINTS = all_constraints(PLAN)


@pytest.mark.parametrize(("place", "keyword"), CONSTRAINTS, ids=" ".join)
def test_each_constraint_falls_to_the_rule_expected(place: str, keyword: str) -> None:
    assert owner(PLAN, CONSTRAINTS[place, keyword], keyword) == expected(place, keyword)


@pytest.mark.parametrize(("place", "keyword", "value"), [entry for entry in stated() if entry[2]])
def test_a_rule_can_claim_one_value(place: str, keyword: str, value: str) -> None:
    path = CONSTRAINTS[place, keyword]
    assert owner(PLAN, path, keyword, VALUES[value]) == stated()[place, keyword, value]


def test_the_table_names_no_constraint_that_is_not_there() -> None:
    assert {(place, keyword) for place, keyword, _ in stated()} <= set(CONSTRAINTS)
    assert all(any(place.startswith(root) for place, _ in CONSTRAINTS) for root in SUBTREES)


@pytest.mark.parametrize("protocol", sorted(catalogue.protocol_folders()))
def test_no_constraint_is_without_an_owner(protocol: str) -> None:
    plan = whole_plan(protocol)
    orphans = [key for key, path in all_constraints(plan).items() if owner(plan, path, key[1]) is None]
    assert orphans == []


# --- what claims do to findings --------------------------------------------------------------------------------


def chunk(**members: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"role": "assistant", "content": "Tea"}, "finish_reason": None}
    whole = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1785590400, "model": "m-1"}
    return {**whole, "choices": [choice], **members}


def found(*payloads: dict[str, Any], **options: Any) -> list[Finding]:
    stream = b"".join(b"data: " + json.dumps(payload).encode() + b"\n\n" for payload in payloads)
    return [one for one in run(stream, **options) if one.layer == "chunk"]


def run(stream: bytes, **options: Any) -> list[Finding]:
    checked = StreamValidator(plan=whole_plan("chat.completions", **options))
    checked.feed(stream)
    return list(checked.close().findings)


def test_a_rule_that_is_off_keeps_what_it_claims() -> None:
    broken = chunk(choices=[{"index": 0, "delta": None, "finish_reason": None}])
    assert [one.rule for one in found(broken)] == ["delta-object"]
    assert found(broken, severities={"delta-object": "off"}) == []
    assert found(broken, ignore=["delta-object"]) == []


def test_different_wrong_values_are_different_defects_and_the_same_one_is_counted() -> None:
    values = ["", "", "eos", None, "eos", ""]
    payloads = [chunk(choices=[{"index": 0, "delta": {}, "finish_reason": value}]) for value in values]
    told = [(one.rule, one.got, one.count) for one in found(*payloads)]
    assert told == [("finish-reason-enum", '""', 3), ("finish-reason-enum", '"eos"', 2)]


def test_a_breach_in_a_choice_says_which() -> None:
    choices = [{"index": 0, "delta": {}, "finish_reason": None}, {"index": 3, "delta": {"content": 1}}]
    told = {one.rule: dict(one.scope) for one in found(chunk(choices=choices))}
    assert told["delta-content-type"] == {"choice": 3, "tool_call": None}
    assert told["choice-required-fields"] == {"choice": 3, "tool_call": None}


def test_every_rule_tells_a_bounded_number_of_defects() -> None:
    payloads = [chunk(**{f"x{number}": 1}) for number in range(300)]
    told = [one for one in found(*payloads) if one.rule == "unknown-chunk-field"]
    assert len(told) == 100
    assert sum(one.count for one in told) == 300


AWKWARD: list[Any] = [None, True, 0, -1, 1e300, 2**70, "", "x", [], [None], {}, {"index": {}}, [[[]]]]
NAMED = sorted({place for place, _ in CONSTRAINTS if place != "$" and "x" not in Place.parse(place).steps})


@pytest.mark.parametrize("place", NAMED)
def test_any_value_at_any_place_is_judged_without_a_crash(place: str) -> None:
    checked = StreamValidator(plan=PLAN)
    for value in AWKWARD:
        payload = chunk(usage={}, moderation={"input": {}}, error=None)
        payload["choices"][0].update(logprobs={"content": [{}], "refusal": [{}]})
        payload["choices"][0]["delta"]["tool_calls"] = [{"index": 0, "function": {}}]
        _put(payload, Place.parse(place).steps, value)
        checked.feed(b"data: " + json.dumps(payload).encode() + b"\n\n")
    assert checked.close().streams[0].stats["chunks"] == len(AWKWARD)


def _put(payload: Any, steps: tuple[str, ...], value: object) -> None:
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        key: Any = 0 if step == "[]" else step
        if following is None:
            if isinstance(payload, dict):
                payload[key] = value
            else:
                payload[:] = [value]
            return
        if isinstance(payload, list):
            if not payload:
                payload.append([] if following == "[]" else {})
        elif not isinstance(payload.get(key), dict | list):
            payload[key] = [] if following == "[]" else {}
        payload = payload[key]
