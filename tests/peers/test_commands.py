"""``chunkspec record``, ``chunkspec proxy`` and openai-python with each server of others that is installed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from tests.command import chunkspec
from tests.peers.able import able, here
from tests.peers.asked import GRAVE, UNTIMED, asked
from tests.peers.defect import known
from tests.peers.peer import KEY, Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    pytest.skip("servers are ended by signals", allow_module_level=True)


def asking(one: Running) -> dict[str, Any]:
    """Return the request of the scenario usage-on, which the probe asks too."""
    messages = [{"role": "user", "content": "Name three trees."}]
    usage = {"include_usage": True}
    return {"model": one.model, "messages": messages, "stream": True, "stream_options": usage, "max_tokens": 256}


def broken(name: str, findings: list[dict[str, Any]]) -> set[str]:
    """Return the rules that errors and warnings name, but for those that depend on the time."""
    sometimes = {rule for one in known()[name].defects if one.sometimes for rule in one.rules}
    return {one["rule"] for one in findings if one["severity"] in GRAVE} - sometimes


def expected(name: str) -> set[str]:
    """Return the rules that the same request broke in the probe."""
    sources = [one for one in asked(name).report["streams"] if one["source"].endswith("usage-on.sse")]
    return broken(name, [finding for one in sources for finding in one["findings"]])


@contextmanager
def proxied(url: str, folder: Path) -> Iterator[str]:
    """Run ``chunkspec proxy`` before a server; its report stands in the folder then."""
    command = ["-m", "validator", "proxy", *UNTIMED, "--upstream", url, "-o", str(folder / "streams")]
    with (folder / "told").open("w") as err, (folder / "report.json").open("w") as out:
        process = subprocess.Popen([sys.executable, *command, "--format", "json"], stdout=out, stderr=err)
        try:
            until = time.monotonic() + 60
            while not (told := (folder / "told").read_text()).endswith("\n"):
                assert process.poll() is None, told
                assert time.monotonic() < until
                time.sleep(0.05)
            yield told.split()[1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def read(url: str, one: Running) -> str:
    """Return the text and the tool calls that openai-python reads."""
    openai = pytest.importorskip("openai", reason="openai is not installed")
    parts: list[str] = []
    with openai.OpenAI(api_key=one.key, base_url=url, max_retries=0, timeout=60) as client:
        for chunk in client.chat.completions.create(**asking(one)):
            for choice in chunk.choices:
                parts.append(choice.delta.content or "")
                parts.extend(
                    f"{call.function.name or ''}{call.function.arguments}" for call in choice.delta.tool_calls or ()
                )
    return "".join(parts)


@pytest.fixture(scope="module", params=here())
def one(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A peer that runs."""
    able(request.param)
    with running(request.param) as started:
        yield started


def test_openai_python_reads_the_same_through_the_proxy_which_finds_what_the_probe_found(
    one: Running, tmp_path: Path
) -> None:
    with proxied(one.url, tmp_path) as url:
        through = read(url, one)
    assert through == read(one.url, one)
    assert through
    report = json.loads((tmp_path / "report.json").read_text())
    findings = [finding for stream in report["streams"] for finding in stream["findings"]]
    assert broken(one.peer.name, findings) == expected(one.peer.name)
    left = "".join(path.read_text("utf-8", errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert one.model in left
    assert one.key not in left


def test_a_recorded_request_shows_what_the_probe_found(one: Running, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps(asking(one)))
    with patch.dict(os.environ, {KEY: one.key}):
        code, out, err = chunkspec(
            "record", *UNTIMED, "--base-url", one.url, "--api-key-env", KEY, str(tmp_path / "request.json"),
            "-o", str(tmp_path / "captures"), "--format", "json",
        )  # fmt: skip
    assert code in {0, 1}, err
    assert broken(one.peer.name, json.loads(out)["streams"][0]["findings"]) == expected(one.peer.name)
    assert (tmp_path / "captures" / "request.sse").is_file()
