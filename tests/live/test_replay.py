"""The replay server, asked by sockets and by clients: what is served, byte by byte, and how it ends."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

import validator
from tests.corpus import CORPUS
from tests.live.sockets import connected, post
from tests.live.wired import PATH, Heard, hear, hear_raw, value
from validator.captures import Capture, CaptureError
from validator.live.faults import FAULTS
from validator.live.replay import application
from validator.live.serve import serving
from validator.live.shelf import Recorded, Shelf
from validator.live.wish import Wish, wish_of
from validator.meta import load_meta, sidecar
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELLO = "openai/hello-world"
BYTES = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()

#: A body with all that faults can do something to.
STREAM = 'data: {"choices":[{"index":0,"delta":{"content":"ü ☃"}}]}\n\ndata: {"b":1}\r\n\r\ndata: [DONE]\n\n'.encode()


@pytest.fixture(scope="module")
def at() -> Iterator[str]:
    """Serve the corpus and the providers."""
    shelf = Shelf()
    shelf.add_corpus()
    shelf.add_providers()
    with serving(application(shelf, Wish(timing="none"))) as url:
        yield url


@pytest.fixture
def one(tmp_path: Path) -> Iterator[str]:
    """Serve one small stream."""
    (tmp_path / "small.sse").write_bytes(STREAM)
    shelf = Shelf()
    shelf.add_captures([str(tmp_path)])
    with serving(application(shelf)) as url:
        yield url


def test_a_capture_is_served_as_it_is(at: str) -> None:
    heard = hear(at, HELLO)
    assert (heard.status, heard.ended, heard.body) == (200, "close", BYTES)
    assert heard.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert heard.chunks == [block + b"\n\n" for block in BYTES.split(b"\n\n")[:-1]]


@pytest.mark.parametrize("path", [f"/{HELLO}/v1/chat/completions", f"/{HELLO}/chat/completions", f"/{HELLO}.sse"])
def test_a_path_names_what_is_served(at: str, path: str) -> None:
    assert hear(at, "whatever", path=path.encode()).body == BYTES


def test_a_capture_can_be_looked_at(at: str) -> None:
    heard = hear_raw(at, f"GET /{HELLO} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert (heard.status, heard.body) == (200, BYTES)


def test_every_case_of_the_corpus_is_served_byte_by_byte(at: str) -> None:
    wrong = []
    files = sorted(CORPUS.glob("*/*/*.sse"))
    for file in files[::9]:
        meta = load_meta(sidecar(file), "") if sidecar(file).is_file() else {}
        if "content-encoding" in meta.get("response", {}).get("headers", {}) or meta.get("ended") == "timeout":
            continue
        heard = hear(at, f"{file.parent.name}/{file.stem}?reads=97")
        if heard.body != file.read_bytes() or heard.status != meta.get("response", {}).get("status", 200):
            wrong.append(file)
    assert (wrong, len(files) > 900) == ([], True)


def test_the_models_are_listed(at: str) -> None:
    listed = value(hear_raw(at, b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"))
    names = [one["id"] for one in listed["data"]]
    assert {HELLO, "role-once/bad-role-on-every-delta", "well-formed", "well-formed/no-done"} <= set(names)
    bad = {f"{file.parent.name}/{file.stem}" for file in CORPUS.glob("rules/*/bad-*.sse")}
    assert bad <= set(names)


EXPECTED = {
    "no-done": (STREAM.removesuffix(b"data: [DONE]\n\n"), "close"),
    "no-last-blank-line": (STREAM[:-1], "close"),
    "empty": (b"", "close"),
    "split-character": (STREAM, "close"),
    "split-field": (STREAM, "close"),
    "split-line-end": (STREAM, "close"),
    "byte-by-byte": (STREAM, "close"),
    "pause": (STREAM, "close"),
    "truncate": (STREAM[: STREAM.index(b"data: [DONE]")], "close"),
    "cut": (STREAM[: STREAM.index(b"data: [DONE]")], "cut"),
    "cut-inside": (STREAM[: STREAM.index(b"data: [DONE]") + 7], "cut"),
    "reset": (STREAM[: STREAM.index(b"data: [DONE]")], "reset"),
    "stall": (STREAM[: STREAM.index(b"data: [DONE]")], "stall"),
    "no-answer": (b"", "stall"),
    "reset-at-once": (b"", "reset"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_played_to_the_byte(one: str, fault: str) -> None:
    body, ended = EXPECTED[fault]
    heard = hear(one, f"small?fault={fault}&at=2&seconds=0.2", wait=1.5 if ended == "stall" else 20)
    assert (heard.body, heard.ended) == (body, ended)
    assert heard.status == (0 if fault in ("no-answer", "reset-at-once") else 200)


@pytest.mark.parametrize(
    ("fault", "first"),
    [("split-character", STREAM[: STREAM.index(b"\xbc")]), ("split-field", b"da"), ("byte-by-byte", b"d")],
)
def test_a_split_is_a_boundary_of_chunks(one: str, fault: str, first: bytes) -> None:
    heard = hear(one, f"small?reads=whole&fault={fault}")
    assert heard.chunks[0] == first
    assert heard.body == STREAM


def test_a_fault_can_be_asked_for_in_three_ways_and_ends_with_the_request(one: str) -> None:
    ways: list[Heard] = [
        hear(one, "small?fault=cut&at=1"),
        hear(one, "small", b"X-Replay: fault=cut&at=1"),
        hear(one, "small", path=PATH + b"?fault=cut&at=1&api-version=2026-01-01"),
    ]
    ways.append(hear(one, "whatever", b"X-Replay: name=small&fault=cut&at=1"))
    assert {(way.ended, way.body) for way in ways} == {("cut", STREAM[: STREAM.index(b'data: {"b"')])}
    assert hear(one, "small").ended == "close"
    assert hear(one, "small?fault=none", b"X-Replay: fault=cut").ended == "close"


def test_the_server_plays_a_fault_that_it_was_started_with(tmp_path: Path) -> None:
    (tmp_path / "small.sse").write_bytes(STREAM)
    shelf = Shelf()
    shelf.add_captures([str(tmp_path / "small.sse")])
    with serving(application(shelf, wish_of({"reads": "3"}, ("no-done",)))) as url:
        heard = hear(url, "any-model-at-all")
        assert {len(chunk) for chunk in heard.chunks[:-1]} == {3}
        assert b"[DONE]" not in heard.body
        assert hear(url, "small?fault=none&reads=whole").chunks == [STREAM]


def test_what_was_recorded_is_played(tmp_path: Path) -> None:
    known = {
        "request": {"model": "m"},
        "response": {
            "status": 203,
            "headers": {"Content-Type": "text/event-stream", "X-Note": "snow", "Date": "gone"},
        },
        "ended": "reset",
        "reads": [[0.1, 10], [0.35, len(STREAM) - 10]],
    }
    (tmp_path / "one.sse").write_bytes(STREAM)
    (tmp_path / "one.meta.json").write_text(json.dumps(known))
    (tmp_path / "late.sse").write_bytes(STREAM)
    (tmp_path / "late.meta.json").write_text(json.dumps({**known, "reads": [[600, len(STREAM)]]}))
    shelf = Shelf()
    shelf.add_captures([str(tmp_path)])
    with serving(application(shelf)) as url:
        started = time.monotonic()
        heard = hear(url, "one")
        assert time.monotonic() - started > 0.3
        assert hear(url, "late?timing=none").body == STREAM  # at once: it would not wait for ten minutes
    assert (heard.status, heard.ended, heard.body) == (203, "reset", STREAM)
    assert (heard.headers["x-note"], heard.headers["content-type"]) == ("snow", "text/event-stream")
    assert "date" not in heard.headers
    assert [len(chunk) for chunk in heard.chunks] == [10, len(STREAM) - 10]


def test_without_stream_the_same_answer_comes_as_one_object(at: str) -> None:
    whole = value(hear(at, HELLO, stream=False))
    assert whole["object"] == "chat.completion"
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": "Hello, world!", "refusal": None}
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"]["total_tokens"] == 15


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..%2f..%2fetc%2fpasswd", "openai/../openai/hello-world", "role-once", "\x00",
     "", "openai/hello-world/../../case.yaml", "openai/case.yaml", "C:\\Windows", "a" * 100_000],
)  # fmt: skip
def test_a_name_is_no_path(at: str, name: str) -> None:
    heard = hear(at, name)
    assert (heard.status, heard.ended) == (404, "close")
    assert value(heard)["error"]["code"] == "model_not_found"
    assert len(heard.body) < 2_000
    quoted = name.encode()[:200].replace(b"\0", b"%00").replace(b"\\", b"%5C") or b"v2"
    assert hear(at, HELLO, path=b"/%b/v1/chat/completions" % quoted).status in (400, 404)


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        (post(b"{"), 400, "names a model"),
        (post(b"[1]"), 400, "names a model"),
        (post(b'{"model": 3}'), 400, "names a model"),
        (post(b'{"model": "openai/hello-wold", "stream": true}'), 404, "did you mean 'openai/hello-world'"),
        (post(b'{"model": "openai/hello-world?fault=rest", "stream": true}'), 400, "did you mean 'reset'"),
        (post(b'{"model": "openai/hello-world?fault=cut&at=99", "stream": true}'), 400, "events"),
        (post(b"{}", b"/v1/models/gpt"), 404, "listed"),
        (b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404, "nothing is called"),
    ],
)
def test_what_cannot_be_played_is_an_error_as_json(at: str, request_: bytes, status: int, says: str) -> None:
    heard = hear_raw(at, request_)
    error = value(heard)["error"]
    assert heard.status == status
    assert says in error["message"]
    assert set(error) == {"message", "type", "param", "code"}


def test_what_cannot_be_read_any_more_is_an_error() -> None:
    def gone() -> Iterator[bytes]:
        raise CaptureError("one.sse: cannot be read: it is gone")

    shelf = Shelf()
    shelf.put("one", Recorded(Capture("one.sse", gone)))
    with serving(application(shelf)) as url:
        heard = hear(url, "one")
    assert (heard.status, heard.headers["content-type"]) == (500, "application/json")
    assert "cannot be read" in value(heard)["error"]["message"]


def test_headers_that_would_be_more_than_headers_are_not_sent(tmp_path: Path) -> None:
    (tmp_path / "one.sse").write_bytes(STREAM)
    known = {"response": {"headers": {"x-note": "a\r\nset-cookie: b"}}}
    (tmp_path / "one.meta.json").write_text(json.dumps(known))
    shelf = Shelf()
    shelf.add_captures([str(tmp_path)])
    with serving(application(shelf)) as url:
        heard = hear(url, "one")
    assert heard.status == 500
    assert "set-cookie" not in heard.headers


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_body_is_coded_as_its_headers_say(tmp_path: Path, coding: str) -> None:
    (tmp_path / "one.sse").write_bytes(STREAM)
    known = {"response": {"headers": {"content-type": "text/event-stream", "content-encoding": coding}}}
    (tmp_path / "one.meta.json").write_text(json.dumps(known))
    shelf = Shelf()
    shelf.add_captures([str(tmp_path)])
    with serving(application(shelf)) as url:
        heard = hear(url, "one")
        assert heard.headers.get("content-encoding") == (None if coding == "br" else coding)
        assert httpx.get(f"{url}/one").content == STREAM
    assert (heard.body == STREAM) is (coding == "br")


def test_a_status_that_is_none_of_a_response_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "one.sse").write_bytes(STREAM)
    (tmp_path / "one.meta.json").write_text('{"response": {"status": 799}}')
    shelf = Shelf()
    shelf.add_captures([str(tmp_path)])
    with serving(application(shelf)) as url:
        heard = hear(url, "one")
    assert (heard.status, "799" in value(heard)["error"]["message"]) == (500, True)


def test_two_captures_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.sse").write_bytes(STREAM)
    shelf = Shelf()
    with pytest.raises(ConfigError, match="'one'"):
        shelf.add_captures([str(tmp_path / "a" / "one.sse"), str(tmp_path / "b" / "one.sse")])
    above = Shelf()
    above.add_captures([str(tmp_path)])
    assert above.names() == ["a/one", "b/one"]


def test_captures_of_every_format_are_played(tmp_path: Path) -> None:
    entry = {
        "request": {"method": "POST", "url": "http://x/", "headers": []},
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "text/event-stream"}],
            "content": {"mimeType": "text/event-stream", "text": STREAM.decode()},
        },
    }
    (tmp_path / "session.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry, entry]}}))
    shelf = Shelf()
    shelf.add_captures([str(tmp_path / "session.har")])
    assert shelf.names() == ["session.har#1", "session.har#2"]
    with serving(application(shelf)) as url:
        assert hear(url, "session.har#2").body == STREAM


def test_fifty_clients_at_once_get_each_its_own(at: str) -> None:
    names = [f"{file.parent.name}/{file.stem}" for file in sorted(CORPUS.glob("streams/*/*.sse"))][:50]
    with ThreadPoolExecutor(50) as pool:
        heard = list(pool.map(lambda name: hear(at, f"{name}?timing=5&reads=event", wait=20), names))
    expected = [(CORPUS / "streams" / f"{name}.sse").read_bytes() for name in names]
    assert [one.body for one in heard] == expected


def test_a_client_that_leaves_harms_nobody(at: str) -> None:
    body = json.dumps({"model": f"{HELLO}?fault=stall", "stream": True}).encode()
    for _ in range(20):
        with connected(at) as connection:
            connection.sendall(post(body))
            connection.recv(100)
    assert hear(at, HELLO).body == BYTES


def client(url: str, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=5, **options)


def test_openai_python_reads_what_is_good(at: str) -> None:
    with client(f"{at}/v1") as good:
        stream = good.chat.completions.create(model=HELLO, messages=[], stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == "Hello, world!"
        whole = good.chat.completions.create(model=HELLO, messages=[])
        assert whole.choices[0].message.content == "Hello, world!"
        assert HELLO in [one.id for one in good.models.list()]
        asked: Any = [{"role": "user", "content": "Snow?"}]
        with good.chat.completions.stream(model="well-formed", messages=asked) as events:
            told = events.get_final_completion().choices[0].message.content
        assert told is not None
        assert told.endswith("Snow?")


def test_openai_python_meets_what_is_bad(at: str) -> None:
    with client(f"{at}/role-once/bad-role-on-every-delta/v1") as by_path:
        with by_path.chat.completions.stream(model="gpt", messages=[]) as events:
            role: str = events.get_final_completion().choices[0].message.role
        assert role == "assistant" * 4
    with client(f"{at}/v1", default_query={"fault": "reset"}) as bad:
        with pytest.raises(Exception, match=r"(?i)reset|connection|peer"):
            list(bad.chat.completions.create(model=HELLO, messages=[], stream=True))
        with pytest.raises(openai.NotFoundError, match="nothing is called"):
            bad.chat.completions.create(model="gpt-none", messages=[], stream=True)
    with client(f"{at}/v1") as slow, pytest.raises(Exception, match=r"(?i)time"):
        list(
            slow.with_options(timeout=0.5).chat.completions.create(
                model=f"{HELLO}?fault=stall", messages=[], stream=True
            )
        )


def test_what_is_served_is_judged_as_its_case_says(at: str) -> None:
    heard = hear(at, "role-once/bad-role-on-every-delta?reads=byte")
    assert [one.rule for one in validator.check(heard.body).findings] == ["role-once"]
