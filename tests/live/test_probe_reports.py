"""The reports of a probe: formats, words, schema, progress, and Ctrl-C."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from typing import TYPE_CHECKING

from tests.command import chunkspec
from tests.live.defective import (
    AnyModel,
    ErrorsInStreams,
    Modest,
    NoDone,
)
from tests.live.probed import probed
from tests.live.provider import MODEL, Provider
from validator import catalogue
from validator.cli import progress
from validator.judge import Judge
from validator.live.ask import Asker, Endpoint
from validator.live.asking import Asking
from validator.live.budget import Budget
from validator.live.keep import Kept
from validator.live.probe import Probe
from validator.live.scenario import chosen, load
from validator.live.serve import serving

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from starlette.requests import Request
    from starlette.responses import Response


def test_all_formats_tell_of_scenarios_and_scores(tmp_path: Path) -> None:
    forms = ["text", "concise", "json", "jsonl", "sarif", "junit", "gitlab", "markdown", "html"]
    args = [part for form in forms for part in ("--format", f"{form}:{tmp_path / form}")]
    with serving(Modest().app()) as url:
        code, out, err = chunkspec("probe", "--base-url", f"{url}/v1", "--model", MODEL, "--no-config", *args)
    assert (code, out, err) == (0, "", "")
    told = {form: (tmp_path / form).read_text(encoding="utf-8") for form in forms}
    assert "\nplain-text " in told["text"]
    assert "not judged:\n" in told["text"]
    assert "openai: " in told["text"]
    for form in ("text", "markdown", "html", "junit", "jsonl", "json", "sarif"):
        assert "tool-auto" in told[form], form
        assert "not supported: tool calls" in told[form], form
    lines = [json.loads(line) for line in told["jsonl"].splitlines()]
    assert [line["type"] for line in lines][-2:] == ["probe", "summary"]
    assert "skipped" in told["junit"]


def test_the_text_tells_a_defect_once_and_where_else_it_is() -> None:
    with serving(NoDone().app()) as url:
        common = ["--base-url", f"{url}/v1", "--model", MODEL, "--no-config", "--only", "plain-text,emoji,tool-auto"]
        code, out, _ = chunkspec("probe", *common)
        _, verbose, _ = chunkspec("probe", *common, "-v")
    assert code == 1
    assert out.count("error done-present") == 1
    assert "told above" not in out
    assert "    also in   emoji, tool-auto\n" in out
    assert "1 error" in out
    assert "3 streams, 3 with errors" in out
    assert verbose.count("error done-present") == 3


def test_reports_and_explain_say_why_something_is_expected() -> None:
    with serving(AnyModel().app()) as url:
        _, out, _ = chunkspec(
            "probe", "--base-url", f"{url}/v1", "--model", MODEL, "--no-config", "--format", "sarif",
            "--only", "unknown-model",
        )  # fmt: skip
    (rule,) = json.loads(out)["runs"][0]["tool"]["driver"]["rules"]
    assert "A misspelt name is otherwise answered by another model" in rule["fullDescription"]["text"]
    code, told, _ = chunkspec("explain", "unknown-model-refused")
    assert code == 0
    assert "A misspelt name is otherwise answered by another model" in " ".join(told.split())
    assert chunkspec("explain", "unknown-model-refuse")[0] == 2


def test_the_report_keeps_to_its_schema() -> None:
    from validator.yamlfile import check_value

    _, report, _ = probed(ErrorsInStreams(), "--without", "tools")
    check_value(report, "report", "report")
    with serving(ErrorsInStreams().app()) as url:
        _, out, _ = chunkspec(
            "probe",
            "--base-url",
            f"{url}/v1",
            "--model",
            MODEL,
            "--no-config",
            "--format",
            "jsonl",
            "--without",
            "tools",
        )
    for line in out.splitlines():
        check_value(json.loads(line), "report-line", "line")


def test_ctrl_c_ends_with_the_report_of_what_was_judged() -> None:
    class Interrupts(Provider):
        async def answer(self, request: Request) -> Response:
            if len(self.asked) == 2:
                os.kill(os.getpid(), signal.SIGINT)
            return await super().answer(request)

    code, report, err = probed(Interrupts(), "--only", "plain-text,usage-on,usage-off,emoji")
    assert code == 130
    assert len(report["probe"]["scenarios"]) == 2
    assert "interrupted" in err


def test_a_terminal_shows_how_many_scenarios_were_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    monkeypatch.setattr(progress, "_display", progress.Line)
    monkeypatch.setenv("COLUMNS", "100")
    out = Terminal()
    with serving(Provider().app()) as url:
        told = progress.Progress(out, "scenarios")
        asker = Asker(Endpoint(f"{url}/v1/chat/completions"), Budget(100, 10_000))
        protocol = catalogue.protocol(catalogue.DEFAULT_PROTOCOL)
        asking = Asking.of(protocol)
        with Kept(None) as kept:
            probe = Probe(asker, asking, protocol, Judge(), kept, profile=None, model=MODEL, watch=told)
            asyncio.run(probe.run(chosen(load([asking.scenarios], asking), ["plain-text", "emoji"])))
    assert "0 of 2 scenarios: plain-text" in out.getvalue()
    assert "1 of 2 scenarios: emoji" in out.getvalue()
    assert "2 of 2 scenarios: emoji" in out.getvalue()
