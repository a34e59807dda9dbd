"""Spans and issues of JSON texts, against Python's own json as the oracle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.jsontext import Issue, NotJson, issues, number, span, string, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

Path = tuple[str | int, ...]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.text('ab":\\/é€😀\n\x7f', max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXT, v, max_size=4), max_leaves=12
)
RANDOM = st.randoms(use_true_random=False)


def write(value: object, random: Random) -> str:
    """Write a value as JSON in a layout of its own: random white space and escapes."""

    def blank() -> str:
        return "".join(random.choices(" \t\r\n", k=random.choice([0, 0, 0, 1, 2])))

    def joined(items: list[str], ends: str) -> str:
        return ends[0] + (",".join(items) or blank()) + ends[1]

    def char(c: str) -> str:
        if random.random() < 0.3:
            units = c.encode("utf-16-be", "surrogatepass")
            pairs = (units[i : i + 2].hex() for i in range(0, len(units), 2))
            return "".join("\\u" + (pair.upper() if random.random() < 0.5 else pair) for pair in pairs)
        return "\\/" if c == "/" and random.random() < 0.5 else json.dumps(c, ensure_ascii=False)[1:-1]

    def element(v: object) -> str:
        if isinstance(v, dict):
            body = joined([f"{element(key)}:{element(item)}" for key, item in v.items()], "{}")
        elif isinstance(v, list):
            body = joined([element(item) for item in v], "[]")
        elif isinstance(v, str):
            body = '"' + "".join(map(char, v)) + '"'
        else:
            body = json.dumps(v)
        return blank() + body + blank()

    return element(value)


def paths(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


@given(VALUES, RANDOM)
def test_the_span_of_every_path_holds_its_value_and_nothing_around_it(value: object, random: Random) -> None:
    data = write(value, random).encode()
    for path, expected in paths(value):
        found = span(data, path)
        assert found is not None
        there = data[found[0] : sum(found)]
        assert repr(json.loads(there)) == repr(expected)
        assert there == there.strip()


@given(VALUES, RANDOM)
def test_the_span_of_every_key_holds_the_key_that_names_the_value(value: object, random: Random) -> None:
    data = write(value, random).encode()
    for path, _ in paths(value):
        key, its_value = span(data, path, key=True), span(data, path)
        if path and isinstance(path[-1], str):
            assert key is not None
            assert its_value is not None
            assert json.loads(data[key[0] : sum(key)]) == path[-1]
            assert data[sum(key) : its_value[0]].strip() == b":"
        else:
            assert key is None


@given(VALUES, RANDOM, st.data())
def test_a_cut_text_has_the_spans_of_what_is_whole_and_none_of_what_is_not(
    value: object, random: Random, draw: st.DataObject
) -> None:
    data = write(value, random).encode()
    end = draw.draw(st.integers(0, len(data)))
    for path, here in paths(value):
        whole = span(data, path)
        assert whole is not None
        if sum(whole) <= end:
            assert span(data[:end], path) == whole
        elif isinstance(here, bool | int | float) or here is None:  # a number cut short may be one still
            assert span(data[:end], path) in (None, (whole[0], end - whole[0]))
        else:
            assert span(data[:end], path) is None


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b'{"a":1}', ["b"]),
        (b'{"a":1}', [0]),
        (b'{"a":1}', ["a", "b"]),
        (b'{"a":[]}', ["a", 0]),
        (b"[1,2]", [2]),
        (b"[1,2]", [-1]),
        (b"[1,2]", ["0"]),
        (b'[{"a":1},{"b":2}]', [0, "b"]),
        (b'{"x":{"a":1},"y":{}}', ["y", "a"]),
        (b'{"":[0]}', [0]),
        (b"", []),
        (b" ", []),
        (b"'a'", []),
        (b'{"a" 1,"b":2}', ["b"]),
        (b'{"a":"\xff","b":2}', ["b"]),
    ],
)
def test_what_is_not_there_has_no_span(data: bytes, path: list[str | int]) -> None:
    assert span(data, path) is None


@pytest.mark.parametrize(
    ("data", "path", "value", "key"),
    [
        (b'{"a":1,"a":22}', ["a"], (11, 2), (7, 3)),
        (b'{"a":{"b":1},"a":{"b":2}}', ["a", "b"], (22, 1), (18, 3)),
        (b'{"a":{"b":1},"a":{"c":2}}', ["a", "b"], None, None),
        (b'{"a":{"b":1},"a":3}', ["a", "b"], None, None),
        (b'{"a":[1,2],"a":[3]}', ["a", 1], None, None),
        (rb'{"a":1,"\u0061":2}', ["a"], (16, 1), (7, 8)),
        (b'{"a":1,"a":[', ["a"], None, (7, 3)),
        (b'{"a":1,"a"', ["a"], None, (7, 3)),
        (b'{"a":[1],"b":[2]}', ["a"], (5, 3), (1, 3)),
        (b'{"a":1} trailing', ["a"], (5, 1), (1, 3)),
    ],
)
def test_of_duplicate_keys_the_last_has_the_span(
    data: bytes, path: list[str | int], value: tuple[int, int] | None, key: tuple[int, int] | None
) -> None:
    assert span(data, path) == value
    assert span(data, path, key=True) == key


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"a":1,"b":2,"a":3}', [Issue("duplicate-key", 13, 3, ("a",), "a")]),
        ('{"a":1,"a":2,"a":3}', [Issue("duplicate-key", at, 3, ("a",), "a") for at in (7, 13)]),
        ('[{"a":1},{"a":2},{"é":{"k":1,"\\u006b":2}}]', [Issue("duplicate-key", 30, 8, (2, "é", "k"), "k")]),
        ('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}', []),
        (
            '["€",NaN,{"x":-Infinity},Infinity]',
            [
                Issue("non-finite", 7, 3, (1,), "NaN"),
                Issue("non-finite", 16, 9, (2, "x"), "-Infinity"),
                Issue("non-finite", 27, 8, (3,), "Infinity"),
            ],
        ),
        ("[1e308,1e309,-1e400,1e-400]", [
            Issue("non-finite", 7, 5, (1,), "1e309"),
            Issue("non-finite", 13, 6, (2,), "-1e400"),
        ]),
        ('["NaN","-Infinity","1e400",{"NaN":"\\"NaN"}]', []),
        ('"😀\\ud83d"', [Issue("lone-surrogate", 5, 6, (), "\\ud83d")]),
        ('"\\ud83d\\ude00"', []),
        ('"\\uDE00\\uD83D"', [
            Issue("lone-surrogate", 1, 6, (), "\\uDE00"),
            Issue("lone-surrogate", 7, 6, (), "\\uD83D"),
        ]),
        ('"\\ud83d\\ud83d\\ude00"', [Issue("lone-surrogate", 1, 6, (), "\\ud83d")]),
        ('"\\ud83dx\\ude00"', [
            Issue("lone-surrogate", 1, 6, (), "\\ud83d"),
            Issue("lone-surrogate", 8, 6, (), "\\ude00"),
        ]),
        ('"\\\\ud83d \\\\\\\\ude00"', []),
        ('"\\\\\\ud83d"', [Issue("lone-surrogate", 3, 6, (), "\\ud83d")]),
        ('{"k":{"\\ude00":1}}', [Issue("lone-surrogate", 7, 6, ("k", "\ude00"), "\\ude00")]),
        (
            '{"\\ude00":1,"\\uDE00":NaN}',
            [
                Issue("lone-surrogate", 2, 6, ("\ude00",), "\\ude00"),
                Issue("duplicate-key", 12, 8, ("\ude00",), "\ude00"),
                Issue("lone-surrogate", 13, 6, ("\ude00",), "\\uDE00"),
                Issue("non-finite", 21, 3, ("\ude00",), "NaN"),
            ],
        ),
        ('[NaN,"\\ud83d" oops, NaN', [
            Issue("non-finite", 1, 3, (0,), "NaN"),
            Issue("lone-surrogate", 6, 6, (1,), "\\ud83d"),
        ]),
    ],
)  # fmt: skip
def test_issues_are_told_with_kind_span_path_and_what_was_there(data: str, expected: list[Issue]) -> None:
    assert issues(data.encode()) == expected


def test_depth_is_told_once_at_the_first_bracket_that_goes_too_deep() -> None:
    assert issues(b'[{"a":[]}]', max_depth=3) == []
    data = b'[{"a":[]},{"b":[[[]],[[]]]},[[[]]]]'
    assert issues(data, max_depth=3) == [Issue("depth", 16, 1, (1, "b", 0), "5")]
    assert issues(b"[[[" + b'["\xc3\xa9",[', max_depth=4) == [Issue("depth", 9, 1, (0, 0, 0, 1), "5")]


def test_below_the_depth_limit_issues_go_on_and_name_the_ancestor() -> None:
    assert issues(b'[0,[1,[{"a":NaN},Infinity]]]', max_depth=2) == [
        Issue("depth", 6, 1, (1, 1), "4"),
        Issue("non-finite", 12, 3, (1, 1), "NaN"),
        Issue("non-finite", 17, 8, (1, 1), "Infinity"),
    ]


@given(st.lists(st.sampled_from(["\ud83d", "\ude00", "\udaff", "\udbff", "\udc00", "\\", "u", "é", "a"])), RANDOM)
def test_lone_surrogates_are_those_that_python_leaves_in_the_string(parts: list[str], random: Random) -> None:
    escaped = ["é" if part == "é" else json.dumps(part)[1:-1] for part in parts]
    escaped = ["\\u" + e[2:].upper() if len(e) == 6 and random.random() < 0.5 else e for e in escaped]
    data = '["é", "' + "".join(escaped) + '"]'
    lone = [c for c in json.loads(data)[1] if "\ud800" <= c <= "\udfff"]
    found = issues(data.encode())
    assert [json.loads(f'"{issue.detail}"') for issue in found] == lone
    for issue in found:
        there = data.encode()[issue.offset : issue.offset + issue.length]
        assert (issue.kind, issue.path, there.decode()) == ("lone-surrogate", (1,), issue.detail)


@given(st.binary(max_size=30) | st.text('[]{}:," \\u0dDeE.-+aN').map(str.encode))
def test_no_bytes_raise_and_issues_come_in_order(data: bytes) -> None:
    found = issues(data, max_depth=2)
    assert [issue.offset for issue in found] == sorted(issue.offset for issue in found)
    whole = span(data, [])
    assert whole is None or data[whole[0] : sum(whole)] == data[whole[0] : sum(whole)].strip(b" \t\r\n") != b""


@pytest.mark.parametrize("cut", [0, 1, 100_000])
def test_nesting_of_100_000_brackets_is_read_without_recursion(cut: int) -> None:
    deep = 100_000
    data = b"[" * deep + b"]" * (deep - cut)
    assert issues(data) == [Issue("depth", 64, 1, (0,) * 64, "100000")]
    assert span(data, (0,) * 1_000) == (None if cut == deep else (1_000, 2 * (deep - 1_000)))
    assert span(data, (0,) * (deep - 1)) == (None if cut == deep else (deep - 1, 2))
    objects = b'{"a":' * deep + b"1" + b"}" * (deep - cut)
    assert span(objects, ("a",) * deep) == (5 * deep, 1)


@pytest.mark.parametrize(
    "filling", [b"x", b"\\n", b"\xe2\x82\xac", rb"\ud83d\ude00"], ids=["plain", "escape", "multibyte", "pair"]
)
def test_a_string_of_megabytes_is_read(filling: bytes) -> None:
    data = b'["' + filling * 1_000_000 + b'",NaN]'
    assert issues(data) == [Issue("non-finite", len(data) - 4, 3, (1,), "NaN")]
    assert span(data, [0]) == (1, len(data) - 6)
    assert span(data[:-6], [0]) is None


def test_tokens_come_up_to_where_the_text_stops_being_json() -> None:
    stream = tokens(b' {"a": [true, "x"] 1')
    got = [next(stream) for _ in range(6)]
    with pytest.raises(NotJson, match="expected ',' or '}' after a value") as caught:
        next(stream)
    assert caught.value.offset == 19
    assert got == [("{", 1, 2), ("key", 2, 5), ("[", 7, 8), ("literal", 8, 12), ("string", 14, 17), ("]", 17, 18)]


def test_strings_and_numbers_decode_as_python_does() -> None:
    assert string(rb'"\u00e9\n\ud83d"', 0, 16) == "é\n\ud83d"
    assert [repr(number(n)) for n in (b"-0", b"-0.0", b"1e2", b"9" * 30)] == ["0", "-0.0", "100.0", "9" * 30]
