"""Asking: what came is told to the byte, hostile servers are survived, and it costs what was allowed."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.live.hostile import HEAD, answering, unused
from tests.loopback import HEADERS, Answer, serving
from validator.live import answer as answer_module
from validator.live import ask
from validator.live.answer import Answer as Came
from validator.live.answer import Question
from validator.live.ask import Asker, Endpoint, Unreachable
from validator.live.budget import Budget, Spent
from validator.live.key import Key
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    import socket
    from pathlib import Path

EVENT = b'data: {"x": "\xf0\x9f\x98\x80"}\n\n'
QUESTION = Question(b"{}", {}, 5)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "PAUSE", 0.01)


def asked(
    url: str, question: Question = QUESTION, budget: Budget | None = None, key: str | None = None, **how: Any
) -> Came:
    """Ask once and return what came."""
    endpoint = Endpoint(url, Key(key), "authorization", "Bearer {key}")

    async def go() -> Came:
        async with Asker(endpoint, budget or Budget(10, 1000), pause=0.01, **how) as asker:
            return await asker.ask(question)

    return asyncio.run(go())


def test_bytes_reads_status_and_headers_are_those_of_the_answer() -> None:
    pieces = [EVENT, EVENT[:17], EVENT[17:]]
    with serving(
        {"/": Answer(pieces, {"Content-Type": "text/event-stream", "Set-Cookie": "secret"}, pause=0.03)}
    ) as url:
        answer = asked(f"{url}/")
    assert answer.body == b"".join(pieces)
    assert [size for _, size in answer.reads] == [len(EVENT), 17, len(EVENT) - 17, 0]
    times = [seconds for seconds, _ in answer.reads]
    assert times == sorted(times)
    assert 0.05 < times[-1] < 5
    assert (answer.status, answer.ended, answer.trouble) == (200, "close", None)
    assert answer.headers["content-type"] == "text/event-stream"
    assert "set-cookie" not in answer.headers
    assert answer.meta["request"] == {}


@pytest.mark.parametrize(("end", "ended"), [("cut", "reset"), ("reset", "reset"), ("hang", "timeout")])
def test_how_an_answer_ends_is_told(end: Any, ended: str) -> None:
    with serving({"/": Answer([EVENT, EVENT], end=end)}) as url:
        answer = asked(f"{url}/", timeout=0.6)
    assert (answer.body, answer.ended) == (2 * EVENT, ended)
    assert answer.reads[-1][1] != 0


def test_a_reader_can_leave() -> None:
    with serving({"/": Answer([EVENT] * 50, pause=0.01)}) as url:
        answer = asked(f"{url}/", Question(b"{}", {}, 5, leave=100))
    assert answer.ended == "left"
    assert 100 <= len(answer.body) < 30 * len(EVENT)


def test_an_endless_stream_is_left_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_module, "MOST", 200_000)

    def endless(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        while True:
            connection.sendall(EVENT * 100)

    with answering(endless) as url:
        answer = asked(url)
    assert answer.problem == "the answer goes on; only its beginning is judged"
    assert answer.ended == "left"
    assert len(answer.body) < 1_000_000


def test_an_endless_drip_is_left_at_the_time_limit() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        while True:
            connection.sendall(b":\n")
            time.sleep(0.02)

    started = time.monotonic()
    with answering(drip) as url:
        answer = asked(url, timeout=0.4)
    assert answer.ended == "timeout"
    assert answer.trouble == "no answer within 0.4 seconds"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\x00\xff garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"b" * 1000) for n in range(300)) + b"\r\n",
        b"HTTP/1.1 999999999 OK\r\n\r\n",
    ],
    ids=["nothing", "garbage", "long-header", "many-headers", "status"],
)
def test_what_is_no_http_is_survived(data: bytes) -> None:
    with answering(data) as url:
        answer = asked(url, timeout=5)
    assert answer.status is None
    assert answer.body == b""
    assert answer.ended == "reset"
    assert answer.trouble
    assert len(answer.trouble) <= 200
    assert answer.trouble.isprintable()


def test_bodies_that_break_off_are_kept_as_far_as_they_came() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata:\r\nnonsense\r\n"
    with answering(chunked) as url:
        answer = asked(url)
    assert (answer.status, answer.body, answer.ended) == (200, b"data:", "reset")


def test_redirects_are_not_followed_and_take_no_key_along() -> None:
    with serving({"/other": Answer([EVENT])}) as other, answering(
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/other\r\nContent-Length: 0\r\n\r\n" % other.encode()
    ) as url:  # fmt: skip
        answer = asked(url, key="sk-0123456789abcdef")
    assert answer.status == 307
    assert answer.body == b""


def test_the_key_is_sent_and_covered_wherever_it_comes_back() -> None:
    key = "sk-a/b+c-0123456789"
    seen: list[bytes] = []

    def echo(connection: socket.socket) -> None:
        told = key.encode() + b" " + json.dumps(key).replace("/", "\\/").encode() + b" sk-a%2Fb%2Bc-0123456789"
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nX-Debug: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (key.encode(), len(told)) + told
        )
        seen.append(told)

    with answering(echo) as url:
        answer = asked(url, key=key)
    assert len(answer.body) == len(seen[0])
    for text in (answer.body.decode(), str(answer.headers), repr(answer)):
        assert "0123456789" not in text


def test_a_compressed_answer_is_unpacked_and_the_key_covered_in_it(tmp_path: Path) -> None:
    key = "sk-0123456789abcdef"
    body = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
    told = {**HEADERS, "Content-Encoding": "gzip"}
    packer = zlib.compressobj(wbits=31)
    events = [event + b"\n\n" for event in body.replace(b"Hello", key.encode()).split(b"\n\n") if event]
    pieces = [*(packer.compress(one) + packer.flush(zlib.Z_SYNC_FLUSH) for one in events), packer.flush()]
    with serving({"/v1/chat/completions": Answer(pieces, told), "/no": Answer(events, told)}) as url:
        answer = asked(f"{url}/v1/chat/completions", key=key)
        assert answer.body == body.replace(b"Hello", b"*" * len(key))
        assert sum(size for _, size in answer.reads) == len(answer.body)
        code, _, err = probe(f"{url}/v1", "--only", "plain-text", "--ignore", "request,timing,transport")
        assert (code, err) == (0, "")
        assert (asked(f"{url}/no").problem or "").startswith("its body is not gzip data, or damaged (")
        (tmp_path / "one.json").write_text('{"stream": true}')
        folder = tmp_path / "c"
        code, _, err = chunkspec(
            "record", "--base-url", f"{url}/v1", str(tmp_path / "one.json"), "-o", str(folder), "--no-config"
        )
        assert (code, err) == (0, "")
        assert (folder / "one.sse").read_bytes().startswith(b"data: {")


def test_a_key_has_no_form_in_text(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key("sk-0123456789")
    assert "sk-" not in f"{key!r} {key}"
    monkeypatch.setenv("BAD", "sk-0123\n456789")
    with pytest.raises(ConfigError) as told:
        Key.named("BAD")
    assert "0123" not in str(told.value)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://localhost:8000/v1", "http://localhost:8000/v1/chat/completions"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1/chat/completions"),
        ("https://host/v1/chat/completions", "https://host/v1/chat/completions"),
        ("https://host/d/gpt?api-version=2024-10-21#x", "https://host/d/gpt/chat/completions?api-version=2024-10-21"),
        ("http://[::1]:1", "http://[::1]:1/chat/completions"),
    ],
)
def test_the_endpoint_stands_below_the_base_url(base: str, url: str) -> None:
    assert Endpoint.at(base, "/chat/completions", Key(), "authorization", "{key}").url == url


@pytest.mark.parametrize(
    "base", ["", "localhost:8000", "http://", "http://h:99999/v1", "http://h:x/", "file:///etc/passwd", "http://[::1"]
)
def test_what_is_no_base_url_is_refused(base: str) -> None:
    with pytest.raises(ConfigError, match="--base-url"):
        Endpoint.at(base, "/chat/completions", Key(), "authorization", "{key}")


@pytest.mark.parametrize("base", ["http://a b/v1", "http://\u2028/v1", "http://" + "a" * 80 + "/v1", "http://-/v1"])
def test_a_host_that_cannot_be_is_told_in_one_line(base: str) -> None:
    code, out, err = probe(base)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()


def test_a_missing_extra_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.live.find_spec", lambda name: None)
    for verb in (["probe", "--list"], ["record", "x.json", "-o", "out"]):
        code, out, err = chunkspec(*verb)
        assert (code, out) == (2, "")
        assert err.startswith("chunkspec: this needs httpx, starlette and uvicorn, which are not installed")
        assert "pip install 'chunkspec[live]'" in err


# sent again


class Flaky:
    """Refuses a few requests, then answers."""

    def __init__(self, refusals: int, status: int = 429, retry: str | None = None) -> None:
        self.left, self.came = refusals, 0
        after = f"Retry-After: {retry}\r\n" if retry is not None else ""
        self.refusal = f"HTTP/1.1 {status} Later\r\n{after}Content-Length: 0\r\n\r\n".encode()

    def __call__(self, connection: socket.socket) -> None:
        self.came += 1
        self.left -= 1
        connection.sendall(self.refusal if self.left >= 0 else b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.mark.parametrize(
    "flaky", [Flaky(2), Flaky(1, 503), Flaky(1, 429, "0"), Flaky(1, 429, "Thu, 01 Jan 1970 00:00:00 GMT")]
)
def test_what_is_put_off_is_sent_again(flaky: Flaky) -> None:
    budget = Budget(10, 1000)
    refusals = flaky.left
    with answering(flaky) as url:
        answer = asked(url, budget=budget, retries=2)
    assert answer.body == b"ok"
    assert flaky.came == budget.asked == refusals + 1


@pytest.mark.parametrize(
    ("flaky", "came"), [(Flaky(9), 3), (Flaky(9, 429, "3600"), 1), (Flaky(9, 500), 1), (Flaky(9, 400), 1)]
)
def test_nothing_is_sent_again_too_often_too_late_or_for_other_reasons(flaky: Flaky, came: int) -> None:
    started = time.monotonic()
    with answering(flaky) as url:
        answer = asked(url, retries=2)
    assert answer.status is not None
    assert answer.status >= 400
    assert flaky.came == came
    assert time.monotonic() - started < 5


def test_a_server_that_is_not_there_is_tried_again_and_told() -> None:
    budget = Budget(10, 1000)
    with pytest.raises(Unreachable, match="cannot be reached"):
        asked(unused(), budget=budget, retries=2)
    assert budget.asked == 3


def test_the_budget_holds_for_what_is_sent_again_too() -> None:
    with answering(Flaky(9)) as url, pytest.raises(Spent, match="--max-requests 2 is reached"):
        asked(url, budget=Budget(2, 1000), retries=5)
    with answering(Flaky(9)) as url, pytest.raises(Spent, match="--max-tokens 12 is reached"):
        asked(url, budget=Budget(10, 12), retries=5)


# the command


def probe(url: str, *args: str) -> tuple[int, str, str]:
    return chunkspec("probe", "--base-url", url, "--model", "m", "--no-config", "--retries", "0", *args)


def test_a_server_that_cannot_be_reached_is_exit_code_2_in_one_line(tmp_path: Path) -> None:
    url = unused()
    code, out, err = probe(url, "-o", str(tmp_path / "captures"))
    assert (code, out) == (2, "")
    assert err.startswith(f"chunkspec: {url}/chat/completions: cannot be reached: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno", "it asks for a key (HTTP 401: no)"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\n\x1b[2Jx", "there is no such model, or no such path"),
        (
            b"HTTP/1.1 302 No\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n",
            "HTTP 302 leads on to http://evil/",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "cannot be probed: "),
        (b"", "cannot be probed: "),
    ],
)
def test_a_server_that_answers_nothing_at_all_is_exit_code_2(data: bytes, said: str) -> None:
    with answering(data) as url:
        code, out, err = probe(url, "--timeout", "5")
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()


def test_a_server_that_only_ever_stalls_is_exit_code_2() -> None:
    with answering(lambda connection: time.sleep(1)) as url:
        code, _, err = probe(url, "--timeout", "0.3")
    assert code == 2
    assert err == f"chunkspec: {url}/chat/completions: cannot be probed: no answer within 0.3 seconds\n"


def test_garbage_in_streams_is_judged_and_an_endless_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_module, "MOST", 20_000)
    with answering(HEAD + b"\x00\x01\x02data: {\n\ndata: \xff\n\n") as url:
        code, out, err = probe(url, "--only", "plain-text,emoji", "--format", "json")
    assert (code, err) == (1, "")
    assert len(json.loads(out)["streams"]) == 2

    def endless(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        while True:
            connection.sendall(b": nothing\n\n" * 1000)

    with answering(endless) as url:
        code, out, err = probe(url, "--only", "plain-text,two-at-once", "--format", "json")
    assert code == 2
    assert err.splitlines()[0] == "chunkspec: plain-text: the answer goes on; only its beginning is judged"
    assert len(err.splitlines()) == 3


def test_a_server_that_is_busy_is_not_judged_and_that_is_told() -> None:
    with answering(Flaky(99, 429, "3600")) as url:
        code, out, err = probe(url, "--only", "plain-text,emoji", "--format", "json")
    assert code == 2
    assert (
        err.splitlines()[0]
        == "chunkspec: scenario plain-text: not judged: the server is busy (HTTP 429, without a body)"
    )
    assert [one["not_judged"] for one in json.loads(out)["probe"]["scenarios"]] == [
        "the server is busy (HTTP 429, without a body)"
    ] * 2
