"""YAML becomes the values that PyYAML's safe loader makes of it, but for what we refuse or read as plain words."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from validator import yamlvalue

ROOT = Path(__file__).parents[1]


class _Reference(yaml.CSafeLoader):
    """PyYAML's loader, but for what is a number, a boolean, a date, a merge to it alone."""


_Reference.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0].endswith(":null")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Reference.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
for tag, pattern in yamlvalue.NUMBERS.items():
    _Reference.add_implicit_resolver(tag, re.compile(f"^(?:{pattern.pattern})$"), list("-+.0123456789"))

#: Scalars that look like something, containers, quotes, anchors, tags.
_PIECES = ["a", "b: 1", "- x", "{", "}", "[", "]", ",", ":", "? ", "- ", "\n", "\n  ", "&a ", "*a", "!!str ",
           "!!int ", "! ", "'q'", '"\\u00e9"', "|\n  x\n", "~", "null", "1", "-0", "0x1F", "010", "1_0", "1:30",
           ".5", "1.e+3", ".inf", "+.5", "2020-01-01", "# c\n", "---", "...", "<<", "=", "no", "true"]  # fmt: skip


def _by_pyyaml(text: str) -> Any:
    try:
        return yaml.load(text, _Reference)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, IndexError):  # the last is a bug of it
        return "refused"


def _by_us(text: str) -> Any:
    try:
        return yamlvalue.load(text)
    except yaml.YAMLError:
        return "refused"


@pytest.mark.parametrize("file", sorted((ROOT / "validator").rglob("*.yaml")), ids=lambda file: file.stem)
def test_our_own_files_are_read_as_pyyaml_reads_them(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert yamlvalue.load(text) == _by_pyyaml(text)


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_texts_of_all_sorts_are_read_as_pyyaml_reads_them(text: str) -> None:
    ours, theirs = _by_us(text), _by_pyyaml(text)
    if "&a" in text:  # an anchor may come again, and nothing may hold itself: both otherwise with PyYAML
        return
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("--- # nothing", None),
        ("[true, false, yes, no, on, off]", [True, False, "yes", "no", "on", "off"]),
        ("on: 2020-01-01", {"on": "2020-01-01"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("[~, null, Null, '', 1, 2.5, .inf, '1', !!str 1]", [None, None, None, "", 1, 2.5, float("inf"), "1", "1"]),
        ("a: !!binary aGVsbG8=", {"a": b"hello"}),
        ("[&a {b: 1}, *a, *a]", [{"b": 1}, {"b": 1}, {"b": 1}]),
        ("{a: 1, a: 2}", {"a": 2}),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert yamlvalue.load(text) == value


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("a: 1\n---\nb: 1", "another", 2),
        ("\na: *b", "stands for nothing", 2),
        ("a: &a [*a]", "stands for nothing", 1),
        ("a:\n  ? [b]\n  : 1", "unhashable", 2),
        ("a: !!python/object/apply:os.system [true]", "constructor for the tag", 1),
        ("a: !!python/name:os.system x", "constructor for the tag", 1),
        ("a: !!int ", "no value of the tag", 1),
        ("a:\n  !!timestamp soon", "no value of the tag", 2),
        ("- !!bool perhaps", "no value of the tag", 1),
        ("- " + "9" * 5000, "no value of the tag", 1),
        ("a: [b: c: d]", "did not find expected", 1),
    ],
)
def test_what_is_refused(text: str, problem: str, line: int) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        yamlvalue.load(text)
    assert problem in str(refused.value.problem)
    assert refused.value.problem_mark is not None
    assert refused.value.problem_mark.line + 1 == line


def test_a_key_that_comes_twice_is_refused_if_asked() -> None:
    with pytest.raises(yaml.MarkedYAMLError, match="'a' comes twice"):
        yamlvalue.load("{a: 1, b: 2, a: 3}", unique=True)
    assert yamlvalue.load("{a: {a: 1}, b: {a: 1}}", unique=True) == {"a": {"a": 1}, "b": {"a": 1}}


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_refused_at_once(opening: str, closing: str, depth: int) -> None:
    start = time.process_time()
    with pytest.raises(yaml.YAMLError):
        yamlvalue.load(opening * depth + "x" + closing * depth)
    assert time.process_time() - start < 5


def test_aliases_of_aliases_do_not_grow() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(12)]
    with pytest.raises(yaml.MarkedYAMLError, match="too large"):
        yamlvalue.load("\n".join(lines))
    chain = [f"a{n + 1}: &a{n + 1} [*a{n}]" for n in range(2 * yamlvalue.DEEPEST)]
    with pytest.raises(yaml.MarkedYAMLError, match="too large"):
        yamlvalue.load("\n".join(["a0: &a0 x", *chain]))
