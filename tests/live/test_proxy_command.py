"""``chunkspec proxy`` as it is used: started, asked through, ended; what it prints and how it exits."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.loopback import Answer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "win32":
    pytest.skip("it is ended by signals", allow_module_level=True)

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
ANSWERS = {
    "/v1/good": Answer([GOOD]),
    "/v1/bad": Answer([GOOD.replace(b'{"content":"Hello"}', b'{"role":"assistant","content":"Hello\\u001b[31m"}')]),
    "/v1/json": Answer([b"{}"], {"Content-Type": "application/json"}),
}
ASKED = {"model": "gpt-4o-mini", "stream": True, "stream_options": {"include_usage": True}}


class Running:
    """A proxy that runs, and in the end its exit code and what it printed."""

    def __init__(self, process: subprocess.Popen[str], stderr: Path) -> None:
        until = time.monotonic() + 60
        while not (err := stderr.read_text()).endswith("\n"):
            assert process.poll() is None, err
            assert time.monotonic() < until
            time.sleep(0.02)
        self.process, self.first = process, err.splitlines(keepends=True)[0]
        self.url = self.first.split()[1]
        self.code, self.out, self.err = -1, "", ""

    def ask(self, path: str, **more: Any) -> bytes:
        headers = {"Authorization": "Bearer sk-live-0123456789"}
        return httpx.post(f"{self.url}{path}", json=ASKED, headers=headers, **more).content


@contextmanager
def running(*args: str, sign: signal.Signals = signal.SIGTERM) -> Iterator[Running]:
    # the answers were created when they were written, and not when they are sent
    command = [sys.executable, "-m", "validator", "proxy", "--no-config", "--ignore", "created-vs-arrival", *args]
    with (
        NamedTemporaryFile() as err,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True) as process,
    ):
        try:
            proxy = Running(process, Path(err.name))
            yield proxy
            process.send_signal(sign)
            proxy.out, _ = process.communicate(timeout=60)
            proxy.err = Path(err.name).read_text().removeprefix(proxy.first)
            proxy.code = process.returncode
        finally:
            process.kill()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_good_stream_is_a_line_and_exit_code_0(sign: signal.Signals, tmp_path: Path) -> None:
    folder = str(tmp_path / "streams")
    with serving(ANSWERS) as url, running("--upstream", f"{url}/v1", "-o", folder, "-v", sign=sign) as proxy:
        assert proxy.ask("/good") == GOOD
        assert httpx.get(f"{proxy.url}/json").content == b"{}"
    assert proxy.first == (
        f"chunkspec: {proxy.url} passes requests on to {url}/v1; streams are saved in {folder}; Ctrl-C ends it\n"
    )
    first, *others = proxy.out.splitlines()
    assert first == f"{folder}/0001-gpt-4o-mini.sse: no findings; profile openai; ending: finished"
    assert others[0] == "passed: 1 stream, 0 with errors; 0 errors, 0 warnings, 0 infos."
    assert (proxy.code, proxy.err) == (0, f"chunkspec: GET {url}/v1/json: 200, no event stream\n")
    assert chunkspec("check", folder)[0] == 0


def test_findings_are_told_and_fail(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    args = ["-o", str(tmp_path / "s"), "--format", "text", "--format", f"json:{report}"]
    with serving(ANSWERS) as url, running("--upstream", f"{url}/v1", *args) as proxy:
        for path in ("/good", "/bad"):
            proxy.ask(path)
    assert proxy.code == 1
    assert re.search(r"0002-gpt-4o-mini.sse: 1 error.*ending: finished\n\n  error role-once  event 2", proxy.out)
    assert "failed: 2 streams, 1 with errors" in proxy.out
    assert "\x1b" not in proxy.out
    assert proxy.err == ""
    told = json.loads(report.read_text())
    assert told["summary"]["failed"] == 1
    assert [stream["source"] for stream in told["streams"]] == [
        str(tmp_path / "s" / f"000{number}-gpt-4o-mini.sse") for number in (1, 2)
    ]
    assert "sk-live" not in report.read_text() + proxy.out + proxy.first


@pytest.mark.parametrize(
    ("args", "code", "printed"),
    [
        (["--fail-on", "never"], 0, "passed|failed"),
        (["--format", "concise"], 1, r"0001-gpt-4o-mini.sse:3:\d+: error role-once "),
        (["--format", "jsonl"], 1, r'"rule":\s*"role-once"'),
        (["--ignore", "role-once", "--fail-on", "error"], 0, "passed"),
        (["--profile", "auto", "--format", "html"], 1, "<h1>"),
    ],
)
def test_options_hold(args: list[str], code: int, printed: str, tmp_path: Path) -> None:
    with serving(ANSWERS) as url, running("--upstream", f"{url}/v1", "-o", str(tmp_path), *args) as proxy:
        proxy.ask("/bad")
    assert (proxy.code, proxy.err) == (code, "")
    assert re.search(printed, proxy.out)


def test_what_a_baseline_accepts_fails_nothing(tmp_path: Path) -> None:
    accepted, folder = tmp_path / "accepted.yaml", tmp_path / "streams"
    known: list[str] = []
    for code in (1, 0):
        with serving(ANSWERS) as url, running("--upstream", f"{url}/v1", "-o", str(folder), *known) as proxy:
            proxy.ask("/bad")
        assert proxy.code == code
        chunkspec("baseline", str(folder), "-o", str(accepted), "--no-config")
        accepted.write_text(accepted.read_text().replace("0001-gpt-4o-mini", "*"))  # of whatever number it is
        known = ["--baseline", str(accepted)]
    assert "0002-gpt-4o-mini.sse: 1 suppressed; profile openai" in proxy.out
    assert "0 errors, 0 warnings, 0 infos; 1 suppressed" in proxy.out
    with serving(ANSWERS) as url, running("--upstream", f"{url}/v1", "-o", str(folder), *known) as proxy:
        proxy.ask("/good")
    assert (proxy.code, proxy.err) == (0, "")  # of the captures that were not judged now, nothing is said
    entry = accepted.read_text().replace("*.sse", "0004-gpt-4o-mini.sse")
    accepted.write_text(entry)
    with serving(ANSWERS) as url, running("--upstream", f"{url}/v1", "-o", str(folder), *known) as proxy:
        proxy.ask("/good")
    assert proxy.code == 0
    assert "0004-gpt-4o-mini.sse" in proxy.err
    assert "1 of its entries lapsed, see stderr" in proxy.out


def test_what_cannot_be_judged_passes_and_is_told(tmp_path: Path) -> None:
    args = ["-o", str(tmp_path), "--limit", "block=100"]
    with serving(ANSWERS) as url, running("--upstream", f"{url}/v1", *args) as proxy:
        assert proxy.ask("/good") == GOOD
    assert (proxy.code, (tmp_path / "0001-gpt-4o-mini.sse").read_bytes()) == (2, GOOD)
    assert re.fullmatch(r"chunkspec: .+0001-gpt-4o-mini\.sse: .+ \(--limit block=SIZE\)\n", proxy.err)


def test_a_proxy_that_is_killed_leaves_what_came(tmp_path: Path) -> None:
    answers = {"/v1/long": Answer([GOOD[:400]], end="hang")}
    with (
        serving(answers) as url,
        running("--upstream", f"{url}/v1", "-o", str(tmp_path), sign=signal.SIGKILL) as proxy,
        httpx.stream("POST", f"{proxy.url}/long", json=ASKED) as response,
    ):
        assert next(response.iter_raw()) == GOOD[:400]
        saved = tmp_path / "0001-gpt-4o-mini.sse"
        until = time.monotonic() + 20
        while saved.read_bytes() != GOOD[:400]:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert json.loads((tmp_path / "0001-gpt-4o-mini.meta.json").read_text())["ended"] == "left"


def test_where_no_stream_passed_nothing_was_judged(tmp_path: Path) -> None:
    with running("--upstream", "http://127.0.0.1:9", "-o", str(tmp_path)) as proxy:
        pass
    assert (proxy.code, proxy.err) == (2, "chunkspec: no event stream passed, so nothing was judged\n")


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with running("--upstream", "http://127.0.0.1:9/v1", "-o", str(tmp_path)) as proxy:
        assert b'"bad_gateway"' in proxy.ask("/chat/completions")
    assert proxy.code == 2
    assert re.fullmatch(r"chunkspec: POST http://127\.0\.0\.1:9/v1/chat/completions: ConnectError: .+\n", proxy.err)


def test_a_stream_that_goes_on_when_it_is_ended_was_left(tmp_path: Path) -> None:
    answers = {"/v1/long": Answer([GOOD[:400]], end="hang")}
    with (
        serving(answers) as url,
        running("--upstream", f"{url}/v1", "-o", str(tmp_path)) as proxy,
        httpx.stream("POST", f"{proxy.url}/long", json=ASKED) as response,
    ):
        assert next(response.iter_raw()) == GOOD[:400]
        proxy.process.send_signal(signal.SIGTERM)
        proxy.process.wait(60)
    assert json.loads((tmp_path / "0001-gpt-4o-mini.meta.json").read_text())["ended"] == "left"
    assert "ending: left" in proxy.out
    assert (proxy.code, proxy.err) == (0, "")


def test_other_machines_are_let_in_only_by_name(tmp_path: Path) -> None:
    anywhere = "0.0.0.0"  # noqa: S104 - what is tested
    with running("--upstream", "http://127.0.0.1:9", "-o", str(tmp_path), "--host", anywhere) as proxy:
        pass
    assert proxy.url.startswith("http://0.0.0.0:")
    assert "is open to other machines, as --host asks for it\n" in proxy.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--upstream", "localhost:8000"], "expected http://HOST or https://HOST"),
        (["--upstream", "http://user:secret-pass@localhost"], "--upstream must hold no user and password"),
        (["--upstream", "http://localhost/v1?key=secret-pass"], "only a path may follow the host"),
        (["--upstream", "http://[::1"], "no URL"),
        (["--upstream", "http://localhost:99999"], "no URL"),
        (["--upstream", "http://localhost", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1, port 0"),
        (["--upstream", "http://localhost", "--profile", "no-such"], "no-such"),
        (["--upstream", "http://localhost", "--port", "70000"], "70000"),
        (["--upstream", "http://localhost", "--timeout", "0"], "0"),
        (["--upstream", "http://localhost", "--timeout", "nan"], "nan is not a number of seconds"),
        (["--upstream", "http://localhost", "--timeout", "inf"], "inf is not in the range"),
        (["--upstream", "http://localhost", "--format", "xml"], "unknown format 'xml'"),
        ([], "--upstream"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(args: list[str], said: str, tmp_path: Path) -> None:
    code, out, err = chunkspec("proxy", "-o", str(tmp_path / "s"), *args)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert "secret-pass" not in err


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = chunkspec("proxy", "--upstream", "http://localhost", "-o", str(tmp_path))
    assert (code, err) == (
        2,
        "chunkspec: this needs uvicorn, which is not installed: pip install 'chunkspec[live]'\n",
    )


def test_the_commands_of_the_readme_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = re.search(
        r"```sh\n(chunkspec proxy .+)\n(OPENAI_BASE_URL=\S+) python app\.py\n(chunkspec check .+)\n```", readme
    )
    assert shown is not None
    pytest.importorskip("openai", reason="openai is not installed")
    proxy, client, check = (line.replace("8001", "0") for line in shown.groups())  # any port that is free
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-0123456789")
    with (
        serving({"/v1/chat/completions": Answer([GOOD])}) as url,
        running(*shlex.split(proxy.replace("https://api.openai.com", url))[2:]) as through,
    ):
        name, _, value = client.partition("=")
        monkeypatch.setenv(name, value.replace("http://127.0.0.1:0", through.url))
        subprocess.run([sys.executable, "-c", APP], check=True, timeout=60)
    assert (through.code, chunkspec(*shlex.split(check)[1:])[0]) == (0, 0)
    assert "0001-gpt-4o-mini.sse" in through.out


APP = """
from openai import OpenAI
asked = {"model": "gpt-4o-mini", "messages": [], "stream": True, "stream_options": {"include_usage": True}}
chunks = list(OpenAI().chat.completions.create(**asked))
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello, world!"
"""
