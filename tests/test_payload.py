"""Strict decoding of one payload, against Python's own json as the oracle."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from validator import payload
from validator.jsontext import MAX_DIGITS, Issue
from validator.payload import DEEPEST, Json, Malformed, decode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.text('ab":\\/é€😀\n\x7f', max_size=6)
NUMBERS = (
    st.integers()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**18, 10**400])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXT, v, max_size=4),
    max_leaves=12,
)
LAYOUTS = st.fixed_dictionaries({
    "indent": st.sampled_from([None, 0, 2, "\t"]),
    "separators": st.sampled_from([None, (",", ":"), (" , ", " : ")]),
    "ensure_ascii": st.booleans(),
})  # fmt: skip

# Texts that are JSON to Python but often not clean, and pieces that break a text when put into it.
KEYS = st.sampled_from(['"a"', '"b"', r'"\u0061"', '":"', r'"\u003a"', r'"\ud83d"', '""'])
LEAVES = st.sampled_from([
    "1", "-0", "-0.0", "0.10", "1e5", "1E+400", "-1e999", "NaN", "Infinity", "-Infinity", "true", "null", "{}", "[]",
    "1234567890123456789", "18446744073709551615", "18446744073709551616", "-99999999999999999999", "1" * 400,
    '":"', '"{[é😀"', r'"\u003a"', r'"\u003A"', r'"\\u003a\/\""', r'"\ud83d\ude00"', r'"\ude00\ud83d"',
])  # fmt: skip
UNCLEAN = st.recursive(
    LEAVES,
    lambda v: (
        st.lists(v, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(KEYS, v).map(":".join), max_size=4).map(lambda members: "{" + ",".join(members) + "}")
    ),
    max_leaves=10,
)
PIECES = st.sampled_from([
    *"{}[]:,\"'\\/-+.0eE", *" \t\r\n\f\x00\x1f\x7f\x85\u00a0\ufeff\u00e9",
    "", "01", "1.", ".5", "True", "//", "/**/", r"\x", r"\u12", r"\ud83d", ",}", ",]", '"a":', '"a"',
]).map(str.encode) | st.sampled_from([
    b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80",
])  # fmt: skip


def from_python(text: str) -> tuple[object, Counter[str]] | None:
    """Decode with Python's json and count what Json.issues must tell; None if it is not JSON to Python."""
    seen: Counter[str] = Counter()

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        seen["duplicate-key"] += len(items) - len(dict(items))
        return dict(items)

    def number(literal: str) -> float:
        seen["non-finite"] += not math.isfinite(float(literal))
        return float(literal)

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=number, parse_float=number)
    except ValueError:
        return None
    if not seen["duplicate-key"]:  # else what was dropped is not there to be counted
        seen["lone-surrogate"] = sum("\ud800" <= c <= "\udfff" for c in json.dumps(value, ensure_ascii=False))
    return value, +seen


def assert_agrees_with_python(data: bytes) -> None:
    """Hold decode to Python's json. They differ in nothing but that UTF-8 is the only encoding here."""
    got = decode(data)
    try:
        expected = from_python(data.decode())
    except UnicodeDecodeError as error:
        expected_error = ("not valid UTF-8", error.start)
        assert isinstance(got, Malformed)
        assert (got.reason, got.offset) == expected_error
        return
    if expected is None:
        assert isinstance(got, Malformed)
        assert 0 <= got.offset <= len(data)
        return
    assert isinstance(got, Json)
    assert repr(got.value) == repr(expected[0])
    kinds = Counter[str](issue.kind for issue in got.issues)
    if expected[1]["duplicate-key"]:
        del kinds["lone-surrogate"]
    assert kinds == expected[1]


@given(VALUES, LAYOUTS)
def test_what_was_written_as_json_decodes_to_the_same_without_issues(value: object, layout: dict[str, Any]) -> None:
    got = decode(json.dumps(value, **layout).encode())
    assert isinstance(got, Json)
    assert repr(got) == repr(Json(value))


@given(UNCLEAN)
@example('{"a":1,"a":"\\u003a"}')
@example('{"a":1,"a":"\\u003A"}')
def test_unclean_json_decodes_as_in_python_and_every_issue_is_told(text: str) -> None:
    assert_agrees_with_python(text.encode())


@given(st.builds(json.dumps, VALUES) | UNCLEAN, st.data())
def test_a_broken_text_is_json_exactly_when_it_is_to_python(text: str, draw: st.DataObject) -> None:
    data = text.encode()
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, len(data)))
        end = draw.draw(st.integers(start, min(len(data), start + 3)))
        data = data[:start] + draw.draw(PIECES) + data[end:]
    assert_agrees_with_python(data)


@given(st.binary(max_size=40) | st.lists(PIECES).map(b"".join))
def test_random_bytes_never_raise(data: bytes) -> None:
    assert_agrees_with_python(data)


@pytest.mark.parametrize("space", ["", " "], ids=["compact", "spaced"])
@pytest.mark.parametrize(
    "integer",
    [2**53 + 1, 10**18 - 1, 10**18, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**309],
)
def test_integers_are_exact_at_any_size(integer: int, space: str) -> None:
    for text in (f"{space}{integer}", f'{{"a":{space}{integer}}}', f"[0,{space}{integer}{space}]"):
        got = decode(text.encode())
        assert isinstance(got, Json)
        assert repr(got) == repr(Json(json.loads(text)))


def test_an_integer_longer_than_python_reads_is_an_infinity_with_an_issue() -> None:
    longest = b"-" + b"9" * MAX_DIGITS
    assert decode(longest) == Json(1 - 10**MAX_DIGITS)
    longer = longest + b"9"
    issue = Issue("non-finite", 1, len(longer), (0,), longer.decode())
    assert decode(b"[" + longer + b"]") == Json([-math.inf], (issue,))


def test_a_lower_limit_of_the_interpreter_does_not_raise() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        got = decode(b"9" * 641)
    finally:
        sys.set_int_max_str_digits(before)
    assert got == Json(math.inf, (Issue("non-finite", 0, 641, (), "9" * 641),))


@pytest.mark.parametrize(
    ("data", "value", "issues"),
    [
        (b'{"a":1,"a":2}', {"a": 2}, [Issue("duplicate-key", 7, 3, ("a",), "a")]),
        (b'{"a": 1, "a": 2}', {"a": 2}, [Issue("duplicate-key", 9, 3, ("a",), "a")]),
        (b'{"a":1,"a":1}', {"a": 1}, [Issue("duplicate-key", 7, 3, ("a",), "a")]),
        (b'{"a":"::","a":"x"}', {"a": "x"}, [Issue("duplicate-key", 10, 3, ("a",), "a")]),
        (rb'{"a":1,"a":"\u003a"}', {"a": ":"}, [Issue("duplicate-key", 7, 3, ("a",), "a")]),
        (rb'{"a":1,"a":"\u003A"}', {"a": ":"}, [Issue("duplicate-key", 7, 3, ("a",), "a")]),
        (rb'{"\u003a":1,":":2}', {":": 2}, [Issue("duplicate-key", 12, 3, (":",), ":")]),
        (b"[Infinity]", [math.inf], [Issue("non-finite", 1, 8, (0,), "Infinity")]),
        (b"[1e400]", [math.inf], [Issue("non-finite", 1, 5, (0,), "1e400")]),
        (b"[ -1E400]", [-math.inf], [Issue("non-finite", 2, 6, (0,), "-1E400")]),
        (b"9" * 310 + b".0", math.inf, [Issue("non-finite", 0, 312, (), "9" * 310 + ".0")]),
        (rb'{"a":"\ud83d"}', {"a": "\ud83d"}, [Issue("lone-surrogate", 6, 6, ("a",), r"\ud83d")]),
        (rb'"\ude00\ud83d"', "\ude00\ud83d", [
            Issue("lone-surrogate", 1, 6, (), r"\ude00"),
            Issue("lone-surrogate", 7, 6, (), r"\ud83d"),
        ]),
    ],
)  # fmt: skip
def test_what_decoders_disagree_on_is_decoded_and_told(data: bytes, value: object, issues: list[Issue]) -> None:
    assert decode(data) == Json(value, tuple(issues))


def test_nan_is_decoded_and_told() -> None:
    got = decode(b'{"logprob":NaN,"text":"NaN"}')
    assert repr(got) == repr(Json({"logprob": math.nan, "text": "NaN"}, got.issues))
    assert got.issues == (Issue("non-finite", 11, 3, ("logprob",), "NaN"),)


@pytest.mark.parametrize(
    ("start", "inner", "end", "step"),
    [("[", "", "]", 0), ("[", "0", "]", 0), ('{"é":', '"[{"', "}", "é"), ('["[", ', "1", "]", 1)],
)
@pytest.mark.parametrize("depth", [1, 64, 65, 66, 255, 319, 320, 321, 322, 512, 2_000, 100_000])
def test_nesting_is_told_beyond_64_brackets_and_refused_beyond_320(
    start: str, inner: str, end: str, step: str | int, depth: int
) -> None:
    data = (start * depth + inner + end * depth).encode()
    each = len(start.encode())
    issues = (Issue("depth", 64 * each, 1, (step,) * 64, str(depth)),) if depth > 64 else ()
    if depth <= 320:
        assert decode(data) == Json(json.loads(data), issues)
    else:
        assert decode(data) == Malformed("nested deeper than 320 brackets", 320 * each, issues)


def test_a_limit_of_the_caller_holds_up_to_what_is_decoded_at_all() -> None:
    assert decode(b"[[1]]", max_depth=2) == Json([[1]])
    assert decode(b"[[[]]]", max_depth=2) == Json([[[]]], (Issue("depth", 2, 1, (0, 0), "3"),))
    assert decode(b"[]", max_depth=0) == Json([], (Issue("depth", 0, 1, (), "1"),))
    assert decode(b'"[["', max_depth=0) == Json("[[")
    assert isinstance(decode(b"[" * DEEPEST + b"]" * DEEPEST, max_depth=10**6), Json)
    beyond = DEEPEST + 1
    refused = decode(b"[" * beyond + b"]" * beyond, max_depth=10**6)
    assert isinstance(refused, Malformed)
    assert [(issue.kind, issue.offset) for issue in refused.issues] == [("depth", DEEPEST)]


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (b"", 0, "empty"),
        (b" \n", 2, "empty"),
        (b"\xef\xbb\xbf{}", 0, "a byte order mark before the JSON value"),
        (b"[DONE]", 1, "expected a value or ']' after '['"),
        (b"'a'", 0, "expected a JSON value"),
        (b"// a\n1", 0, "expected a JSON value"),
        (b"\x0c1", 0, "expected a JSON value"),
        (b"<html>", 0, "expected a JSON value"),
        (b"True", 0, "expected a JSON value"),
        (b"}", 0, "expected a JSON value"),
        (b"{}{}", 2, "extra text after the JSON value"),
        (b'{} "a"', 3, "extra text after the JSON value"),
        (b"1 [DONE", 2, "extra text after the JSON value"),
        (b"1\x00", 1, "extra text after the JSON value"),
        (b"{", 1, "the text ends inside an object"),
        (b'{"a" ', 5, "the text ends inside an object"),
        (b'{"a":', 5, "the text ends inside an object"),
        (b'{"a":1', 6, "the text ends inside an object"),
        (b'{"a":1,', 7, "the text ends inside an object"),
        (b"[", 1, "the text ends inside an array"),
        (b"[1", 2, "the text ends inside an array"),
        (b"[1,", 3, "the text ends inside an array"),
        (b'{"a', 3, "the text ends inside a string"),
        (b'"a\\', 3, "the text ends inside a string"),
        (b'"a\\u00e', 7, "the text ends inside a string"),
        (b"[tru", 4, "the text ends inside a value"),
        (b"[1.", 3, "the text ends inside a value"),
        (b"-", 1, "the text ends inside a value"),
        (b"1e+", 3, "the text ends inside a value"),
        (b"-Inf", 4, "the text ends inside a value"),
        (b"{a:1}", 1, "expected a key in double quotes or '}' after '{'"),
        (b"{,}", 1, "expected a key in double quotes or '}' after '{'"),
        (b"{'a':1}", 1, "expected a key in double quotes or '}' after '{'"),
        (b'{"a":1,}', 7, "expected a key in double quotes after ','"),
        (b'{"a":1,2:3}', 7, "expected a key in double quotes after ','"),
        (b'{"a" 1}', 5, "expected ':' after a key"),
        (b'{"a"}', 4, "expected ':' after a key"),
        (b'{"a":}', 5, "expected a value after ':'"),
        (b'{"a":nul}', 5, "expected a value after ':'"),
        (b'{"a":1 "b":2}', 7, "expected ',' or '}' after a value"),
        (b'{"a":1]', 6, "expected ',' or '}' after a value"),
        (b'{"a":1:2}', 6, "expected ',' or '}' after a value"),
        (b'{"a":"say "hi""}', 11, "expected ',' or '}' after a value"),
        (b"[1 2]", 3, "expected ',' or ']' after a value"),
        (b"[1}", 2, "expected ',' or ']' after a value"),
        (b"[1,]", 3, "expected a value after ','"),
        (b"[1,,2]", 3, "expected a value after ','"),
        (b"[,1]", 1, "expected a value or ']' after '['"),
        (b"[\xc2\xa01]", 1, "expected a value or ']' after '['"),
        (b"[01]", 1, "not a number as JSON writes it"),
        (b"[1.]", 1, "not a number as JSON writes it"),
        (b"[+1]", 1, "not a number as JSON writes it"),
        (b"[.5]", 1, "not a number as JSON writes it"),
        (b"[-NaN]", 1, "not a number as JSON writes it"),
        (b"[0x1F]", 1, "not a number as JSON writes it"),
        (b"01", 0, "not a number as JSON writes it"),
        (b'["\xc3\xa9\t"]', 4, "a control character that is not escaped in a string"),
        (b'["a\nb"]', 3, "a control character that is not escaped in a string"),
        (b'["\\x"]', 2, "an escape that JSON does not have"),
        (b'["\\u00g0"]', 2, "an escape that JSON does not have"),
        (b'["a\xffb"]', 3, "not valid UTF-8"),
        (b'["\xe2\x82"]', 2, "not valid UTF-8"),
        (b'["\xed\xa0\x80"]', 2, "not valid UTF-8"),
        (b"oops \xff", 5, "not valid UTF-8"),
        (b"{}\xff", 2, "not valid UTF-8"),
    ],
)
def test_what_is_not_json_is_told_in_words_and_at_its_byte(data: bytes, offset: int, reason: str) -> None:
    assert decode(data) == Malformed(reason, offset)


def test_a_malformed_payload_has_the_issues_of_the_part_before() -> None:
    got = decode(b'{"a":NaN,"a":\xff')
    assert got == Malformed("not valid UTF-8", 13, (
        Issue("non-finite", 5, 3, ("a",), "NaN"), Issue("duplicate-key", 9, 3, ("a",), "a"),
    ))  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b'{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":" \xf0\x9f\x98\x80"}}],"usage":null}',
        b'{"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": ": \\u00e9\\ud83d\\ude00"}}]}',
        b'{"id":"2025040112345678901234","content":"\\n\\u001f"}',
        b'{"p": [1.0, 1e5, 1E-05, -0.0, 123456789012345678]}',
        b'{"content":"' + b"{[" * 100 + b'"}',
        b"[" + b'{"a": [[]]},' * 100 + b"[]]",
        b"[" * 63 + b"[],[]" + b"]" * 63,
    ],
    ids=[
        "compact",
        "spaced and escaped",
        "long digits in a string",
        "floats",
        "brackets in a string",
        "wide",
        "64 deep",
    ],
)
def test_a_clean_payload_never_takes_the_slow_way(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(data: bytes, max_depth: int) -> Json:
        pytest.fail("the slow way was taken")

    expected = Json(json.loads(data))
    monkeypatch.setattr(payload, "_decode_slowly", slow)
    assert decode(data) == expected


def test_a_payload_of_megabytes_decodes() -> None:
    text = "é\n" * 1_000_000
    assert decode(json.dumps([text], ensure_ascii=False).encode()) == Json([text])
    got = decode(b'["' + b"\\n" * 1_000_000 + b'",NaN]')
    assert isinstance(got, Json)
    assert got.issues == (Issue("non-finite", 2_000_004, 3, (1,), "NaN"),)
