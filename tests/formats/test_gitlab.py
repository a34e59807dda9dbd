"""The GitLab report: by the published form, each issue with a fingerprint of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs

from tests.corpus import CORPUS
from tests.formats import published
from tests.formats.streams import BAD, GOOD, check, hostile

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_it_is_by_the_published_form_and_no_two_issues_are_one(tmp_path: Path) -> None:
    _, out, _ = check(*sorted((CORPUS / "rules").glob("*/bad-*.sse"))[::5], hostile(tmp_path), "--format", "gitlab")
    issues = json.loads(out)
    schema = jsonschema_rs.validator_for(published.GITLAB)
    assert [error.message for error in schema.iter_errors(issues)] == []
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) > 100


def test_nothing_found_is_an_empty_list() -> None:
    assert json.loads(check(GOOD, "--format", "gitlab")[1]) == []


def test_a_path_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.sse").write_bytes(BAD.read_bytes())
    monkeypatch.chdir(tmp_path)
    (issue,) = json.loads(check(tmp_path / "bad.sse", "--format", "gitlab")[1])
    assert issue["location"] == {"path": "bad.sse", "lines": {"begin": 3}}
    assert (issue["check_name"], issue["severity"]) == ("role-once", "major")
