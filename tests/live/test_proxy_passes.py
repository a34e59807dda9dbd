"""A proxy changes nothing: requests and responses are, byte by byte and read by read, what they are without it."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpus import CORPUS
from tests.live.sockets import END, STREAM, ask, chunk, connected, post, proxied, read_to_end, read_until, upstream
from validator import check

if TYPE_CHECKING:
    import socket
    from pathlib import Path

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
ASKED = b'{"model": "gpt-5.1-mini", "stream": true, "stream_options": {"include_usage": true}, "messages": []}'


def lines(head: bytes) -> list[bytes]:
    return head.partition(b"\r\n\r\n")[0].split(b"\r\n")


@pytest.mark.parametrize(
    ("request_line", "more", "body"),
    [
        (b"POST /v1/chat/completions?a=%7e&b=%2F&&c HTTP/1.1", [b"Content-Length: 6"], b"\x00\xff{}\r\n"),
        (b"GET /v1//models/../%41%zz;x='[]\"| HTTP/1.1", [], b""),
        (b"DELETE /v1/files/1 HTTP/1.1", [b"x-empty:", b"X-Twice: a", b"x-twice: b, c"], b""),
        (b"PUT /v1/x HTTP/1.1", [b"Transfer-Encoding: chunked"], chunk(b"abc") + chunk(b"d" * 70000) + END),
        (
            b"OPTIONS /v1 HTTP/1.1",
            [b"Accept-Encoding: gzip, br;q=0.5", b"Authorization: Bearer k", b"Cookie: a=b"],
            b"",
        ),
    ],
    ids=lambda value: value.split()[0].decode() if isinstance(value, bytes) and b" /" in value else "",
)
def test_a_request_comes_as_it_was_sent(request_line: bytes, more: list[bytes], body: bytes, tmp_path: Path) -> None:
    came: list[bytes] = []

    def play(connection: socket.socket, request: bytes) -> None:
        came.append(request)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    hop = [b"Keep-Alive: timeout=5", b"TE: trailers", b"Upgrade: websocket", b"Proxy-Authorization: Basic eDp5"]
    head = [request_line, b"Host: client.example", *more, *hop, b"X-Drop: 1", b"Connection: upgrade, x-drop, host"]
    with upstream(play) as url, proxied(url, tmp_path) as (at, _), connected(at) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 204 ")
    shown = lines(came[0])
    # names come in lower case, as an ASGI server has them, and the length of a chunked body last
    wanted = [
        b"%b:%b" % (name.lower(), b" " + value.strip())
        for name, _, value in (line.partition(b":") for line in more)
        if name != b"Transfer-Encoding"
    ]
    wanted += [b"transfer-encoding: chunked"] if b"Transfer-Encoding: chunked" in more else []
    assert shown == [request_line, f"host: {url.removeprefix('http://')}".encode(), *wanted]
    joined = came[0].partition(b"\r\n\r\n")[2]
    assert unchunked(joined) == unchunked(body) if body.endswith(END) else joined == body


def unchunked(body: bytes) -> bytes:
    return b"".join(pieces(body))


def pieces(body: bytes) -> list[bytes]:
    """Return the chunks of a chunked body, up to where it ends."""
    found = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        found.append(rest[: int(size, 16)])
        body = rest[int(size, 16) + 2 :]
    return [one for one in found if one]


def test_the_path_of_the_upstream_comes_first(tmp_path: Path) -> None:
    came: list[bytes] = []

    def play(connection: socket.socket, request: bytes) -> None:
        came.append(request)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with upstream(play) as url, proxied(f"{url}/openai/v1/", tmp_path) as (at, _):
        ask(at, b"GET /models?x=1 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert lines(came[0])[0] == b"GET /openai/v1/models?x=1 HTTP/1.1"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nB: 1\r\na: \xe9\r\nB: 2\r\nContent-Length: 1", b"x"),
        (b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nDate: never\r\nServer: s\r\nContent-Length: 2", b"{}"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3", b"no "),
        (b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nSet-Cookie: a=b\r\nContent-Length: 0", b""),
        (b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://[\r\nA: b\r\nContent-Length: 0", b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x", b""),
        (b"HTTP/1.1 529 \r\nContent-Length: 1", b"x"),
    ],
    ids=["stream", "error", "damaged gzip", "redirect", "redirect to nowhere", "no body", "own status"],
)  # fmt: skip
def test_a_response_comes_as_it_was_sent(head: bytes, body: bytes, tmp_path: Path) -> None:
    hop = b"\r\nConnection: close, x-drop\r\nX-Drop: 1\r\nKeep-Alive: timeout=1\r\nProxy-Authenticate: Basic\r\n\r\n"
    with (
        upstream(lambda connection, _: connection.sendall(head + hop + body)) as url,
        proxied(url, tmp_path) as (at, _),
        connected(at) as connection,
    ):
        connection.sendall(post(ASKED))
        came = read_until(connection, b"\r\n\r\n")
        while len(came.partition(b"\r\n\r\n")[2]) < len(body):
            came += connection.recv(65536)
    assert came == head + b"\r\n\r\n" + body


def test_a_response_to_head_has_no_body(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n"
    with (
        upstream(lambda connection, _: connection.sendall(head + b"\r\n")) as url,
        proxied(url, tmp_path) as (at, heard),
    ):
        assert ask(at, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") == head + b"Connection: close\r\n\r\n"
    assert heard.streams == []


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(GOOD)), max_size=30))
def test_chunks_stay_what_they_are(cuts: list[int], through: str) -> None:
    """Also where many of them come in one read, as they do here."""
    edges = sorted({0, *cuts, len(GOOD)})
    body = json.dumps({"stream": True, "cuts": edges}).encode()
    came = ask(through, post(body)).partition(b"\r\n\r\n")[2]
    assert came == b"".join(chunk(GOOD[start:end]) for start, end in pairwise(edges)) + END


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory) -> object:
    def play(connection: socket.socket, request: bytes) -> None:
        edges = json.loads(request.partition(b"\r\n\r\n")[2])["cuts"]
        connection.sendall(STREAM + b"".join(chunk(GOOD[start:end]) for start, end in pairwise(edges)) + END)

    with upstream(play) as url, proxied(url, tmp_path_factory.mktemp("through")) as (at, _):
        yield at


@pytest.mark.parametrize("framing", [b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(GOOD), b"X-Close: 1"])
def test_each_read_is_one_write_and_comes_at_once(framing: bytes, tmp_path: Path) -> None:
    """The server goes on only when the client has what was sent: whatever is held back, holds up all."""
    cuts = [0, 1, 7, 100, 101, 900, len(GOOD)]
    reads = [GOOD[start:end] for start, end in pairwise(cuts)]
    arrived = threading.Semaphore(0)
    chunked = framing.endswith(b"chunked")

    def play(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + framing + b"\r\n\r\n")
        assert arrived.acquire(timeout=20)
        for piece in reads:
            connection.sendall(chunk(piece) if chunked else piece)
            assert arrived.acquire(timeout=20)
        if chunked:
            connection.sendall(END)

    with upstream(play) as url, proxied(url, tmp_path) as (at, heard), connected(at) as connection:
        connection.sendall(post(ASKED))
        read_until(connection, b"\r\n\r\n")
        arrived.release()
        for piece in reads:
            sent = piece if b"Length" in framing else chunk(piece)
            came = b""
            while len(came) < len(sent):
                came += connection.recv(65536)
            assert came == sent
            arrived.release()
        passed = heard.first()
    meta = json.loads(next(tmp_path.glob("*.meta.json")).read_text())
    assert [size for _, size in meta["reads"]] == [*map(len, reads), 0]
    assert (next(tmp_path.glob("*.sse")).read_bytes(), meta["ended"]) == (GOOD, "close")
    assert passed.report is not None
    assert passed.report.ending == "finished"


def test_a_chunk_that_comes_in_parts_is_not_waited_for(tmp_path: Path) -> None:
    arrived = threading.Event()

    def play(connection: socket.socket, _: bytes) -> None:
        connection.sendall(STREAM + b"%x\r\n" % len(GOOD) + GOOD[:50])
        assert arrived.wait(20)
        connection.sendall(GOOD[50:] + b"\r\n" + END)

    with upstream(play) as url, proxied(url, tmp_path) as (at, _), connected(at) as connection:
        connection.sendall(post(ASKED, b"/", b"Connection: close"))
        begun = read_until(connection, GOOD[:50])
        arrived.set()
        whole = begun + read_to_end(connection)
    assert unchunked(whole.partition(b"\r\n\r\n")[2]) == GOOD


def test_compressed_bytes_pass_as_they_are_and_are_saved_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(GOOD, mtime=0)
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked"
    )

    def play(connection: socket.socket, request: bytes) -> None:
        assert b"\r\naccept-encoding: gzip\r\n" in request
        connection.sendall(head + b"\r\n\r\n")
        for start in range(0, len(packed), 100):
            connection.sendall(chunk(packed[start : start + 100]))
            time.sleep(0.005)
        connection.sendall(END)

    with upstream(play) as url, proxied(url, tmp_path) as (at, heard):
        came = ask(at, post(ASKED, b"/v1/chat/completions", b"Accept-Encoding: gzip"))
        passed = heard.first()
    assert unchunked(came.partition(b"\r\n\r\n")[2]) == packed
    assert next(tmp_path.glob("*.sse")).read_bytes() == GOOD
    assert passed.problems == ()
    assert passed.report is not None
    assert (passed.report.ending, check(passed.source).ending) == ("finished", "finished")


def test_damaged_compression_passes_and_is_told(tmp_path: Path) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n"
    )
    body = b"data: this is not compressed\n\n"
    with (
        upstream(lambda connection, _: connection.sendall(head + body)) as url,
        proxied(url, tmp_path) as (at, heard),
    ):
        assert ask(at, post(ASKED)).endswith(body)
        passed = heard.first()
    assert passed.report is None
    assert re.search(r"not gzip data, or damaged", passed.problems[0])


def test_what_is_no_stream_passes_and_is_not_saved(tmp_path: Path) -> None:
    response = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    with upstream(lambda connection, _: connection.sendall(response)) as url, proxied(url, tmp_path) as (at, heard):
        assert ask(at, post(ASKED)).endswith(b"\r\n\r\n{}")
    assert heard.others == [(f"POST {url}/v1/chat/completions", 401)]
    assert list(tmp_path.iterdir()) == []


def test_connections_are_used_again(tmp_path: Path) -> None:
    answer = STREAM + chunk(GOOD) + END
    with (
        upstream(lambda connection, _: connection.sendall(answer)) as url,
        proxied(url, tmp_path) as (at, heard),
        connected(at) as connection,
    ):
        for _ in range(3):
            connection.sendall(post(ASKED))
            assert read_until(connection, END).endswith(chunk(GOOD) + END)
        heard.first(3)
    assert len(list(tmp_path.glob("*.sse"))) == 3
