"""record: one request, its answer saved and judged as it is."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.live.hostile import HEAD, answering, unused
from tests.live.provider import KEY, MODEL, Provider, changed
from validator.live.answer import Came
from validator.live.serve import serving

if TYPE_CHECKING:
    import socket
    from pathlib import Path

ASKED = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    """Return the file of a request."""
    file = tmp_path / "hello.json"
    file.write_text(json.dumps(ASKED))
    return file


def recorded(provider: Provider, file: Path, *args: str) -> tuple[int, str, str]:
    with serving(provider.app()) as url:
        return chunkspec(
            "record", "--base-url", f"{url}/v1", str(file), "-o", str(file.parent / "captures"), "--no-config", *args
        )


def test_an_answer_is_saved_with_its_request_and_judged(request_file: Path) -> None:
    code, out, err = recorded(Provider(), request_file, "--format", "json", "--fail-on", "info")
    assert (code, err) == (0, "")
    (stream,) = json.loads(out)["streams"]
    assert stream["ending"] == "finished"
    assert stream["not_judged"] == {}
    folder = request_file.parent / "captures"
    assert stream["source"] == str(folder / "hello.sse")
    meta = json.loads((folder / "hello.meta.json").read_text())
    assert meta["request"] == ASKED
    assert meta["response"]["status"] == 200
    assert meta["ended"] == "close"
    assert sum(size for _, size in meta["reads"]) == (folder / "hello.sse").stat().st_size


def test_ctrl_c_leaves_what_came(request_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (request_file.parent / "captures").mkdir()
    event = next(Provider().events(ASKED))

    def play(connection: socket.socket) -> None:
        connection.sendall(HEAD + event)
        connection.recv(1)

    class Pressed(Came):
        def piece(self, piece: bytes) -> bool:
            over = super().piece(piece)
            os.kill(os.getpid(), signal.SIGINT)
            return over

    def nothing(connection: socket.socket) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        connection.recv(1)

    args = [str(request_file), "-o", str(request_file.parent / "captures"), "--no-config"]
    with answering(nothing) as url:
        code, out, _ = chunkspec("record", "--base-url", url, *args)
    assert (code, out, list((request_file.parent / "captures").iterdir())) == (130, "", [])
    monkeypatch.setattr("validator.live.ask.Came", Pressed)
    with answering(play) as url:
        code, out, err = chunkspec("record", "--base-url", url, *args)
    file = request_file.parent / "captures" / "hello.sse"
    assert (code, err) == (130, f"chunkspec: {file}: interrupted: its rest did not come\n")
    assert "ending: left" in out
    assert file.read_bytes() == event
    assert json.loads(file.with_name("hello.meta.json").read_text())["ended"] == "left"


def test_a_defect_is_found_and_the_file_says_so_later(request_file: Path) -> None:
    broken = changed(lambda chunk: {**chunk, "object": "chunk"})
    code, out, _ = recorded(broken(), request_file, "--format", "json")
    assert code == 1
    later = chunkspec("check", str(request_file.parent / "captures"), "--no-config", "--format", "json")
    assert (1, out) == later[:2]
    assert {finding["rule"] for finding in json.loads(out)["streams"][0]["findings"]} == {"object-const"}


def test_nothing_is_written_over_unless_it_is_asked_for(request_file: Path) -> None:
    assert recorded(Provider(), request_file)[0] == 0
    code, _, err = recorded(Provider(), request_file)
    assert code == 2
    assert "hello.sse: is there already; --force writes over it" in err
    assert recorded(Provider(), request_file, "--force")[0] == 0


def test_a_key_goes_to_the_server_and_nowhere_else(request_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    provider = Provider()
    provider.key = KEY
    code, out, err = recorded(provider, request_file, "--api-key-env", "THE_KEY", "-v")
    assert code == 0
    assert len(provider.asked) == 1
    files = [one.read_text() for one in (request_file.parent / "captures").iterdir()]
    assert not any(KEY in text for text in (out, err, *files))


@pytest.mark.parametrize(
    ("text", "said"),
    [("[1]", "holds no JSON object"), ("{", "not JSON"), (None, "cannot be read: No such file or directory")],
)
def test_a_request_that_is_none_is_said_in_one_line(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "one.json"
    if text is not None:
        file.write_text(text)
    code, out, err = chunkspec("record", "--base-url", "http://localhost:1", str(file), "-o", str(tmp_path / "c"))
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "c").exists()


def test_a_server_that_does_not_answer_is_said_in_one_line(request_file: Path) -> None:
    folder = str(request_file.parent / "captures")
    common = [str(request_file), "-o", folder, "--no-config", "--retries", "0", "--force"]
    code, _, err = chunkspec("record", "--base-url", unused(), *common)
    assert code == 2
    assert "cannot be reached" in err
    with answering(b"220 smtp ready\r\n") as url:
        code, _, err = chunkspec("record", "--base-url", url, *common)
    assert code == 2
    assert err.startswith(f"chunkspec: {url}/chat/completions: no answer: ")
    assert err.count("\n") == 1


def test_an_answer_that_is_not_streamed_is_saved_as_it_is(request_file: Path) -> None:
    request_file.write_text(json.dumps({**ASKED, "stream": False}))
    code, out, err = recorded(Provider(), request_file)
    file = request_file.parent / "captures" / "hello.json"
    assert (code, err) == (0, "")
    assert out == f"{file}: HTTP 200; no stream was asked for, so nothing is judged\n"
    assert json.loads(file.read_text())["object"] == "chat.completion"
    assert json.loads((file.parent / "hello.json.meta.json").read_text())["request"]["stream"] is False
