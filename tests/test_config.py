"""The configuration: where it is found, what it decides, what the command line decides instead, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from validator import config
from validator.config import OWN, PYPROJECT
from validator.limits import Limits
from validator.pathpattern import exactly, matches
from validator.schema import BASE, SchemaSet

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_text()
TWICE = GOOD.replace('{"content":"Hello"}', '{"role":"assistant","content":"Hello"}')


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a stream whose role stands on two deltas (an error of the layer `order`)."""
    (tmp_path / "captures" / "deep").mkdir(parents=True)
    (tmp_path / "captures" / "deep" / "twice.sse").write_text(TWICE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*args: str) -> tuple[int, dict[str, Any]]:
    code, out, err = chunkspec("check", "captures", "--format", "json", *args)
    assert err == "", err
    return code, json.loads(out)


def severities(report: dict[str, Any]) -> dict[str, str]:
    return {finding["rule"]: finding["severity"] for one in report["streams"] for finding in one["findings"]}


def test_without_one_nothing_changes() -> None:
    assert config.find() is None
    assert severities(check()[1]) == {"role-once": "error"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("chunkspec.yaml", "severity: {role-once: warning}\n"),
        ("pyproject.toml", "[tool.chunkspec.severity]\nrole-once = 'warning'\n"),
    ],
)
@pytest.mark.parametrize("below", [".", "captures/deep"])
def test_it_is_found_upwards(home: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, below: str) -> None:
    (home / name).write_text(text)
    monkeypatch.chdir(home / below)
    code, out, _ = chunkspec("check", str(home / "captures"), "--format", "json")
    assert (code, severities(json.loads(out))) == (0, {"role-once": "warning"})


def test_the_nearest_one_counts_and_a_pyproject_without_the_table_is_passed_by(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "chunkspec.yaml").write_text("fail-on: never\n")
    (home / "captures" / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.other]\nuses = 'chunkspec'\n")
    monkeypatch.chdir(home / "captures" / "deep")
    assert config.find() == config.load(Path("../../chunkspec.yaml"))
    (home / "captures" / "chunkspec.yaml").write_text("# nothing yet\n")
    found = config.find()
    assert found is not None
    assert (found.origin, found.fail_on) == (str(Path("..", "chunkspec.yaml")), None)


def test_a_pyproject_that_never_names_us_need_not_be_toml(home: Path) -> None:
    (home / "pyproject.toml").write_text("not = [toml")
    assert config.find() is None


@pytest.mark.parametrize(
    ("text", "args", "code", "found"),
    [
        ("severity: {role-once: warning}", [], 0, {"role-once": "warning"}),
        ("severity: {order: info}", [], 0, {"role-once": "info"}),
        ("severity: {role-once: off}", [], 0, {}),
        ("ignore: [order]", [], 0, {}),
        ("select: [identity, usage]", [], 0, {}),
        ("fail-on: never", [], 0, {"role-once": "error"}),
        ("{fail-on: info, severity: {order: info}}", [], 1, {"role-once": "info"}),
        ("profile: compatible", [], 1, {"role-once": "error"}),
        # what the command line says goes before
        ("fail-on: never", ["--fail-on", "error"], 1, {"role-once": "error"}),
        ("severity: {role-once: off}", ["--severity", "role-once=info"], 0, {"role-once": "info"}),
        ("severity: {role-once: off}", ["--severity", "order=warning"], 0, {"role-once": "warning"}),
        ("ignore: [order]", ["--select", "role-once"], 1, {"role-once": "error"}),
        ("ignore: [order]", ["--severity", "role-once=info"], 0, {"role-once": "info"}),
        ("ignore: [usage]", ["--ignore", "order"], 0, {}),
        ("select: [usage]", ["--select", "order"], 1, {"role-once": "error"}),
        ("severity: {role-once: info}", ["--select", "order"], 0, {"role-once": "info"}),
        ("severity: {role-once: off}", ["--no-config"], 1, {"role-once": "error"}),
    ],
)
def test_it_decides_what_the_command_line_leaves_open(
    home: Path, text: str, args: list[str], code: int, found: dict[str, str]
) -> None:
    (home / "chunkspec.yaml").write_text(text)
    given, report = check(*args)
    assert (given, severities(report)) == (code, found)


def test_profiles_go_by_path_and_the_first_that_fits_counts(home: Path) -> None:
    for name in ("a/one.sse", "a/b/two.sse", "three.sse", "a/b/four.sse"):
        (home / "captures" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "captures" / name).write_text(GOOD)
    (home / "captures" / "a" / "b" / "four.meta.json").write_text('{"profile": "groq"}')
    (home / "chunkspec.yaml").write_text(
        "profile: compatible\nprofiles:\n  captures/a/*.sse: vllm\n  captures/a: azure\n  tw*.sse: openai\n"
    )
    _, report = check()
    by = {Path(one["source"]).relative_to("captures").as_posix(): one["profile"] for one in report["streams"]}
    assert by == {
        "a/one.sse": "vllm", "a/b/two.sse": "azure", "a/b/four.sse": "groq", "three.sse": "compatible",
        "deep/twice.sse": "openai",
    }  # fmt: skip
    _, report = check("--profile", "xai")
    assert {one["profile"] for one in report["streams"]} == {"xai"}


def test_paths_are_relative_to_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "house.yaml").write_text("- {id: all-null, title: t, severity: error, on: choices, check: {never: {}}}\n")
    (home / "mine.yaml").write_text(
        "name: mine\nprotocol: chat.completions\nsummary: s\n"
        "patches:\n- {rules: [role-once], severity: off, source: s, note: n}\n"
    )
    (home / "chunkspec.yaml").write_text(
        "{rules: [house.yaml], profiles: {deep: mine.yaml}, format: 'jsonl:out.jsonl'}"
    )
    monkeypatch.chdir(home / "captures")
    found = config.find()
    assert found is not None
    assert found.formats == (f"jsonl:{Path('..', 'out.jsonl')}",)
    code, out, err = chunkspec("check", "deep/twice.sse", "--format", "json", "--rules", "../house.yaml")
    assert (code, err) == (1, "")
    assert severities(json.loads(out)) == {"all-null": "error"}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        (OWN, "\nselct: [order]", "chunkspec.yaml:2: the file: unknown key 'selct'; did you mean 'select'?"),
        (OWN, "limits: {blok: 1}", "chunkspec.yaml:1: /limits: unknown key 'blok'; did you mean 'block'?"),
        (OWN, "limits: {block: 3 MB}", "chunkspec.yaml:1: /limits/block: "),
        (OWN, "limits: {places: 0}", "chunkspec.yaml:1: /limits/places: "),
        (OWN, "fail-on: eror", "did you mean 'error'?"),
        (OWN, "ignore: [order]\nignore: [usage]", "chunkspec.yaml:2: not YAML: the key 'ignore' comes twice"),
        (OWN, "- order", "chunkspec.yaml:1: the file: expected object or null"),
        (OWN, "ignore: [ordre]", "chunkspec.yaml: unknown rule or layer 'ordre'; did you mean 'order'?"),
        (OWN, "severity: {role-onc: off}", "chunkspec.yaml: unknown rule or layer 'role-onc'; did you"),
        (OWN, "profile: opnai", "chunkspec.yaml: unknown profile 'opnai': known are"),
        (OWN, "profiles: {x: vlm}", "did you mean 'vllm'?"),
        (OWN, "profile: none.yaml", "chunkspec.yaml: profile 'none.yaml': there is no such file"),
        (OWN, "rules: [none.yaml]", "none.yaml: cannot be read"),
        (OWN, "format: jsn", "unknown format 'jsn'"),
        (OWN, "a: [", "chunkspec.yaml:2: not YAML"),
        (PYPROJECT, "[tool.chunkspec]\nselct = []", "[tool.chunkspec]: the file: unknown key 'selct'; did you"),
        (PYPROJECT, "[tool.chunkspec.limits]\nblok = 1", "[tool.chunkspec]: /limits: unknown key 'blok'; did you"),
        (PYPROJECT, "[tool.chunkspec]\nignore = 3", "pyproject.toml: [tool.chunkspec]: /ignore: expected array"),
        (PYPROJECT, "[tool.chunkspec\n", "pyproject.toml: not TOML: "),
        (PYPROJECT, "[tool]\nchunkspec = 3", "[tool.chunkspec]: the file: expected object or null, found 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_clear_line_and_exit_2(home: Path, name: str, text: str, wanted: str) -> None:
    (home / name).write_text(text)
    code, _, err = chunkspec("check", "captures")
    assert code == 2
    assert wanted in err
    assert len(err.splitlines()) == 1
    assert chunkspec("check", "captures", "--no-config")[0] == 1


def test_two_configurations_in_one_folder_are_refused(home: Path) -> None:
    (home / "chunkspec.yaml").write_text("")
    (home / "pyproject.toml").write_text("[tool.chunkspec]\n")
    code, _, err = chunkspec("check", "captures")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "keep one" in err


def test_config_names_the_file(home: Path) -> None:
    (home / "chunkspec.yaml").write_text("ignore: [order]")
    (home / "ci.toml").write_text("[tool.chunkspec]\nfail-on = 'never'\n")
    assert check("--config", "ci.toml")[0] == 0
    assert chunkspec("check", "captures", "--config", "none.yaml")[::2] == (
        2, "chunkspec: none.yaml: cannot be read: No such file or directory\n"
    )  # fmt: skip
    (home / "empty.toml").write_text("")
    assert "there is no table [tool.chunkspec]" in chunkspec("check", "captures", "--config", "empty.toml")[2]
    for order in (["--no-config", "--config", "ci.toml"], ["--config", "ci.toml", "--no-config"]):
        code, _, err = chunkspec("check", "captures", *order)
        assert (code, err) == (2, "chunkspec: --config and --no-config contradict each other\n")


def test_limits_are_settable_in_the_file_and_over_it(home: Path) -> None:
    (home / "chunkspec.yaml").write_text("limits: {block: 1 KiB, findings: 3, joined: 2MiB}")
    found = config.find()
    assert found is not None
    assert found.limits == Limits(block=1024, findings=3, joined=2 * 2**20)
    (home / "captures" / "long.sse").write_text('data: {"x": "' + "x" * 2000 + '"}\n\n')
    code, _, err = chunkspec("check", "captures/long.sse")
    assert code == 2
    assert "has no end, a blank line, within 1024 bytes" in err
    assert "--limit block=" in err
    assert chunkspec("check", "captures/long.sse", "--limit", "block=1MiB")[0] == 1
    for given, wanted in (
        ("blok=1", "unknown limit 'blok'"),
        ("block", "not NAME=SIZE"),
        ("block=1MB", "'1MB' is not"),
    ):
        code, _, err = chunkspec("check", "captures", "--limit", given)
        assert (code, wanted in err, len(err.splitlines())) == (2, True, 1)


def test_findings_and_places_are_told_up_to_their_limits(home: Path) -> None:
    chunk = 'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","x%d":1,"choices":[]}\n\n'
    (home / "captures" / "many.sse").write_text("".join(chunk % (i % 20) for i in range(60)))
    report = json.loads(chunkspec("check", "captures/many.sse", "--format", "json", "--limit", "findings=5",
                                  "--limit", "places=2", "--select", "unknown-chunk-field")[1])  # fmt: skip
    (stream,) = report["streams"]
    assert len(stream["findings"]) == 5
    assert sum(finding["count"] for finding in stream["findings"]) == 60
    assert {len(finding["places"]) for finding in stream["findings"]} == {2}


def test_joined_text_is_kept_up_to_its_limit() -> None:
    stream = str(next((CORPUS / "rules" / "tool-arguments-json").glob("bad-*.sse")))
    report = json.loads(chunkspec("check", stream, "--format", "json")[1])
    assert "tool-arguments-json" in severities(report)
    report = json.loads(chunkspec("check", stream, "--format", "json", "--limit", "joined=4")[1])
    assert "tool-arguments-json" not in severities(report)


def test_the_published_schema_describes_every_key() -> None:
    schema = SchemaSet().document(f"{BASE}meta/config.json")
    limits = schema["properties"]["limits"]["properties"]
    assert set(limits) == set(Limits.__dataclass_fields__)
    assert all("description" in one for one in [*schema["properties"].values(), *limits.values()])


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.sse", "a/b/c.sse", True),
        ("a/*.sse", "a/b/c.sse", False),
        ("a/**/*.sse", "a/b/c.sse", True),
        ("a/**/*.sse", "a/c.sse", True),
        ("a", "a/b/c.sse", True),
        ("b", "a/b/c.sse", True),
        ("./b", "a/b/c.sse", False),
        ("a/b/", "a/b/c.sse", True),
        ("a/b", "a/bc.sse", False),
        ("**", "x", True),
        ("?.har", "a/x.har#12", True),
        ("x.har#1", "x.har#12", False),
        ("x.har#12", "x.har#12", True),
        ("[ab].sse", "b.sse", True),
        ("../x/*", "../x/y.sse", True),
    ],
)
def test_patterns(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits


@pytest.mark.parametrize("path", ["a/[b]*?.sse", "x.sse", "../y.sse", "a/x.har#3"])
def test_the_exact_pattern_of_a_path_fits_it_alone(path: str) -> None:
    assert matches(exactly(path), path)
    assert not matches(exactly(path), f"z/{path}")


def test_no_pattern_is_slow() -> None:
    assert not matches("**/a/" * 30 + "b", "a/" * 200 + "c")
