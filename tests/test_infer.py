"""Profiles that streams show, and profiles that explain streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import validator
from tests.command import chunkspec
from tests.corpus import CORPUS, Case, cases
from validator import StreamValidator
from validator.captures import find
from validator.finding import rank
from validator.infer import infer
from validator.recognise import recognise

if TYPE_CHECKING:
    from pathlib import Path

HELLO = CORPUS / "streams" / "openai" / "hello-world.sse"


def test_a_stream_without_signs_is_judged_by_the_default() -> None:
    assert recognise(HELLO.read_bytes()) == (None, "the stream shows no sign of a provider that is known")


def test_auto_judges_as_the_profile_that_it_chose() -> None:
    (stream,) = validator.check(HELLO, profile="auto").streams
    assert stream.profile == "openai"
    assert stream.because == "the stream shows no sign of a provider that is known"
    assert stream.findings == ()
    assert stream.ending == "finished"


def test_auto_says_what_it_saw() -> None:
    text = HELLO.read_bytes().replace(b"chat.completion.chunk", b"text_completion")
    stream = StreamValidator(profile="auto")
    for place in range(len(text)):
        stream.feed(text[place : place + 1])
    (report,) = stream.close().streams
    assert report.protocol == "text.completion"
    assert report.because


BROKEN = [
    case for case in cases("rules") if case.finds and case.profile is None and case.path.name.startswith("bad-")
]


@pytest.mark.parametrize("case", BROKEN[::12], ids=lambda case: case.id)
def test_the_inferred_profile_explains_its_stream(case: Case, tmp_path: Path) -> None:
    path = case.path
    (capture,) = find(str(path))
    proposed = infer(path.read_bytes(), capture.meta, capture.source)
    file = tmp_path / "mine.yaml"
    file.write_text(proposed.to_yaml())
    before = {finding.rule: finding.severity for finding in validator.check(path, profile=proposed.base).findings}
    after = {finding.rule: finding.severity for finding in validator.check(path, profile=str(file)).findings}
    assert set(after) == set(before)
    assert all(severity != "error" for severity in after.values())
    assert all(rank(after[rule]) < rank(before[rule]) for rule in before if before[rule] != "info")


def test_infer_writes_a_profile_that_check_takes(tmp_path: Path) -> None:
    bad = tmp_path / "bad.sse"
    bad.write_bytes(HELLO.read_bytes().replace(b'{"content":"Hello"}', b'{"role":"assistant","content":"Hello"}'))
    code, out, err = chunkspec("infer", str(bad), "--name", "mine")
    assert (code, err) == (0, "")
    assert "role-once" in out
    mine = tmp_path / "mine.yaml"
    mine.write_text(out)
    assert chunkspec("check", str(bad))[0] == 1
    assert chunkspec("check", str(bad), "--profile", str(mine))[0] == 0


def test_the_base_is_a_provider_only_where_the_stream_shows_it() -> None:
    repeated = HELLO.read_bytes().replace(b'{"content":"Hello"}', b'{"role":"assistant","content":"Hello"}')
    assert infer(repeated, {}, "hello").base == "openai"
    ollama = (CORPUS / "streams" / "ollama" / "text.sse").read_bytes()
    assert infer(ollama, {}, "ollama").base == "ollama"
    assert infer(ollama.replace(b"fp_ollama", b"fp_0123456789"), {}, "ollama").base == "openai"
