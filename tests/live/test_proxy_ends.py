"""However a stream ends, its capture says so, and both sides see what they would see without the proxy."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.corpus import CORPUS
from tests.live.sockets import END, STREAM, ask, chunk, connected, post, proxied, read_to_end, read_until, upstream
from validator import check
from validator.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
FIRST = GOOD[: GOOD.index(b"\n\n") + 2]
ASKED = b'{"model": "gpt-5.1-mini", "stream": true, "stream_options": {"include_usage": true}, "messages": []}'


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def sidecar(folder: Path) -> dict[str, Any]:
    """Return the only sidecar of a folder."""
    (file,) = folder.glob("*.meta.json")
    meta: dict[str, Any] = json.loads(file.read_text())
    return meta


def breaks_off(connection: socket.socket) -> None:
    """End without the end of the body, as a worker that is killed."""


def damages(connection: socket.socket) -> None:
    connection.sendall(b"no size\r\n")


@pytest.mark.parametrize("end", [reset, breaks_off, damages])
def test_an_upstream_that_dies_leaves_a_capture_that_says_so(
    end: Callable[[socket.socket], None], tmp_path: Path
) -> None:
    read = threading.Event()

    def play(connection: socket.socket, _: bytes) -> None:
        connection.sendall(STREAM + chunk(FIRST))
        assert read.wait(20)
        end(connection)

    with upstream(play) as url, proxied(url, tmp_path) as (at, heard), connected(at) as connection:
        connection.sendall(post(ASKED))
        read_until(connection, FIRST)
        read.set()
        rest = read_to_end(connection)
        passed = heard.first()
    assert END not in rest  # so that the client knows that more was to come
    assert sidecar(tmp_path)["ended"] == "reset"
    assert next(tmp_path.glob("*.sse")).read_bytes() == FIRST
    assert passed.report is not None
    assert passed.report.ending == "cut"
    assert "clean-transport-end" in {finding.rule for finding in passed.report.findings}


def test_an_upstream_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    left = threading.Event()

    def play(connection: socket.socket, _: bytes) -> None:
        connection.sendall(STREAM + chunk(FIRST))
        assert connection.recv(1) == b""
        left.set()

    with upstream(play) as url, proxied(url, tmp_path, timeout=1.5) as (at, heard):
        assert END not in ask(at, post(ASKED)).partition(b"\r\n\r\n")[2]
        heard.first()
        assert left.wait(20)
    assert sidecar(tmp_path)["ended"] == "timeout"


@pytest.mark.parametrize("leave", [reset, socket.socket.close])
def test_a_client_that_leaves_ends_the_request(leave: Callable[[socket.socket], None], tmp_path: Path) -> None:
    left = threading.Event()

    def play(connection: socket.socket, _: bytes) -> None:
        connection.sendall(STREAM + chunk(FIRST))
        assert connection.recv(1) == b""
        left.set()

    with upstream(play) as url, proxied(url, tmp_path) as (at, heard):
        with connected(at) as connection:
            connection.sendall(post(ASKED))
            read_until(connection, FIRST)
            leave(connection)
        assert left.wait(20)
        passed = heard.first()
    assert sidecar(tmp_path)["ended"] == "left"
    assert passed.report is not None
    assert (passed.report.ending, passed.report.ok) == ("left", True)


def test_a_client_that_leaves_before_the_first_byte_ends_the_request(tmp_path: Path) -> None:
    asked, left = threading.Event(), threading.Event()

    def play(connection: socket.socket, _: bytes) -> None:
        asked.set()
        assert connection.recv(1) == b""
        left.set()

    with upstream(play) as url, proxied(url, tmp_path) as (at, heard):
        with connected(at) as connection:
            connection.sendall(post(ASKED))
            assert asked.wait(20)
        assert left.wait(20)
        heard.first()
    meta = sidecar(tmp_path)
    assert (meta["ended"], meta["request"]["model"], "response" in meta) == ("left", "gpt-5.1-mini", False)


def test_a_client_that_leaves_within_its_request_ends_it(tmp_path: Path) -> None:
    begun, left = threading.Event(), threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            begun.set()
            while connection.recv(65536):
                pass
            left.set()

    threading.Thread(target=serve, daemon=True).start()
    with listening, proxied(f"http://127.0.0.1:{listening.getsockname()[1]}", tmp_path) as (at, heard):
        with connected(at) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
            assert begun.wait(20)
        assert left.wait(20)
    assert (heard.streams, list(tmp_path.iterdir())) == ([], [])


def test_a_server_that_is_not_there_is_a_bad_gateway(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with proxied(f"http://127.0.0.1:{port}", tmp_path) as (at, heard):
        head, _, body = ask(at, post(ASKED)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 ")
    assert b"content-type: application/json" in head
    error = json.loads(body)["error"]
    assert error["code"] == "bad_gateway"
    assert error["message"].startswith("the server did not answer: ConnectError")
    assert [what for what, _ in heard.problems] == [f"POST http://127.0.0.1:{port}/v1/chat/completions"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "ended"), [(b"", "reset"), (b"no HTTP at all\r\n\r\n", "reset"), (None, "timeout")]
)  # fmt: skip
def test_a_server_that_does_not_answer_is_a_bad_gateway_and_leaves_a_capture(
    answer: bytes | None, ended: str, tmp_path: Path
) -> None:
    def play(connection: socket.socket, _: bytes) -> None:
        if answer is None:
            connection.recv(1)
        else:
            connection.sendall(answer)

    patience = 1.5 if ended == "timeout" else 60
    with upstream(play) as url, proxied(url, tmp_path, timeout=patience) as (at, heard):
        head, _, body = ask(at, post(ASKED)).partition(b"\r\n\r\n")
        passed = heard.first()
    assert head.startswith(b"HTTP/1.1 502 ")
    assert json.loads(body)["error"]["type"] == "proxy_error"
    assert sidecar(tmp_path)["ended"] == ended
    assert passed.report is not None
    assert passed.report.ending == "empty"


def test_a_status_that_is_none_is_a_bad_gateway_and_told(tmp_path: Path) -> None:
    with (
        upstream(lambda connection, _: connection.sendall(b"HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n")) as url,
        proxied(url, tmp_path) as (at, heard),
    ):
        assert ask(at, post(ASKED)).startswith(b"HTTP/1.1 502 ")
    told = "the server answered with the status 600, which is none"
    assert heard.problems == [(f"POST {url}/v1/chat/completions", told)]


def test_a_path_that_is_none_is_refused(tmp_path: Path) -> None:
    with proxied("http://127.0.0.1:9", tmp_path) as (at, heard):
        head, _, body = ask(at, b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: a\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["code"] == "not_a_path"
    assert heard.problems == []


@pytest.mark.parametrize("profile", ["openai", "compatible", "auto"])
def test_what_is_found_as_it_flows_is_what_a_check_finds(profile: str, tmp_path: Path) -> None:
    """Of good and bad streams, with the times of their reads."""
    streams = sorted((CORPUS / "rules").glob("*/*.sse"))[len(profile) :: 25]

    def play(connection: socket.socket, request: bytes) -> None:
        data = streams[json.loads(request.partition(b"\r\n\r\n")[2])["seed"]].read_bytes()
        connection.sendall(STREAM)
        for start in range(0, len(data), 700):
            connection.sendall(chunk(data[start : start + 700]))
        connection.sendall(END)

    with upstream(play) as url, proxied(url, tmp_path, judge=Judge(profile)) as (at, heard):
        for number in range(len(streams)):
            ask(at, post(json.dumps({"model": f"m{number}", "stream": True, "seed": number}).encode()))
        heard.first(len(streams))
    assert len(heard.streams) == len(streams) > 10
    for passed in heard.streams:
        (again,) = check(passed.source, profile=profile).streams
        assert passed.report is not None
        assert passed.report.to_dict() == again.to_dict()
        assert not any("times" in why for why in again.not_judged.values())
    assert sum(not passed.report.ok for passed in heard.streams if passed.report) > 3


def test_silence_is_found_as_it_flows(tmp_path: Path) -> None:
    """The times of reads are told to the rules while the stream goes on."""
    rules = tmp_path / "house.yaml"
    rules.write_text(
        "- {id: never-silent, title: No silence, severity: error, on: '@read.silence',"
        " check: {silence: {seconds: 0.1}}, needs: [timestamps]}"
    )

    read = threading.Event()

    def play(connection: socket.socket, _: bytes) -> None:
        connection.sendall(STREAM + chunk(FIRST))
        assert read.wait(20)
        time.sleep(0.5)
        connection.sendall(chunk(GOOD[len(FIRST) :]) + END)

    with (
        upstream(play) as url,
        proxied(url, tmp_path, judge=Judge(more=(rules,))) as (at, heard),
        connected(at) as connection,
    ):
        connection.sendall(post(ASKED))
        read_until(connection, FIRST)  # the silence begins now at the latest, however slow the machine is
        read.set()
        read_until(connection, END)
        passed = heard.first()
    assert passed.report is not None
    assert "never-silent" in {finding.rule for finding in passed.report.findings}
