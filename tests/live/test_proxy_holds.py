"""A proxy under load: many streams at once, slow clients, and keys that nobody else may see."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from typing import TYPE_CHECKING
from unittest.mock import patch

import httpx

from tests.corpus import CORPUS
from tests.live.sockets import END, STREAM, ask, chunk, connected, post, proxied, read_until, upstream
from validator.watch import AWAY

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
EVENTS = [event + b"\n\n" for event in GOOD.split(b"\n\n") if event]
ASKED = b'{"model": "gpt-5.1-mini", "stream": true, "stream_options": {"include_usage": true}, "messages": []}'
MANY = 200


def test_two_hundred_streams_at_once(tmp_path: Path) -> None:
    """No stream goes on before all have begun; each comes whole, and is none of another."""
    all_here = threading.Barrier(MANY)

    def own(number: int) -> list[bytes]:
        return [event.replace(b'"content":"Hello"', b'"content":"Hello %d"' % number) for event in EVENTS]

    def play(connection: socket.socket, request: bytes) -> None:
        first, *others = own(json.loads(request.partition(b"\r\n\r\n")[2])["seed"])
        connection.sendall(STREAM + chunk(first))
        all_here.wait(60)
        for event in others:
            connection.sendall(chunk(event))
        connection.sendall(END)

    async def one(client: httpx.AsyncClient, number: int) -> bytes:
        body = {"model": f"model-{number}", "stream": True, "seed": number}
        return (await client.post("/v1/chat/completions", json=body)).content

    async def every(at: str) -> list[bytes]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=at, timeout=60, limits=limits, trust_env=False) as client:
            return await asyncio.gather(*(one(client, number) for number in range(MANY)))

    with upstream(play) as url, proxied(url, tmp_path) as (at, heard):
        came = asyncio.run(every(at))
        heard.first(MANY)
    assert came == [b"".join(own(number)) for number in range(MANY)]
    saved = {path.name.partition("-")[2]: path.read_bytes() for path in tmp_path.glob("*.sse")}
    assert saved == {f"model-{number}.sse": came[number] for number in range(MANY)}
    assert {passed.report.ending for passed in heard.streams if passed.report} == {"finished"}


def test_a_slow_client_is_felt_by_the_server(tmp_path: Path) -> None:
    """What the client does not take stays with the server, and no time is told of what nobody timed."""
    piece, most, sent = chunk(b": " + b"x" * 65534), 1024, 0
    stuck, taken = threading.Event(), threading.Event()

    def play(connection: socket.socket, _: bytes) -> None:
        nonlocal sent
        connection.sendall(STREAM)
        connection.settimeout(2.5)  # longer than this machine stalls
        try:
            while sent < most:
                connection.sendall(piece)
                sent += 1
        except TimeoutError:
            stuck.set()
            taken.wait(20)

    with (
        patch("validator.live.tap.FOUND_THERE", 10),  # what lies there may be taken late too
        upstream(play) as url,
        proxied(url, tmp_path, away=AWAY) as (at, heard),
        connected(at) as connection,
    ):
        connection.sendall(post(ASKED))
        assert stuck.wait(60)
        assert sent < most / 4  # 16 MiB, most of it in the buffers of the four sockets
        while connection.recv(1 << 20, socket.MSG_DONTWAIT if not taken.is_set() else 0):
            taken.set()
        passed = heard.first()
    meta = json.loads(next(tmp_path.glob("*.meta.json")).read_text())
    assert "reads" not in meta
    assert passed.report is None
    assert passed.again is not None
    again = passed.again()
    assert not isinstance(again, str)
    assert any("times" in why for why in again.not_judged.values())


def test_a_client_that_pauses_blames_no_server(tmp_path: Path) -> None:
    """What the buffers hold, the proxy has at once."""
    answer = STREAM + b"".join(map(chunk, EVENTS)) + END
    with (
        upstream(lambda connection, _: connection.sendall(answer)) as url,
        proxied(url, tmp_path) as (at, heard),
        connected(at) as connection,
    ):
        connection.sendall(post(ASKED))
        passed = heard.first()  # long before the client takes any of it
        read_until(connection, END)
    assert passed.report is not None
    assert passed.report.ending == "finished"
    meta = json.loads(next(tmp_path.glob("*.meta.json")).read_text())
    assert [size for _, size in meta["reads"]] == [*map(len, EVENTS), 0]


def test_a_server_that_takes_its_time_is_timed(tmp_path: Path) -> None:
    """Its head and the first bytes come late and together, and nobody was away."""

    def play(connection: socket.socket, _: bytes) -> None:
        time.sleep(2)
        connection.sendall(STREAM + chunk(GOOD) + END)

    with upstream(play) as url, proxied(url, tmp_path) as (at, heard):
        ask(at, post(ASKED))
        heard.first()
    reads = json.loads(next(tmp_path.glob("*.meta.json")).read_text())["reads"]
    assert [size for _, size in reads] == [len(GOOD), 0]
    assert 0.9 < reads[0][0] < 60  # however long the machine stalls while the request is sent


def test_keys_are_passed_on_and_saved_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Not even where the server says them again."""
    keys = ["sk-live-0123456789abcdef", "azure0123456789", "query-key-98765", "body-key-4711", "cookie-4242"]
    came: list[bytes] = []

    def play(connection: socket.socket, request: bytes) -> None:
        came.append(request)
        if request.startswith(b"POST /sk-"):
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        echo = json.dumps({"error": {"message": f"no such keys: {' '.join(keys)}", "code": None}}).encode()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
            b"Set-Cookie: session=%b\r\nX-Echo: %b\r\n\r\n" % (keys[4].encode(), keys[1].encode())
        )
        for start in range(0, len(echo), 7):
            connection.sendall(chunk((b"data: " if start == 0 else b"") + echo[start : start + 7]))
        connection.sendall(chunk(b"\n\n") + END)

    body = {"model": f"m {keys[0]}", "stream": True, "api_key": keys[3], "messages": [{"content": keys[0]}]}
    head = [
        f"Authorization: Bearer {keys[0]}".encode(),
        f"api-key: {keys[1]}".encode(),
        f"Cookie: session={keys[4]}".encode(),
    ]
    with upstream(play) as url, proxied(url, tmp_path) as (at, heard):
        answer = ask(at, post(json.dumps(body).encode(), b"/v1/x?key=" + keys[2].encode(), *head))
        passed = heard.first()
        ask(at, post(b"{}", b"/%b" % keys[0].encode(), *head))
    assert [status for _, status in heard.others] == [404]
    assert all(key.encode() in came[0] for key in keys)  # it is the saved that lack them, not what passes
    assert all(key.encode() in answer.replace(b"\r\n7\r\n", b"") for key in keys[1:2])
    told = "".join([*capfd.readouterr(), repr(heard), repr(passed.report and passed.report.to_dict())])
    told += "".join(path.name + path.read_text() for path in tmp_path.iterdir())
    assert "no such keys: ****" in told
    assert [key for key in keys if key in told] == []


def test_nothing_listens_but_on_the_loopback(tmp_path: Path) -> None:
    with upstream(lambda connection, _: connection.sendall(STREAM + END)) as url, proxied(url, tmp_path) as (at, _):
        port = int(at.rpartition(":")[2])
        assert at == f"http://127.0.0.1:{port}"
        with socket.socket() as other:  # any other address of this machine is free
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.2" if os.uname().sysname == "Linux" else "0.0.0.0", port))  # noqa: S104 - the point
