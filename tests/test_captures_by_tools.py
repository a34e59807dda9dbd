"""Captures as real tools leave them: the stream in them is the one that was sent, to the byte, and no secret is left.

The tools talk to a server on loopback.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import validator
from tests.captured import REQUEST, SECRET, SENT, held, same_findings, stream, told
from tests.loopback import Answer, serving
from validator import captures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAM = stream()
PACKED = gzip.compress(STREAM)
ERROR = b'{"error": {"message": "No such key.", "type": "invalid_request_error"}}'
BODY = json.dumps(REQUEST)


def pieces(data: bytes) -> list[bytes]:
    return [data[at : at + 300] for at in range(0, len(data), 300)]


ANSWERS = {
    "/chat": Answer(pieces(STREAM), headers=SENT),
    "/packed": Answer(pieces(PACKED), headers={**SENT, "Content-Encoding": "gzip"}),
    "/refused": Answer([ERROR], headers={"Content-Type": "application/json"}, status=401),
    "/cut": Answer(pieces(STREAM)[:2], headers=SENT, end="cut"),
    "/page": Answer([b"<title>page</title>"], headers={"Content-Type": "text/html"}),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(ANSWERS) as base:
        yield base


def curl(file: Path, *args: str) -> Path:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    secret = ["-H", f"Authorization: Bearer {SECRET}", "-H", f"Cookie: a={SECRET}"]
    with file.open("wb") as out:
        subprocess.run(["curl", "-sN", "--noproxy", "*", *secret, "-d", BODY, *args], stdout=out, check=False)
    return file


@pytest.mark.parametrize("path", ["chat", "packed"])
@pytest.mark.parametrize(
    "options", [["-i"], ["-i", "--raw"], ["-i", "--compressed"], ["-i", "-H", "Expect: 100-continue"]]
)
def test_curl_i(url: str, tmp_path: Path, path: str, options: list[str]) -> None:
    file = curl(tmp_path / "out", *options, f"{url}/{path}?api_key={SECRET}")
    same_findings(file, STREAM)
    ((source, _, meta),) = held(file)
    assert source == str(file)
    assert meta["response"]["status"] == 200
    assert meta["response"]["headers"]["cache-control"] == "no-cache"
    assert meta.get("ended") == ("close" if "--raw" in options else None)


def test_curl_without_heads(url: str, tmp_path: Path) -> None:
    same_findings(curl(tmp_path / "out.txt", f"{url}/chat"), STREAM)
    same_findings(curl(tmp_path / "packed", f"{url}/packed"), STREAM)
    same_findings(curl(tmp_path / "raw", "--raw", f"{url}/chat"), STREAM)


@pytest.mark.parametrize(
    ("path", "options"), [("chat", []), ("chat", ["-i"]), ("chat", ["-X", "POST"]), ("packed", ["--compressed"])]
)
def test_curl_v(url: str, tmp_path: Path, path: str, options: list[str]) -> None:
    file = curl(tmp_path / "out", "-v", "--stderr", "-", *options, f"{url}/{path}?api_key={SECRET}")
    assert b"\n< " in file.read_bytes()
    same_findings(file, STREAM)
    ((source, _, meta),) = held(file)
    assert (source, meta["response"]["status"]) == (str(file), 200)
    assert meta["response"]["headers"]["cache-control"] == "no-cache"


def test_remarks_of_curl_in_the_text_of_an_answer_stay(tmp_path: Path) -> None:
    remarks = b"{ [9 bytes data] * transfer closed with * Connection #0 to host x left intact"
    said = b'data: {"a": "%b"}\n\ndata: [DO' % remarks
    printed = b"* Trying\n< HTTP/1.1 200 OK\r\n< \r\n%b{ [5 bytes data]\nNE]* Connection #0 to host x left intact\n"
    (tmp_path / "out").write_bytes(printed % said)
    ((_, body, meta),) = held(tmp_path / "out")
    assert (body, meta.get("ended")) == (said + b"NE]", None)


def test_curl_v_tells_a_broken_connection(url: str, tmp_path: Path) -> None:
    ((_, body, meta),) = held(curl(tmp_path / "out", "-vS", "--stderr", "-", f"{url}/cut"))
    assert body == STREAM[:600]
    assert meta["ended"] == "reset"


@pytest.mark.parametrize("options", [[], ["--trace-time"], ["--raw"], ["--compressed"]])
@pytest.mark.parametrize("path", ["chat", "packed"])
def test_curl_trace(url: str, tmp_path: Path, path: str, options: list[str]) -> None:
    curl(tmp_path / "body", "--trace", str(tmp_path / "trace"), *options, f"{url}/{path}?api_key={SECRET}")
    same_findings(tmp_path / "trace", STREAM)
    ((_, _, meta),) = held(tmp_path / "trace")
    assert (meta["request"], meta["response"]["status"], meta["ended"]) == (REQUEST, 200, "close")


def test_what_curl_writes_that_is_no_stream_is_refused_with_what_to_do(url: str, tmp_path: Path) -> None:
    curl(tmp_path / "body", "--trace-ascii", str(tmp_path / "ascii"), f"{url}/chat")
    curl(tmp_path / "meter", "--no-silent", "--stderr", "-", f"{url}/chat")
    curl(tmp_path / "two", "-v", "--stderr", "-", f"{url}/chat", f"{url}/chat")
    for name, why in {"ascii": "use --trace", "meter": "use curl -s", "two": "2 responses"}.items():
        with pytest.raises(validator.ConfigError, match=why):
            held(tmp_path / name)


@pytest.mark.parametrize("options", [["-i"], ["-i", "--raw"]])
def test_several_responses_of_curl(url: str, tmp_path: Path, options: list[str]) -> None:
    file = curl(tmp_path / "out", *options, f"{url}/chat", f"{url}/refused", f"{url}/packed")
    same_findings(file, STREAM)
    assert [source for source, _, _ in held(file)] == [f"{file}#1", f"{file}#3"]


def test_an_error_answer_of_curl_is_judged_as_one(url: str, tmp_path: Path) -> None:
    report = validator.check(curl(tmp_path / "out", "-i", f"{url}/refused"))
    assert [one.rule for one in report.findings] == ["http-status-ok"]


def test_a_chunked_body_that_breaks_off_in_a_dump(url: str, tmp_path: Path) -> None:
    ((_, body, meta),) = held(curl(tmp_path / "out", "-i", "--raw", f"{url}/cut"))
    assert body == STREAM[:600]
    assert meta["ended"] == "reset"


def test_a_dump_of_a_connection_with_several_responses(url: str, tmp_path: Path) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        for path in ("/chat", "/refused", "/chat"):
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connection.settimeout(1)
        dump = b""
        while dump.count(b"0\r\n\r\n") < 3:
            dump += connection.recv(65536)
    file = tmp_path / "dump"
    file.write_bytes(dump)
    same_findings(file, STREAM)
    assert len(held(file)) == 2


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_vcrpy_with_httpx(url: str, tmp_path: Path, form: str) -> None:
    import httpx

    use_cassette: Any = importlib.import_module("vcr").use_cassette
    file = tmp_path / f"cassette.{form}"
    paths = ["/chat", "/refused"] if form == "json" else ["/chat", "/packed", "/page", "/chat"]
    with use_cassette(str(file), serializer=form), httpx.Client(trust_env=False) as client:
        for number, path in enumerate(paths):
            headers = {"authorization": f"Bearer {SECRET}"}
            params: dict[str, str | int] = {"n": number, "key": SECRET}
            with client.stream("POST", url + path, json=REQUEST, headers=headers, params=params) as response:
                response.read()
    found = held(file)
    assert all(meta["request"] == REQUEST for _, _, meta in found)
    if form == "json":
        assert [(source, body) for source, body, _ in found] == [(f"{file}#1", STREAM), (f"{file}#2", ERROR)]
        assert told(validator.check(file).streams[0]) == told(validator.check(STREAM, meta=found[0][2]).streams[0])
        return
    # a page answers a request for a stream, so it is judged too
    assert [(source, body) for source, body, _ in found[:2]] == [(f"{file}#1", STREAM), (f"{file}#2", STREAM)]
    packed = tmp_path / "cassette.yaml.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert [(body, meta) for _, body, meta in held(packed)] == [(body, meta) for _, body, meta in found]


@pytest.fixture(scope="session")
def mitmproxy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return a Python that has mitmproxy, which the tests cannot share: it holds its dependencies back."""
    if importlib.util.find_spec("mitmproxy"):
        return [sys.executable]
    folder = tmp_path_factory.mktemp("mitmproxy")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
    python = str(folder / "bin" / "python")
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "mitmproxy"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"mitmproxy cannot be installed: {done.stderr[-200:]}")
    return [python]


def recorded(python: list[str], url: str, folder: Path) -> tuple[Path, Path]:
    """Record four exchanges with mitmdump, and return its flow file and its HAR."""
    flows, har = folder / "flows", folder / "out.har"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [*python, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()"]
    options = [
        "-q",
        "--listen-host",
        "127.0.0.1",
        "-p",
        str(port),
        "-w",
        str(flows),
        "--set",
        f"hardump={har}",
        "--set",
        f"confdir={folder}",
    ]
    process = subprocess.Popen([*program, *options])
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        for path in ("/page", "/chat", "/packed", "/cut"):
            curl(
                folder / "ignored", "--noproxy", "", "-x", f"http://127.0.0.1:{port}", f"{url}{path}?api_key={SECRET}"
            )
    finally:
        process.terminate()
        process.wait(20)
    return flows, har


CHECK = """
import sys
sys.path += {paths!r}
from validator.cli import main
main()
"""


def test_mitmdump(url: str, tmp_path: Path, mitmproxy: list[str]) -> None:
    flows, har = recorded(mitmproxy, url, tmp_path)
    code = CHECK.format(paths=[one for one in sys.path if one])
    done = subprocess.run(
        [*mitmproxy, "-c", code, "check", str(flows), "--format", "json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(
        f"chunkspec: {flows}#4: mitmproxy kept nothing of the body, as the connection broke"
    )
    assert len(done.stderr.splitlines()) == 1
    assert SECRET not in done.stdout
    streams = json.loads(done.stdout)["streams"]
    assert [one["source"] for one in streams] == [f"{flows}#{number}" for number in (1, 2, 3)]
    from_har = {source: (body, meta) for source, body, meta in held_or_lost(har)}
    for number in (2, 3):
        body, meta = from_har[f"{har}#{number}"]
        assert body == STREAM
        assert meta["request"] == REQUEST
        assert SECRET not in str(meta)
        report = validator.check(STREAM, meta={**meta, "ended": "close"}).streams[0].to_dict()
        assert streams[number - 1]["findings"] == report["findings"]


def held_or_lost(file: Path) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    for one in captures.read(str(file)):
        try:
            yield one.source, b"".join(one.pieces()), one.meta
        except validator.ConfigError:
            assert one.source.endswith("#4")


@pytest.mark.parametrize("content", ["embed", "attach"])
def test_the_har_of_chromium(url: str, tmp_path: Path, content: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    browser_file = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser_file is None:
        pytest.skip("there is no Chromium")
    file = tmp_path / "out.har"
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=browser_file, args=["--no-sandbox"])
        context = browser.new_context(record_har_path=file, record_har_content=content)
        page = context.new_page()
        page.goto(f"{url}/page")
        for path in ("/chat", "/packed"):
            page.evaluate(
                "async ([url, body, key]) => await (await fetch(url, {method: 'POST', body,"
                " headers: {'content-type': 'application/json', authorization: key}})).text()",
                [f"{url}{path}?api_key={SECRET}", BODY, SECRET],
            )
        context.close()
        browser.close()
    same_findings(file, STREAM)
    found = held(file)
    assert [source for source, _, _ in found] == [f"{file}#2", f"{file}#3"]
    assert all(meta["request"] == REQUEST for _, _, meta in found)
