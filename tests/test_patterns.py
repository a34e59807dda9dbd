"""Regular expressions of rules take no time that matters, whoever wrote them and whatever text they meet."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.formats.streams import answer
from validator.pattern import compiled
from validator.schema import SchemaError, SchemaSet

if TYPE_CHECKING:
    from pathlib import Path

FOREVER = ["(a+)+$", "(a*)*b", "(a|a)*b", "(a|ab)*c", "(?:a?a?)*b", "(a+?)+?$", "((a)+b?)*c", r"(a)(?:b\1)*c",
           "a*a*a*a*b", "(?:.*,){20}x", "(?=(a+)+b)a", "(a{1,9}){1,9}b"]  # fmt: skip
QUICK = ["a+b", "[a-z]++", "(?:a|b)++c", "(?>a|b)+c", "(?:[^/]*+/)*+", "^x|y$", "(?:ab)+", "a{2,5}",
         r"<\|?(?:end|eot)\|?>", "(?i)error", "(a)(?(1)b|c)"]  # fmt: skip


@pytest.mark.parametrize("pattern", FOREVER)
def test_a_pattern_that_may_take_forever_is_refused(pattern: str) -> None:
    with pytest.raises(re.error, match="may take forever"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", QUICK)
def test_other_patterns_are_as_ever(pattern: str) -> None:
    assert compiled(pattern) == re.compile(pattern)


@pytest.mark.parametrize("pattern", ["(", "a**", "(" * 5000 + ")" * 5000])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        compiled(pattern)


def house(folder: Path, check: str) -> str:
    file = folder / "house.yaml"
    file.write_text(f"- id: house\n  on: choices[].delta.content\n  check: {check}\n")
    return str(file)


@pytest.mark.parametrize(
    "check",
    [
        "{free_of: {anywhere: {a thing: ['(a+)+$']}, openings: a}}",
        "{matches: {patternProperties: {'(a+)+$': {}}}}",
    ],
)
def test_a_rule_with_such_a_pattern_is_refused_in_a_line(check: str, tmp_path: Path) -> None:
    stream = str(CORPUS / "streams" / "openai" / "hello-world.sse")
    code, _, err = chunkspec("check", stream, "--no-config", "--rules", house(tmp_path, check))
    assert code == 2
    assert "forever" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(.*a){20}$"])
def test_a_pattern_of_a_schema_is_matched_in_linear_time(pattern: str, tmp_path: Path) -> None:
    file = tmp_path / "a.sse"
    file.write_bytes(answer("a" * 50_000 + "!"))
    begun = time.process_time()
    code, out, _ = chunkspec(
        "check", str(file), "--no-config", "--rules", house(tmp_path, f"{{matches: {{pattern: '{pattern}'}}}}")
    )
    assert "house" in out
    assert code == 0  # a house rule is a warning
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(a{1000}){1000}"])
def test_a_pattern_that_cannot_be_matched_so_is_refused(pattern: str) -> None:
    with pytest.raises(SchemaError):
        SchemaSet({}).compile({"pattern": pattern})
