"""What the README shows is so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

import validator
from tests.command import started as chunkspec
from tests.loopback import Answer, serving

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ (chunkspec .+)\n((?:.*\n)*?)```", README)


@pytest.mark.parametrize(("command", "output"), CONSOLE, ids=[command for command, _ in CONSOLE])
def test_a_shown_command_prints_what_is_shown(command: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    _, out, err = chunkspec(*shlex.split(command)[1:])
    assert (out, err) == (output, "")


def test_the_first_screen_checks_a_stream_that_is_there() -> None:
    command = re.search(r"^    (.+ check (\S+))$", README, re.MULTILINE)
    assert command is not None
    assert validator.check(ROOT / command[2]).ok


def test_links_lead_to_sections_and_files_that_are_there() -> None:
    titles = re.findall(r"^## (.+)$", README, re.MULTILINE)
    sections = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    links = re.findall(r"\]\(([^):]+)\)", README)
    assert len([link for link in links if link.startswith("#")]) > 10
    lost = [link for link in links if not (link[1:] in sections if link.startswith("#") else (ROOT / link).exists())]
    assert lost == []


def test_the_shown_reports_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"```sh\nchunkspec (check captures/ .+)\n```", README)
    assert shown is not None
    (tmp_path / "captures").mkdir()
    stream = ROOT / "corpus" / "rules" / "role-once" / "bad-role-on-every-delta.sse"
    (tmp_path / "captures" / "stream.sse").write_bytes(stream.read_bytes())
    monkeypatch.chdir(tmp_path)
    code, out, err = chunkspec(*shlex.split(shown[1]))
    assert (code, err) == (1, "")
    assert "error role-once" in out
    assert "<h1>" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '"version": "2.1.0"' in (tmp_path / "report.sarif").read_text(encoding="utf-8")


def test_the_house_rule_works(tmp_path: Path) -> None:
    rule = re.search(r"```yaml\n(- id: .+?)```", README, re.DOTALL)
    assert rule is not None
    file = tmp_path / "house.yaml"
    file.write_text(rule[1])
    assert 4 <= len(rule[1].splitlines()) <= 8
    stream = ROOT / "corpus" / "streams" / "openai" / "hello-world.sse"
    lacking = tmp_path / "lacking.sse"
    lacking.write_bytes(stream.read_bytes().replace(b'"system_fingerprint":"fp_bfa3527827",', b""))
    assert chunkspec("check", str(stream), "--rules", str(file))[0] == 0
    assert chunkspec("check", str(lacking), "--rules", str(file))[0] == 1


def test_the_shown_settings_and_baseline_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"```yaml\n(profile: .+?)```", README, re.DOTALL)
    commands = re.findall(r"^    chunkspec ((?:baseline|check) captures/ .+)$", README, re.MULTILINE)
    assert shown is not None
    assert len(commands) == 2
    rule = re.search(r"```yaml\n(- id: .+?)```", README, re.DOTALL)
    assert rule is not None
    (tmp_path / "house.yaml").write_text(rule[1])
    (tmp_path / "captures").mkdir()
    stream = (ROOT / "corpus" / "streams" / "openai" / "hello-world.sse").read_bytes()
    (tmp_path / "captures" / "cut.sse").write_bytes(stream.replace(b"data: [DONE]\n\n", b""))
    monkeypatch.chdir(tmp_path)
    assert chunkspec("check", "captures")[0] == 1
    assert [chunkspec(*shlex.split(command))[0] for command in commands] == [0, 0]
    (tmp_path / "chunkspec.yaml").write_text(shown[1])
    code, out, _ = chunkspec("check", "captures", "--format", "json")
    assert code == 0
    assert '"profile": "compatible"' in out
    assert chunkspec("check", "captures", "--no-baseline")[0] == 1


def exchange(body: bytes) -> dict[str, Any]:
    """Return an entry of a HAR."""
    return {"response": {"status": 200, "content": {"text": body.decode(), "mimeType": "text/event-stream"}}}


def shown_commands(beginning: str) -> list[list[str]]:
    """Return the commands that a section shows."""
    section = README.partition(f"\n## {beginning}\n")[2].partition("\n## ")[0]
    return [shlex.split(line) for line in re.findall(r"^    (?:.*\| )?chunkspec (.+)$", section, re.MULTILINE)]


def test_the_shown_captures_are_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = ANSWER.pieces[0]
    (tmp_path / "session.har").write_text(json.dumps({"log": {"entries": [exchange(stream)] * 3}}))
    folder = tmp_path / "cassettes" / "of_one"
    folder.mkdir(parents=True)
    response = {
        "status": {"code": 200},
        "headers": {"Content-Type": ["text/event-stream"]},
        "body": {"string": stream},
    }
    exchanges = [{"request": {"method": "POST", "uri": "https://x/"}, "response": response}]
    (folder / "test.yaml").write_text(yaml.safe_dump({"version": 1, "interactions": exchanges}))
    monkeypatch.chdir(tmp_path)
    piped, named = shown_commands("Captures")
    head = b"HTTP/2 200\r\ncontent-type: text/event-stream\r\n\r\n"
    assert "1 finished" in chunkspec(*piped, stdin=head + stream)[1]
    code, out, err = chunkspec(*named)
    assert (code, err) == (0, "")
    assert "Ended: 5 finished." in out


def test_the_shown_bug_report_shows_the_defect_and_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = (ROOT / "corpus" / "rules" / "role-once" / "bad-role-on-every-delta.sse").read_bytes()
    entries = [exchange(ANSWER.pieces[0])] * 2 + [exchange(wrong)]
    (tmp_path / "session.har").write_text(json.dumps({"log": {"entries": entries}}))
    monkeypatch.chdir(tmp_path)
    minimize, convert, check = shown_commands("In a bug report")
    assert [chunkspec(*command)[0] for command in (minimize, convert)] == [0, 0]
    report = Path("report", "small.sse").read_bytes()
    assert len(report) < len(wrong) / 2
    code, out, _ = chunkspec(*check)
    assert code == 1
    assert "1 error, 0 warnings" in out
    assert "role-once" in out
    assert "Snow" not in out + report.decode()


def test_the_shown_sidecar_is_one(tmp_path: Path) -> None:
    sidecar = re.search(r"^    (\{\"request\".+?\}\n?.+?\]\]\})$", README, re.MULTILINE | re.DOTALL)
    assert sidecar is not None
    file = tmp_path / "stream.meta.json"
    file.write_text(sidecar[1])
    stream = ROOT / "corpus" / "streams" / "openai" / "hello-world.sse"
    report = validator.check(stream, meta=file)
    assert not any("request" in reason for reason in report.streams[0].not_judged.values())


ANSWER = Answer([(ROOT / "corpus" / "streams" / "openai" / "hello-world.sse").read_bytes()])


def snippet(beginning: str) -> str:
    shown = re.search(rf"```python\n({re.escape(beginning)}.+?)```", README, re.DOTALL)
    assert shown is not None
    return shown[1]


def test_the_shown_test_passes_and_fails_by_the_stream(pytester: pytest.Pytester) -> None:
    pytest.importorskip("httpx", reason="httpx is not installed")
    server, path = "http://localhost:8000", "/v1/chat/completions"
    shown = snippet("import httpx\n")
    assert f'"{server}{path}"' in shown
    wrong = Answer([ANSWER.pieces[0].replace(b'"index":0', b'"index":"0"')])
    for answer, outcome in ((ANSWER, "passed"), (wrong, "failed")):
        with serving({path: answer}) as url:
            pytester.makepyfile(shown.replace(server, url))
            pytester.runpytest().assert_outcomes(**{outcome: 1})


def test_the_shown_transport_reports_on_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openai", reason="openai is not installed")
    with serving({"/chat/completions": ANSWER}) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        use = "list(client.chat.completions.create(model='m', messages=[], stream=True))"
        shown = snippet("from openai import")
        assert "\n...\n" in shown
        scope: dict[str, Any] = {}
        exec(shown.replace("...", use), scope)  # noqa: S102 - it is our own README
    assert [report.ending for report in scope["transport"].reports] == ["finished"]


def test_the_shown_assertion_tells_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = snippet("import validator\n").partition("\nstream = ")[0]
    monkeypatch.chdir(tmp_path)
    Path("stream.sse").write_bytes(ANSWER.pieces[0])
    exec(shown)  # noqa: S102 - as above
    Path("stream.sse").write_bytes(ANSWER.pieces[0].replace(b"data: [DONE]\n\n", b""))
    with pytest.raises(AssertionError) as told:
        exec(shown)  # noqa: S102 - as above
    assert str(told.value) + "\n" == chunkspec("check", "stream.sse")[1]
