"""Keys that stand in the text of a stream reach no report, and no place moves by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import validator
from tests.command import chunkspec
from validator.cover import covered, covered_text
from validator.reporters import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-proj-abcdefghijklmnop1234567"
ERROR = 'data: {"error":{"message":"Incorrect API key provided: %s, for it is not known."}}\n\n'
VERBOSE = "> POST /v1 HTTP/1.1\n> Authorization: Basic dXNlcjpwYXNz\n< set-cookie: session=CAFE4711\n\n"


@pytest.mark.parametrize("form", FORMATS)
def test_no_report_tells_a_key_of_the_stream(form: str, tmp_path: Path) -> None:
    stream, out = tmp_path / "stream.sse", tmp_path / "report"
    stream.write_text(VERBOSE + ERROR % KEY + "\n" + f": {'x' * 5000}{KEY}\n{KEY[:-1]}8: 1\n\n")
    code, _, err = chunkspec("check", str(stream), "--format", f"{form}:{out}", "--fail-on", "info")
    assert (code, err) == (1, "")
    report = out.read_text(encoding="utf-8")
    assert not any(secret in report for secret in (KEY, KEY[:-1], "dXNlcjpwYXNz", "CAFE4711"))


def test_places_are_those_of_the_bytes() -> None:
    plain = "it" * (len(KEY) // 2) + "."
    with_key, without = (validator.check((ERROR % text).encode()).streams[0] for text in (KEY, plain))
    assert with_key.findings
    assert [one.where for one in with_key.findings if one.where.excerpt is None] == [
        one.where for one in without.findings if one.where.excerpt is None
    ]
    places = [
        [(one.rule, one.where.byte_offset, one.where.byte_length, one.where.column) for one in report.findings]
        for report in (with_key, without)
    ]
    assert places[0] == places[1]
    for one in with_key.findings:
        assert one.where.excerpt is None or KEY not in one.where.excerpt.text


@pytest.mark.parametrize(
    "text", ["bearer authentication is used", "a task-force of many-many-words", "sk-short", "> the key: value", "ö…"]
)
def test_words_are_no_keys(text: str) -> None:
    assert covered_text(text) == text


@pytest.mark.parametrize(
    "text", ["Bearer abc.def-123", KEY, f"ö {KEY}", "ghp_" + "a1" * 18, "ö sk-proj-ab…", "AKIA0123456789ABCDEF"]
)
def test_what_covers_a_key_is_as_long(text: str) -> None:
    assert covered_text(text).count("*") >= 10
    assert len(covered_text(text)) == len(text)
    assert len(covered(text.encode())) == len(text.encode())
