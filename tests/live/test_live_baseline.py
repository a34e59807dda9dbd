"""probe, record and proxy with a baseline: what is accepted fails nothing, what is accepted in vain is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.command import chunkspec
from tests.live.defective import AnyModel
from tests.live.probed import probed
from tests.live.provider import MODEL, Payload, Provider
from validator.live.serve import serving
from validator.yamlfile import check_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


class Wrong(AnyModel):
    """Has two defects: one that its streams show, one that only asking can tell."""

    def chunks(self, body: Payload) -> Iterator[Payload]:
        for chunk in super().chunks(body):
            yield {**chunk, "object": "chunk"}


ONLY = ("--only", "plain-text,unknown-model")
TOLD = {("plain-text", "object-const"), ("unknown-model", "unknown-model-refused")}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


def again(provider: Provider, *args: str) -> tuple[int, dict[str, Any], list[str]]:
    """Probe once more with the baseline."""
    code, report, err = probed(provider, *ONLY, "--baseline", "accepted.yaml", *args)
    check_value(report, "report", "report")
    return code, report, err.splitlines()


def written(provider: Provider, *args: str) -> int:
    """Probe with the report in a file, and return the exit code."""
    with serving(provider.app()) as url:
        return chunkspec("probe", "--base-url", f"{url}/v1", "--model", MODEL, "--no-config", *ONLY, *args)[0]


def entries() -> set[tuple[str, str]]:
    """Return the answers and the rules that are accepted."""
    accepted = yaml.safe_load(Path("accepted.yaml").read_text())["accepted"]
    return {(Path(one["path"]).name.partition(".")[0], one["rule"]) for one in accepted}


def suppressed(report: dict[str, Any]) -> dict[str, str | None]:
    return {one["rule"]: one["suppressed"] for stream in report["streams"] for one in stream["findings"]}


@pytest.mark.parametrize(
    ("kept", "accepted"),
    [
        (["-o", "captures"], "captures"),
        (["-o", "captures"], "captures/probe.json"),
        (["--format", "json:report.json"], "report.json"),
    ],
)
def test_what_a_probe_found_can_be_accepted(kept: list[str], accepted: str) -> None:
    base = ["--config", "none.yaml"]
    Path("none.yaml").write_text("{}\n")
    assert (probed(Wrong(), *ONLY, *kept)[0] if kept[0] == "-o" else written(Wrong(), *kept)) == 1
    code, out, err = chunkspec("baseline", accepted, "-o", "accepted.yaml", "--reason", "PROJ-1", *base)
    assert (code, out, err) == (0, "accepted.yaml: 2 accepted anew, 0 kept, 0 taken out as no longer found\n", "")
    assert entries() == TOLD
    folder = [*kept, "--force"] if kept[0] == "-o" else []
    code, report, err_lines = again(Wrong(), *folder)
    assert (code, err_lines) == (0, [])
    assert suppressed(report) == {"object-const": "PROJ-1", "unknown-model-refused": "PROJ-1"}
    assert (report["summary"]["errors"], report["summary"]["suppressed"]) == (0, 2)
    if folder:
        assert suppressed(json.loads(Path("captures/probe.json").read_text())) == suppressed(report)
        assert chunkspec("check", "captures", "--baseline", "accepted.yaml", *base)[0] == 0
        assert chunkspec("baseline", accepted, "-o", "accepted.yaml", *base)[1].startswith(
            "accepted.yaml: 0 accepted anew, 2 kept, 0 taken out"
        )
    assert entries() == TOLD


def test_what_is_new_fails_and_what_is_mended_or_over_is_told() -> None:
    probed(AnyModel(), *ONLY, "-o", "captures")
    assert chunkspec("baseline", "captures", "-o", "accepted.yaml", "--no-config")[0] == 0
    assert entries() == {("unknown-model", "unknown-model-refused")}
    code, report, err = again(Wrong(), "-o", "captures", "--force")
    assert (code, err) == (1, [])
    assert {rule for rule, why in suppressed(report).items() if why is None} == {"object-const"}

    code, report, err = again(Provider(), "-o", "captures", "--force", "--fail-on", "warning")
    assert code == 1
    (line,) = err
    assert line.startswith("chunkspec: the baseline accepts unknown-model-refused (")
    assert [(one["state"], one["rule"]) for one in report["lapses"]] == [("stale", "unknown-model-refused")]
    assert again(Provider(), "-o", "captures", "--force", "--no-baseline")[1]["lapses"] == []
    assert chunkspec("baseline", "captures", "-o", "accepted.yaml", "--no-config")[1].endswith(
        "0 accepted anew, 0 kept, 1 taken out as no longer found\n"
    )

    probed(AnyModel(), *ONLY, "-o", "captures", "--force")
    chunkspec("baseline", "captures", "-o", "accepted.yaml", "--no-config", "--expires", "2030-01-01")
    code, report, err = again(AnyModel(), "-o", "captures", "--force", "--today", "2030-01-02")
    assert code == 1
    assert "until 2030-01-01, which is over" in err[0]
    assert suppressed(report) == {"unknown-model-refused": None}


class AnyModelWhole(AnyModel):
    """Answers what it should refuse by an answer that is not streamed."""

    def read(self, request: Request, data: bytes) -> Payload:
        body = super().read(request, data)
        return body if json.loads(data)["model"] == MODEL else {**body, "stream": False}


def test_what_is_mended_is_told_whatever_came_in_its_place() -> None:
    probed(AnyModelWhole(), *ONLY, "-o", "captures")
    chunkspec("baseline", "captures", "-o", "accepted.yaml", "--no-config")
    assert entries() == {("unknown-model", "unknown-model-refused")}
    _, report, _ = again(Provider(), "-o", "captures", "--force")
    assert [(one["state"], one["rule"]) for one in report["lapses"]] == [("stale", "unknown-model-refused")]


def test_a_configuration_names_the_baseline_of_a_probe_too() -> None:
    probed(Wrong(), *ONLY, "-o", "captures")
    Path("chunkspec.yaml").write_text("baseline: accepted.yaml\n")
    assert chunkspec("baseline", "captures")[0] == 0
    with serving(Wrong().app()) as url:
        asked = ["--base-url", f"{url}/v1", "--model", MODEL, *ONLY, "-o", "captures", "--force"]
        code, out, err = chunkspec("probe", *asked)
    assert (code, err) == (0, "")
    assert "0 errors" in out
    assert "2 suppressed" in out


def test_a_folder_that_was_moved_has_what_only_asking_told() -> None:
    probed(Wrong(), *ONLY, "-o", "captures")
    Path("captures").rename("moved")
    chunkspec("baseline", "moved", "-o", "accepted.yaml", "--no-config")
    assert entries() == TOLD
    assert "path: moved/unknown-model." in Path("accepted.yaml").read_text()


@pytest.mark.parametrize(
    "text",
    ['{"version": 1, "tool": {"name": "chunkspec"}, "streams": 3}', '{"version": 1, "tool": {"name": "chunkspec"'],
)
def test_a_damaged_report_is_refused_in_one_line(text: str) -> None:
    Path("report.json").write_text(text)
    code, out, err = chunkspec("baseline", "report.json", "-o", "accepted.yaml", "--no-config")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("chunkspec: report.json: ")
    assert not Path("accepted.yaml").exists()


def test_a_recorded_answer_is_held_to_a_baseline() -> None:
    asked = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    Path("hello.json").write_text(json.dumps(asked))
    for known, code in ((False, 1), (True, 0)):
        with serving(Wrong().app()) as url:
            args = ["--base-url", f"{url}/v1", "hello.json", "-o", "captures", "--force", "--no-config"]
            accepted = ["--baseline", "accepted.yaml"] if known else []
            assert chunkspec("record", *args, *accepted)[0] == code
        assert chunkspec("baseline", "captures", "-o", "accepted.yaml", "--no-config")[0] == 0
