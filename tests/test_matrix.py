"""``chunkspec matrix``: providers by rules, as a check judges them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.folders import probed, providers
from tests.formats.streams import BAD, GOOD, HOSTILE, answer, hostile
from validator.cli import work
from validator.gather import Named, named
from validator.report import Report
from validator.schema import BASE, SchemaSet
from validator.yamlfile import ConfigError

__all__ = ["providers"]


def told(*args: object) -> tuple[int, dict[str, Any]]:
    code, out, _ = chunkspec("matrix", *map(str, args), "--format", "json")
    return code, json.loads(out)


def cells(matrix: dict[str, Any], rule: str, by: str = "own") -> list[dict[str, Any]]:
    (row,) = (one for one in matrix["rules"] if one["rule"] == rule)
    found: list[dict[str, Any]] = row["verdicts"][by]
    return found


def test_each_cell_says_what_came_of_a_rule_and_where(providers: Path) -> None:
    code, matrix = told(providers / "good", providers / "bad")
    assert code == 1
    assert [one["name"] for one in matrix["providers"]] == ["good", "bad"]
    assert [one["passing"] for one in matrix["providers"]] == [
        {"own": 1, "strict": 1, "compatible": 1}, {"own": 1, "strict": 1, "compatible": 1},
    ]  # fmt: skip
    good, bad = cells(matrix, "role-once")
    assert good == {"state": "pass", "streams": 0, "judged": 1, "example": None}
    assert (bad["state"], bad["streams"], bad["judged"]) == ("error", 1, 2)
    (finding,) = json.loads(chunkspec("check", str(BAD), "--format", "json")[1])["streams"][0]["findings"]
    assert bad["example"]["source"] == str(providers / "bad" / BAD.name)
    assert {key: finding[key] for key in bad["example"] if key != "source"} == {
        key: value for key, value in bad["example"].items() if key != "source"
    }
    assert cells(matrix, "tool-identity-not-repeated")[0]["state"] == "idle"
    assert cells(matrix, "content-type-event-stream")[0]["state"] == "unjudged"


def test_the_json_is_by_its_schema(providers: Path) -> None:
    probed(providers / "bad")
    _, matrix = told(providers / "good", providers / "bad")
    assert list(SchemaSet().at(f"{BASE}meta/matrix.json").breaches(matrix)) == []


def test_a_cell_counts_what_a_check_counts(providers: Path) -> None:
    folders = sorted(path for path in (CORPUS / "streams").iterdir() if path.name in ("ollama", "vllm", "groq"))
    _, matrix = told(*folders)
    for at, folder in enumerate(folders):
        report = json.loads(chunkspec("check", str(folder), "--format", "json")[1])
        for row in matrix["rules"]:
            found = {one["severity"] for stream in report["streams"] for one in stream["findings"]
                     if one["rule"] == row["rule"]}  # fmt: skip
            had = any(row["rule"] in stream["exercised"] for stream in report["streams"])
            state = row["verdicts"]["own"][at]["state"]
            if found:
                assert state == next(one for one in ("error", "warning", "info") if one in found)
            else:
                assert (state == "pass") == had, (folder.name, row["rule"])
        for by, name in (("strict", "openai"), ("compatible", "compatible")):
            passing = sum(stream["verdicts"][name]["ok"] for stream in report["streams"])
            assert matrix["providers"][at]["passing"][by] == passing


def test_the_strict_verdict_finds_what_the_own_profile_allows() -> None:
    _, matrix = told(CORPUS / "streams" / "ollama", "--profile", "ollama")
    (own,), (strict,) = (cells(matrix, "role-once", by) for by in ("own", "strict"))
    assert own["state"] != "error"
    assert strict["state"] == "error"
    assert strict["example"]["event"] is not None
    off = [row for row in matrix["rules"] if row["verdicts"]["own"][0]["state"] == "off"]
    for row in off:
        assert row["verdicts"]["strict"][0]["state"] != "off"


def test_markdown_tells_rules_that_fail_or_differ_and_all_if_asked(providers: Path) -> None:
    code, out, err = chunkspec("matrix", str(providers / "good"), str(providers / "bad"))
    assert (code, err) == (1, "")
    assert "| `role-once` | ✓ | E 1 |" in out
    assert "usage-total" not in out
    assert "| **order** |  |  |" in out
    assert "| `usage-total` |" in chunkspec("matrix", str(providers / "good"), str(providers / "bad"), "--all")[1]
    clean = chunkspec("matrix", str(providers / "good"))
    assert clean[0] == 0
    assert "Every rule that was judged passes at every provider." in clean[1]


def test_fail_on_and_severities_are_those_of_check(providers: Path) -> None:
    bad = str(providers / "bad")
    assert chunkspec("matrix", bad, "--fail-on", "never")[0] == 0
    assert chunkspec("matrix", bad, "--severity", "role-once=warning")[0] == 0
    assert chunkspec("matrix", bad, "--severity", "role-once=warning", "--fail-on", "warning")[0] == 1
    code, matrix = told(bad, "--ignore", "role-once")
    assert code == 0
    assert "role-once" not in {row["rule"] for row in matrix["rules"]}


def test_several_processes_make_the_same_matrix(providers: Path) -> None:
    both = providers / "good", providers / "bad"
    assert told(*both, "-j", "2") == told(*both)


def test_what_a_probe_left_is_told_scenario_by_scenario(providers: Path) -> None:
    probed(providers / "bad")
    _, matrix = told(providers / "good", providers / "bad")
    plain, tools = matrix["scenarios"]
    assert [one["state"] for one in plain["cells"]] == ["absent", "error"]
    assert [one["why"] for one in tools["cells"]] == [None, "the server cannot do it: tools"]
    assert (
        "| `plain-text` | absent | error |"
        in chunkspec("matrix", *(str(providers / one) for one in ("good", "bad")))[1]
    )


@pytest.mark.parametrize("text", ["{", "[]", '{"probe": {}}'])
def test_what_is_no_probe_s_report_is_said(providers: Path, text: str) -> None:
    (providers / "good" / "probe.json").write_text(text)
    code, out, err = chunkspec("matrix", str(providers / "good"))
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "probe.json: " in err
    assert "### Not judged" in out


def test_names_tell_folders_apart() -> None:
    assert named(["a/x", "b/x"]) == [Named("a/x", "a/x"), Named("b/x", "b/x")]
    assert named(["old=a/x", "b/x"]) == [Named("old", "a/x"), Named("x", "b/x")]
    for both in (["x=a", "x=b"], ["a", "./a"]):
        with pytest.raises(ConfigError, match=r"two folders are called '(?:x|/[^/].*a)'"):
            named(both)


def test_what_cannot_be_judged_is_said_and_the_rest_is_judged(providers: Path) -> None:
    (providers / "empty").mkdir()
    (providers / "good" / "broken.sse").write_bytes(b"PK\x03\x04\0")
    code, out, err = chunkspec("matrix", *(str(providers / one) for one in ("good", "bad", "empty", "none")))
    assert code == 2
    lines = err.splitlines()
    assert len(lines) == 3
    assert "broken.sse: is a zip archive" in lines[0]
    assert "the folder holds no capture" in lines[1]
    assert "there is no such file" in lines[2]
    assert "| `role-once` | ✓ | E 1 | · | · |" in out


def test_text_of_a_stream_is_text_in_markdown(tmp_path: Path) -> None:
    folder = tmp_path / "a`b|<i>"
    folder.mkdir()
    hostile(folder)
    (folder / "two.sse").write_bytes(answer(HOSTILE))
    _, out, _ = chunkspec("matrix", str(folder), "--all")
    assert "| ``a`b\\|<i>`` |" in out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", out)


def test_options_that_cannot_be_used_are_refused(providers: Path) -> None:
    for more, message in (
        (["--format", "sarif"], "unknown format 'sarif': known are markdown, html, json"),
        (["--profile", "nobody"], "unknown profile 'nobody'"),
        (["--output", str(providers / "good" / GOOD.name)], "never written to"),
    ):
        code, out, err = chunkspec("matrix", str(providers / "good"), *more)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert message in err


def test_what_is_interrupted_writes_no_matrix(providers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "work", lambda *_: Report((), interrupted=True))
    file = providers / "out.html"
    code, out, err = chunkspec("matrix", str(providers / "good"), "--format", f"html:{file}")
    assert (code, out, err) == (130, "", "chunkspec: interrupted: no matrix is written\n")
    assert not file.exists()


def test_what_the_readme_shows_works(providers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"^    chunkspec (matrix .+)$", readme, re.MULTILINE)
    assert shown is not None
    words = shown[1].split()
    folders = [word for word in words[1:] if "captures/" in word]
    monkeypatch.chdir(providers)
    for folder, source in zip(folders, ("good", "bad"), strict=True):
        shutil.copytree(source, folder)
    code, out, err = chunkspec(*words)
    assert (code, err) == (1, "")
    assert "role-once" in out
    assert "<h1>" in Path("matrix.html").read_text(encoding="utf-8")
