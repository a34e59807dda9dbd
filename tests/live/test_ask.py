"""Asking: what came is told to the byte, hostile servers are survived, and keys are covered."""

from __future__ import annotations

import json
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.live.hostile import HEAD, answering
from tests.live.once import asked, probe
from tests.loopback import HEADERS, Answer, serving
from validator.live import answer as answer_module
from validator.live.answer import Question
from validator.live.ask import Endpoint
from validator.live.key import Key
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    import socket
    from pathlib import Path

EVENT = b'data: {"x": "\xf0\x9f\x98\x80"}\n\n'


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
    assert 0.05 < times[-1] < 60
    assert (answer.status, answer.ended, answer.trouble) == (200, "close", None)
    assert answer.headers["content-type"] == "text/event-stream"
    assert "set-cookie" not in answer.headers
    assert answer.meta["request"] == {}


@pytest.mark.parametrize(("end", "ended"), [("cut", "reset"), ("reset", "reset"), ("hang", "timeout")])
def test_how_an_answer_ends_is_told(end: Any, ended: str) -> None:
    with serving({"/": Answer([EVENT, EVENT], end=end)}) as url:
        answer = asked(f"{url}/", timeout=2.5 if ended == "timeout" else 60)
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
        answer = asked(url, timeout=2)
    assert answer.ended == "timeout"
    assert answer.trouble == "no answer within 2 seconds"
    assert time.monotonic() - started < 20


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
        answer = asked(url, timeout=60)
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


@pytest.mark.parametrize("to", ["http://[", "http://a\x1b[31m/", "x:" + "a" * 70_000, "//:99999999/"])
def test_a_redirect_to_nowhere_is_an_answer(to: str) -> None:
    with answering(b"HTTP/1.1 308 Moved\r\nLocation: %s\r\nContent-Length: 2\r\n\r\nno" % to.encode()) as url:
        answer = asked(url)
    assert (answer.status, answer.body, answer.ended) == (308, b"no", "close")
    assert answer.headers["location"] == to


def test_the_key_is_sent_and_covered_wherever_it_comes_back() -> None:
    key = "sk-a/b+c-0123456789"
    told = key.encode() + b" " + json.dumps(key).replace("/", "\\/").encode() + b" sk-a%2Fb%2Bc-0123456789"
    head = b"HTTP/1.1 200 OK\r\nX-Debug: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (key.encode(), len(told))
    with answering(head + told) as url:
        answer = asked(url, key=key)
    assert len(answer.body) == len(told)
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
