"""probe: keys appear nowhere, and a wrong one must be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.command import chunkspec
from tests.live.defective import (
    AnyKey,
)
from tests.live.probed import found, probed, reasons
from tests.live.provider import KEY, MODEL, Payload, Provider
from validator.live.serve import serving

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from starlette.requests import Request
    from starlette.responses import Response


class Indiscreet(Provider):
    """Says the key to everybody."""

    key = KEY

    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        answer.headers["x-debug"] = request.headers.get("authorization", "none")
        return answer

    def text(self, body: Payload) -> str:
        return super().text(body) + f" By the way, your key is {KEY}."

    def pieces(self, body: Payload) -> tuple[list[str], str]:
        return [self.text(body)], "stop"


def test_a_key_appears_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    forms = ["json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html", "concise"]
    args = [part for form in forms for part in ("--format", f"{form}:{tmp_path / form}")]
    provider = Indiscreet()
    with serving(provider.app()) as url:
        code, out, err = chunkspec(
            "probe", "--base-url", f"{url}/v1", "--model", MODEL, "--api-key-env", "THE_KEY", "--no-config", "-v",
            "-o", str(tmp_path / "captures"), "--format", "text", *args,
            "--only", "plain-text,bad-key,unknown-model,twin-text",
        )  # fmt: skip
    assert code in (0, 1), err
    assert provider.asked
    written = [one.read_text(encoding="utf-8") for one in tmp_path.rglob("*") if one.is_file()]
    assert len(written) >= 16
    for text in (out, err, *written):
        assert KEY not in text
        assert KEY[:12] not in text


def test_a_wrong_key_must_be_refused_where_a_key_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    strict = Provider()
    strict.key = KEY
    code, report, _ = probed(strict, "--api-key-env", "THE_KEY", "--only", "plain-text,bad-key", "--fail-on", "info")
    assert code == 0
    assert reasons(report, "not_judged") == {}
    code, report, _ = probed(AnyKey(), "--api-key-env", "THE_KEY", "--only", "plain-text,bad-key")
    assert code == 1
    assert found(report) == {"bad-key-refused": {"bad-key"}}
