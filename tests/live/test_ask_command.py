"""``chunkspec probe`` of servers that are not there, answer nothing, or too much: what it says and how it exits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.live.hostile import HEAD, Flaky, answering, unused
from tests.live.once import probe
from validator.live import answer as answer_module

if TYPE_CHECKING:
    import socket
    from pathlib import Path


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
        code, out, err = probe(url, "--timeout", "60")
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()


def test_a_server_that_only_ever_stalls_is_exit_code_2() -> None:
    def stall(connection: socket.socket) -> None:
        connection.recv(1)  # until the client leaves

    with answering(stall) as url:
        code, _, err = probe(url, "--timeout", "1.5")
    assert code == 2
    assert err == f"chunkspec: {url}/chat/completions: cannot be probed: no answer within 1.5 seconds\n"


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
