"""``chunkspec replay`` as its users start it: where it listens, how it ends, and what it refuses."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.live.sockets import END, connected, post, read_to_end, read_until
from tests.live.wired import hear, hear_raw, listens_on

if TYPE_CHECKING:
    from collections.abc import Iterator

HELLO = CORPUS / "streams" / "openai" / "hello-world.sse"


@contextmanager
def replaying(*args: str, given: IO[bytes] | None = None) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """Run the command; gives the URL that it tells, what it tells before, and the process."""
    command = [sys.executable, "-m", "validator", "replay", *args]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=given, stderr=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stderr is not None
            told = ""
            while (found := re.search(r"(http://\S+)/v1 plays \d+", told)) is None:
                line = process.stderr.readline()
                assert line, told
                told += line
            yield found[1], told, process
        finally:
            process.kill()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_listens_on_the_loopback_alone_and_ends_when_told(by: signal.Signals) -> None:
    with replaying(str(HELLO)) as (url, _, process):
        port = int(url.rpartition(":")[2])
        assert url == f"http://127.0.0.1:{port}"
        assert hear(url, "any").body == HELLO.read_bytes()
        others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        assert [address for address in others - {"127.0.0.1"} if listens_on(port, str(address))] == []
        process.send_signal(by)
        assert process.wait(60) == 0


def test_it_ends_while_a_client_waits_for_a_stream_that_stalls() -> None:
    with replaying(str(HELLO), "--fault", "stall") as (url, _, process), connected(url) as connection:
        connection.sendall(post(b'{"stream": true}'))
        begun = read_until(connection, b"data: ")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        with suppress(ConnectionResetError):
            begun += read_to_end(connection)
    assert END not in begun


def test_another_host_is_said_to_be_open() -> None:
    with replaying(str(HELLO), "--host", "0.0.0.0") as (url, told, _):  # noqa: S104 - what is tested
        assert hear(url.replace("0.0.0.0", "127.0.0.1"), "any").body == HELLO.read_bytes()  # noqa: S104 - as above
        assert "open to other machines" in told


def test_options_say_how_it_is_played() -> None:
    with replaying(str(HELLO), "--fault", "no-done", "--reads", "50", "--timing", "none") as (url, _, _):
        heard = hear(url, "any")
        assert {len(chunk) for chunk in heard.chunks[:-1]} == {50}
        assert HELLO.read_bytes() == heard.body + b"data: [DONE]\n\n"


def test_what_comes_by_a_pipe_is_played_as_often_as_it_is_asked_for() -> None:
    with HELLO.open("rb") as pipe, replaying("-", given=pipe) as (url, _, _):
        assert [hear(url, "any").body for _ in range(2)] == [HELLO.read_bytes()] * 2
        assert hear_raw(url, post(b"")).status == 200


def test_names_and_faults_can_be_listed(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.sse").write_bytes(HELLO.read_bytes())
    code, out, _ = chunkspec("replay", str(tmp_path), "--provider", "--list")
    assert (code, out.splitlines()[:2]) == (0, ["a\\x1b[31m", "well-formed"])
    code, out, _ = chunkspec("replay", "--faults")
    assert code == 0
    assert "reset " in out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "name a PATH"),
        (["no-such-file.sse"], "no such file"),
        ([str(HELLO), "--fault", "restet"], "did you mean 'reset'"),
        ([str(HELLO), "--reads", "zero"], "reads are"),
        ([str(HELLO), "--timing", "soon"], "timing is"),
        ([str(HELLO), "--at", "-1"], "number of events"),
        ([str(HELLO), "--host", "no.such.host.invalid"], "cannot listen"),
        ([str(HELLO), "--api-key-env", "HOME"], "for --provider"),
        (["--provider", "--api-key-env", "CHUNKSPEC_NO_SUCH_KEY"], "holds no key"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(args: list[str], says: str) -> None:
    code, out, err = chunkspec("replay", *args)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = chunkspec("replay", str(HELLO), "--port", str(taken.getsockname()[1]))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "cannot listen" in err


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from validator import live

    def missing(name: str, *_: Any) -> None:
        return None

    monkeypatch.setattr(live, "find_spec", missing)
    code, _, err = chunkspec("replay", str(HELLO))
    assert code == 2
    assert "pip install 'chunkspec[live]'" in err


def test_what_the_readme_shows_is_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^chunkspec replay (captures/ .+) --port (\d+)$", readme, re.MULTILINE)
    code = re.search(r"```python\n(from openai import OpenAI\n\nclient = OpenAI\(base_url=.+?)```", readme, re.DOTALL)
    assert command is not None
    assert code is not None
    assert f"http://127.0.0.1:{command[2]}/v1" in code[1]
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures" / "mine.sse").write_bytes(HELLO.read_bytes())
    monkeypatch.chdir(tmp_path)
    with replaying(*command[1].split()) as (url, _, _):
        assert hear(url, "mine").body == HELLO.read_bytes()
        seen: list[Any] = []
        shown = code[1].replace(f"http://127.0.0.1:{command[2]}", url).replace("...", "seen.append(chunk)")
        exec(shown, {"seen": seen})  # noqa: S102 - it is our own README
    assert {chunk.model for chunk in seen} >= {"well-formed/role-on-every-delta", "well-formed?fault=split-character"}
    assert sum(chunk.choices[0].delta.role == "assistant" for chunk in seen if chunk.choices) > 8
