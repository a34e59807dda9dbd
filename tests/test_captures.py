"""What captures are read from: formats by their content, folders and patterns, and what cannot be read."""
# ruff: noqa: E501 - tables of files read better in long lines

from __future__ import annotations

import base64
import gzip
import json
import os
import threading
import zlib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import validator
from tests.captured import REQUEST, SECRET, SENT, held, same_findings, stream
from tests.command import chunkspec
from validator import captures
from validator.captures import input as inputs
from validator.captures import packed
from validator.captures.readers import reader_for, readers

if TYPE_CHECKING:
    from pathlib import Path

STREAM = stream()
TEXT = STREAM.decode()
PACKED = gzip.compress(STREAM)
HEADERS = [{"name": name, "value": value} for name, value in SENT.items()]
PAYLOADS = [line[6:].strip() for line in TEXT.splitlines() if line.startswith("data: {")]


def har(*contents: Any, **more: Any) -> bytes:
    """Return a HAR with an entry for each content, and the same members in all."""
    entries = [
        {
            "request": {
                "method": "POST",
                "url": f"https://api.example/v1?key={SECRET}",
                "headers": [{"name": "Authorization", "value": f"Bearer {SECRET}"}],
                "cookies": [{"name": "a", "value": SECRET}],
                "postData": {"mimeType": "application/json", "text": json.dumps(REQUEST)},
            },
            "response": {"status": 200, "headers": HEADERS, "content": content},
            **more,
        }
        for content in contents
    ]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": entries}}).encode()


def cassette(body: Any, **response: Any) -> dict[str, Any]:
    """Return the interaction of a body, in the manner of vcrpy."""
    return {
        "request": {"body": json.dumps(REQUEST), "headers": {"authorization": [SECRET]}, "uri": f"https://x/?key={SECRET}"},
        "response": {"status": {"code": 200}, "headers": {name: [value] for name, value in SENT.items()}, "body": body, **response},
    }  # fmt: skip


def in_yaml(value: Any) -> bytes:
    return bytes(yaml.safe_dump(value, allow_unicode=True, encoding="utf-8"))


def dump(body: bytes, *more: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    fields = [f"{name}: {value}" for name, value in SENT.items()]
    return "\r\n".join([status, *fields, *more, "", ""]).encode() + body


def chunked(body: bytes) -> bytes:
    sizes = [body[at : at + 100] for at in range(0, len(body), 100)]
    return b"".join(b"%x;x=y\r\n%b\r\n" % (len(one), one) for one in sizes) + b"0\r\nTrailer: x\r\n\r\n"


GZIPPED = {"Content-Encoding": ["gzip"], **SENT}
LOSSLESS: dict[str, bytes] = {
    "raw": STREAM,
    "gzip": PACKED,
    "gzip in members": gzip.compress(STREAM[:100]) + gzip.compress(STREAM[100:]) + b"\0" * 9,
    "gzip twice": gzip.compress(PACKED),
    "HAR, text": har({"mimeType": "text/event-stream", "text": TEXT}),
    "HAR, base64": har({"mimeType": "text/event-stream", "text": base64.b64encode(STREAM).decode(), "encoding": "base64"}),
    "HAR with a byte order mark": b"\xef\xbb\xbf" + har({"text": TEXT}),
    "HAR of Polly": har({"text": json.dumps([base64.b64encode(one).decode() for one in (STREAM[:99], STREAM[99:])]), "encoding": "base64"}),
    "HAR, compressed": gzip.compress(har({"text": TEXT})),
    "vcrpy, text": in_yaml({"interactions": [cassette({"string": TEXT})], "version": 1}),
    "vcrpy, bytes": in_yaml({"interactions": [cassette({"string": STREAM})], "version": 1}),
    "vcrpy, compressed body": in_yaml({"interactions": [cassette({"string": PACKED}, headers=GZIPPED)], "version": 1}),
    "vcrpy, deflated body": in_yaml({"interactions": [cassette({"string": zlib.compress(STREAM)}, headers={"Content-Encoding": ["deflate"], **SENT})]}),
    "vcrpy, a body that was decoded": in_yaml({"interactions": [cassette({"string": TEXT}, headers=GZIPPED)], "version": 1}),
    "vcrpy of old": in_yaml({"version": 1, "interactions": [{**cassette(None), "response": {"status_code": 200, "headers": SENT, "content": TEXT}}]}),
    "vcrpy, JSON": json.dumps({"version": 1, "interactions": [cassette({"string": TEXT})]}).encode(),
    "vcrpy, JSON with base64": json.dumps({"interactions": [cassette({"base64_string": base64.b64encode(STREAM).decode()})]}).encode(),
    "VCR for Ruby": b"---\n" + in_yaml({"http_interactions": [cassette({"encoding": "UTF-8", "string": TEXT}), cassette({"encoding": "BINARY", "base64_string": base64.encodebytes(STREAM).decode()})], "recorded_with": "VCR 6.2.0"}),
    "go-vcr": b"---\nversion: 2\n" + in_yaml({"interactions": [{"id": 0, "request": {"body": json.dumps(REQUEST)}, "response": {"status": "200 OK", "code": 200, "headers": {name: [value] for name, value in SENT.items()}, "body": TEXT, "duration": "1.2s"}}]}),
    "cassette, compressed": gzip.compress(in_yaml({"interactions": [cassette({"string": TEXT})]})),
    "dump": dump(STREAM),
    "dump of HTTP/2": dump(STREAM, status="HTTP/2 200"),
    "dump, chunked": dump(chunked(STREAM), "Transfer-Encoding: chunked"),
    "dump, chunked and decoded": dump(STREAM, "transfer-encoding: chunked"),
    "dump with a length": dump(STREAM, f"Content-Length: {len(STREAM)}"),
    "dump, folded header": dump(STREAM, "X-Long: a\r\n  b"),
    "dump after others": b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + dump(STREAM),
    "dump, chunked, after an error": dump(b'{"error":1}', "Content-Length: 11", status="HTTP/1.1 500 x") .replace(b"text/event-stream", b"application/json") + dump(chunked(STREAM), "Transfer-Encoding: chunked"),
    "JSON Lines of reads": b"\n".join(json.dumps({"t": at / 1e3, "raw": TEXT[at : at + 50]}).encode() for at in range(0, len(TEXT), 50)),
    "JSON Lines of encoded reads": b"\n".join(json.dumps({"ms": at, "base64": base64.b64encode(STREAM[at : at + 50]).decode()}).encode() for at in range(0, len(STREAM), 50)),
}  # fmt: skip


@pytest.mark.parametrize("form", LOSSLESS)
def test_the_same_stream_in_every_lossless_format_has_the_same_findings(tmp_path: Path, form: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(LOSSLESS[form])
    same_findings(file, STREAM)


@pytest.mark.parametrize("form", LOSSLESS)
def test_at_most_one_reader_is_sure_of_a_file(form: str) -> None:
    assert sum(one.sniff(LOSSLESS[form][: inputs.HEAD]) for one in readers()) <= 1


@pytest.mark.parametrize("library", ["zstandard", "brotli"])
@pytest.mark.parametrize("name", ["x", "x.sse.gz", "x.br"])
def test_zstd_and_brotli_are_known_with_and_without_a_name(tmp_path: Path, library: str, name: str) -> None:
    packer = pytest.importorskip(library)
    file = tmp_path / name
    file.write_bytes(packer.compress(LOSSLESS["HAR, text"]))
    same_findings(file, STREAM)
    body = in_yaml({"interactions": [cassette({"string": packer.compress(STREAM)}, headers={"Content-Encoding": ["zstd" if library == "zstandard" else "br"], **SENT})]})  # fmt: skip
    file = tmp_path / "cassette"
    file.write_bytes(body)
    same_findings(file, STREAM)


@pytest.mark.parametrize("form", ["HAR, text", "vcrpy, bytes", "dump, chunked", "gzip", "raw"])
def test_standard_input_and_pipes_are_read_once(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()

    def send() -> None:
        with open(write, "wb") as pipe:  # noqa: PTH123 - it is a descriptor
            pipe.write(LOSSLESS[form])

    threading.Thread(target=send).start()
    with open(read, "rb") as stdin:  # noqa: PTH123 - it is a descriptor
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": stdin}))
        (one,) = captures.read("-")
        assert b"".join(one.pieces()) == STREAM
    assert one.source.startswith("<stdin>")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    threading.Thread(target=lambda: fifo.write_bytes(LOSSLESS[form])).start()
    assert [body for _, body, _ in held(fifo)] == [STREAM]


def test_a_long_plain_stream_is_never_in_memory_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.sse"
    file.write_bytes(b"data: {}\n\n" * 500_000)
    monkeypatch.setattr(inputs.Input, "whole", None)
    (one,) = captures.read(str(file))
    sizes = [len(piece) for piece in one.pieces()]
    assert sum(sizes) == 5_000_000
    assert max(sizes) == 1 << 20


def test_what_is_known_comes_along_and_secrets_do_not(tmp_path: Path) -> None:
    request = {**REQUEST, "api_key": SECRET, "data_sources": [{"authentication": {"type": "api_key", "key": SECRET}}],
               "image": f"https://u:{SECRET}@x.example/a?sig={SECRET}&b=1", "note": f"Bearer {SECRET}"}  # fmt: skip
    text = json.dumps({"log": {"entries": [{
        "request": {"postData": {"text": json.dumps(request)}},
        "response": {"status": 200, "headers": [*HEADERS, {"name": "Location", "value": f"/x?token={SECRET}"}], "content": {"text": TEXT}, "_error": "net::ERR_TIMED_OUT"},
        "timings": {"wait": 900.5, "receive": 9.5, "blocked": 7},
    }]}})  # fmt: skip
    file = tmp_path / "x"
    file.write_text(text)
    ((_, _, meta),) = held(file)
    assert SECRET not in str(meta)
    assert meta == {
        "request": {**REQUEST, "data_sources": [{"authentication": {"type": "api_key"}}], "note": "[removed]",
                    "image": "https://[removed]@x.example/a?sig=[removed]&b=1"},
        "response": {"status": 200, "headers": {"content-type": SENT["Content-Type"], "cache-control": "no-cache", "location": "/x?token=[removed]"}},
        "ended": "timeout",
        "reads": [[0.91, len(STREAM)]],
    }  # fmt: skip
    sidecar = tmp_path / "y.meta.json"
    sidecar.write_text(json.dumps({"request": request, "response": {"headers": SENT}}))
    (tmp_path / "y.sse").write_bytes(STREAM)
    ((_, _, meta),) = held(tmp_path / "y.sse")
    assert SECRET not in str(meta)


@pytest.mark.parametrize(
    "timings", [{"wait": 1, "receive": 0}, {"wait": 1, "receive": 80}, {"wait": -1, "receive": 9}, {}]
)
def test_a_body_that_did_not_come_at_once_has_no_times(tmp_path: Path, timings: dict[str, float]) -> None:
    file = tmp_path / "x"
    file.write_bytes(har({"text": TEXT}, timings=timings))
    assert "reads" not in held(file)[0][2]


def test_a_sidecar_goes_before_what_a_file_says(tmp_path: Path) -> None:
    file = tmp_path / "x.har"
    file.write_bytes(har({"text": TEXT}))
    sidecar = tmp_path / "x.har.meta.json"
    sidecar.write_text('{"profile": "compatible", "response": {"status": 202}}')
    for meta in (None, sidecar):
        ((_, _, known),) = held(file, meta=meta)
        assert known["profile"] == "compatible"
        assert known["response"]["status"] == 202
        assert known["response"]["headers"]["cache-control"] == "no-cache"
        assert known["request"] == REQUEST


LISTS = {
    "lines": "\n".join(PAYLOADS),
    "lines and the end": "\n".join([*PAYLOADS, "[DONE]"]) + "\n",
    "lines and the end as a text": "\r\n".join([*PAYLOADS, '"[DONE]"']),
    "array": f"[{','.join(PAYLOADS)}]",
    "array in many lines": json.dumps([json.loads(one) for one in PAYLOADS], indent=2),
    "events": "\n".join(f'{{"t": {at / 10}, "data": {one}}}' for at, one in enumerate(PAYLOADS)),
    "events as texts": "\n".join(json.dumps({"event": "message", "data": one, "elapsed_ms": at}) for at, one in enumerate(PAYLOADS)),
    "pairs": "\n".join(f"[{at}, {one}]" for at, one in enumerate(PAYLOADS)),
    "array of pairs": "[" + ",\n".join(f"[{at}, {one}]" for at, one in enumerate(PAYLOADS)) + "]",
    "events by the clock": "\n".join(
        [json.dumps({"time": "2026-11-20T10:00:00Z", "request": REQUEST}), json.dumps({"response": {"status": 200}})]
        + [f'{{"time": "2026-11-20T10:00:0{at}.5Z", "data": {one}}}' for at, one in enumerate(PAYLOADS)]
    ),
    "events by a clock alone": "\n".join(f'{{"time": {1.7e9 + at}, "data": {one}}}' for at, one in enumerate(PAYLOADS)),
    "events of Chrome": har({"mimeType": "text/event-stream"}, startedDateTime="2026-11-20T10:00:00.000Z", _eventSourceMessages=[
        {"time": 1795168800.25 + at, "eventName": "message", "eventId": "", "data": one} for at, one in enumerate(PAYLOADS)]).decode(),
}  # fmt: skip
TIMES = {
    "events": [0.0, 0.1, 0.2, 0.3],
    "events as texts": [0, 0.001, 0.002, 0.003],
    "pairs": [0, 1, 2, 3],
    "array of pairs": [0, 1, 2, 3],
    "events by the clock": [0.5, 1.5, 2.5, 3.5],
    "events of Chrome": [0.25, 1.25, 2.25, 3.25],
}


@pytest.mark.parametrize("form", LISTS)
def test_payloads_without_framing_are_judged_but_for_framing(tmp_path: Path, form: str) -> None:
    file = tmp_path / "x"
    file.write_text(LISTS[form], newline="")
    ((_, body, meta),) = held(file)
    assert meta["exact"] is False
    assert [round(time, 6) for time, _ in meta.get("reads", [])] == TIMES.get(form, [])
    report = validator.check(file).streams[0]
    assert [one.rule for one in report.findings if one.severity == "error"] == ["role-once"]
    assert report.ending == "finished"
    assert report.not_judged["no-missing-blank-line"] == "the capture does not hold the exact bytes"
    assert report.not_judged["done-present"] == "the capture does not hold the exact bytes"
    if form != "array in many lines":
        assert all(f"data: {one}\n\n".encode() in body for one in PAYLOADS)
    code, out, _ = chunkspec("check", str(file))
    assert code == 1
    assert "the capture does not hold the exact bytes" in " ".join(out.split())


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "1"}\n\n{"id": "2"}\n\n',  # payloads without "data: ", as bad servers send them
        '[{"error": {"code": 400}}]',
        '{"error": {"message": "no"}}\n',
        '{\n"id": "1",\n"object": "x"}',
        "data: {}\n\n",
        ": HTTP/1.1 200 OK\n\n",
        "interactions are fun\n",
        "<html>",
        "",
        "\n",
    ],
)
def test_what_a_server_can_send_is_taken_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x"
    file.write_text(text)
    assert reader_for(text.encode()) is None
    assert [(body, meta) for _, body, meta in held(file)] == [(text.encode(), {})]


def test_the_body_of_a_known_response_is_not_taken_for_a_list(tmp_path: Path) -> None:
    file = tmp_path / "x.sse"
    file.write_text(LISTS["lines"])
    (tmp_path / "x.meta.json").write_text(
        '{"response": {"status": 200, "headers": {"content-type": "text/event-stream"}}}'
    )
    assert held(file)[0][1] == LISTS["lines"].encode()
    file.write_bytes(PACKED)
    assert held(file)[0][1] == PACKED
    named = tmp_path / "x.sse.gz"
    named.write_bytes(PACKED)
    ((_, body, meta),) = held(named)
    assert body == STREAM
    assert meta["response"]["status"] == 200


def folder_of_captures(folder: Path) -> Path:
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / ".git").mkdir()
    files = {
        "a.sse": STREAM, "b.har": LOSSLESS["HAR, text"], "c.yaml": LOSSLESS["go-vcr"], "deep/d": PACKED, "deep/e.txt": LOSSLESS["dump"],
        "deep/deeper/f.jsonl": LISTS["lines"].encode(), "deep/deeper/g.json": LISTS["array"].encode(), "h.log": STREAM,
        "empty.sse": b"", "a.meta.json": b'{"request": {"model": "gpt-5.1-mini"}}', "readme.md": b"# data: no\n\ndata: [none]\n",
        "config.yaml": b"data:\n  key: value\n", "index.jsonl": b'{"path": "a", "model": "b"}\n{"path": "c", "model": "d"}\n',
        "package.json": b'{"name": "x"}', "list.json": b"[1, 2]", "icon.png": b"\x89PNG\r\n\0\0", "other.tar.gz": gzip.compress(b"\0" * 999),
        "pages.har": har({"mimeType": "text/html", "text": "<p>"}).replace(b'\\"stream\\": true', b'\\"stream\\": false').replace(b"text/event-stream", b"text/html"),
        ".git/i.sse": STREAM,
    }  # fmt: skip
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


CAPTURES = [
    "a.sse",
    "b.har#1",
    "c.yaml#1",
    "deep/d",
    "deep/deeper/f.jsonl",
    "deep/deeper/g.json",
    "deep/e.txt",
    "empty.sse",
    "h.log",
]


def test_a_folder_is_looked_through_for_captures_by_content(tmp_path: Path) -> None:
    folder = folder_of_captures(tmp_path)
    code, out, err = chunkspec("check", str(folder), "--format", "json")
    assert (code, err) == (1, "")
    assert [one["source"] for one in json.loads(out)["streams"]] == [str(folder / name) for name in CAPTURES]


def test_patterns_and_single_streams_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_of_captures(tmp_path))
    assert [one.source for one in captures.find("**/*.j*n*")] == ["deep/deeper/f.jsonl", "deep/deeper/g.json", "index.jsonl", "list.json", "package.json"]  # fmt: skip
    assert [one.source for one in captures.find("a*")] == ["a.sse"]
    assert [one.source for one in captures.find("d??p")] == [
        "deep/d",
        "deep/deeper/f.jsonl",
        "deep/deeper/g.json",
        "deep/e.txt",
    ]
    assert [one.source for one in captures.find("b.har#1")] == ["b.har#1"]
    assert chunkspec("check", "[bp]*.har")[0] == 1


BOMB = gzip.compress((b": " + b"x" * 2**16 + b"\n\n") * 100)


UNREADABLE: dict[str, tuple[str, bytes, str]] = {
    "cut gzip": ("x.sse.gz", PACKED[:-20], "is gzip data that is cut off"),
    "damaged gzip": ("x.gz", PACKED[:30] + b"\xff" * 9 + PACKED[39:], "is not gzip data, or damaged"),
    "layers": ("x", gzip.compress(gzip.compress(PACKED)), "is compressed more than 2 times"),
    "zip": ("x.zip", b"PK\3\4\0\0\0\0", "is a zip archive: unpack it"),
    "binary": ("x.sse", b"\x89PNG\0", "is a binary file (a zero byte at offset 4)"),
    "HAR, cut": ("x.har", LOSSLESS["HAR, text"][:-9], "is a HAR that is not JSON"),
    "HAR, deep": ("x.har", b'{"log": {"entries": ' + b"[" * 100_000, "is a HAR that is not JSON"),
    "HAR, no entries": ("x.har", b'{"log": {}}', "is a HAR without entries"),
    "HAR, empty": ("x.har", b'{"log": {"entries": []}}', "is a HAR without any response"),
    "HAR of pages": ("x.har", b'{"log": {"entries": [{"response": {"content": {"mimeType": "text/html", "text": "<p>"}}}, {"response": {}}, 7]}}', "is a HAR in which no response is an event stream: 1 no type, 1 text/html"),
    "HAR without bodies": ("x.har", har({"mimeType": "text/event-stream"}), "x.har#1: the HAR does not hold the body; save it with content"),
    "HAR with an empty body": ("x.har", har({"mimeType": "text/event-stream", "text": ""}), "x.har#1: the HAR holds nothing of the body"),
    "HAR, no base64": ("x.har", har({"text": "%%%", "encoding": "base64"}), "x.har#1: its body is no base64"),
    "HAR, body elsewhere": ("x.har", har({"_file": "../../etc/passwd"}), "is not beside the HAR"),
    "HAR, body not there": ("x.har", har({"_file": "nowhere.dat"}), "'nowhere.dat', cannot be read"),
    "cassette, cut": ("x.yaml", LOSSLESS["go-vcr"] + b"- {", "not YAML"),
    "cassette with objects": ("x.yaml", b"interactions:\n- !!python/object:os.system {}\n", "not YAML: could not determine a constructor"),
    "cassette, deep": ("x.yaml", b"interactions:\n" + b"[" * 100_000, "not YAML"),
    "cassette of nothing": ("x.yaml", b"interactions:\n- 7\n- {}\n", "is a cassette without any response"),
    "cassette of a list": ("x.yaml", b"interactions:\n  a: b\n", "is a cassette without a list of interactions"),
    "cassette, odd body": ("x.yaml", in_yaml({"interactions": [cassette([1])]}), "x.yaml#1: its body is of no form"),
    "cassette, bomb": ("x.yaml", in_yaml({"interactions": [cassette({"string": BOMB}, headers=GZIPPED)]}), "x.yaml#1: its body unpacks to more than"),
    "bomb": ("x.sse.gz", BOMB, "as no stream does"),
    "bomb in a bomb": ("x", gzip.compress(BOMB), "as no stream does"),
    "flow, cut": ("x", b"12:9:websocket;0:~", "mitmproxy"),
    "dump, cut": ("x", b"HTTP/1.1 200 OK\r\nContent-Ty", "the head of one ends in the middle (byte 0)"),
    "dump of a promise": ("x", b"HTTP/1.1 100 Continue\r\n\r\n", "holds none that is final"),
    "array, cut": ("x.json", b'[{"id": 1}, {"id"', "is a list of payloads that is not JSON"),
    "sidecar": ("x.meta.json", b"{}", "is what is known beside a capture"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MODEST", 2**20)
    name, data, wanted = UNREADABLE[what]
    file = tmp_path / name
    file.write_bytes(data)
    code, _, err = chunkspec("check", str(file))
    assert code == 2
    assert wanted in err
    assert len(err.splitlines()) == 1
    assert str(file) in err


def test_merge_keys_of_yaml_do_not_grow(tmp_path: Path) -> None:
    levels = "\n".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12))
    file = tmp_path / "x.yaml"
    file.write_text(f"interactions:\n- a0: &a0 {{x: y}}\n{levels}\n")
    code, _, err = chunkspec("check", str(file))
    assert (code, err) == (2, f"chunkspec: {file}:8: not YAML: aliases make it too large\n")


@pytest.mark.parametrize(
    ("module", "data", "extra"),
    [
        ("zstandard", b"\x28\xb5\x2f\xfd\0\0", "captures"),
        ("h11", LOSSLESS["dump, chunked"], "captures"),
        ("mitmproxy.io", b"12:9:websocket;0:~", "mitmproxy"),
    ],
)
def test_a_library_that_is_not_there_is_named(
    tmp_path: Path, module: str, data: bytes, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    file = tmp_path / "x"
    file.write_bytes(data)
    code, _, err = chunkspec("check", str(file))
    assert code == 2
    assert f"pip install 'chunkspec[{extra}]'" in err
    assert len(err.splitlines()) == 1


def test_one_stream_that_cannot_be_read_does_not_keep_the_others_back(tmp_path: Path) -> None:
    file = tmp_path / "x.har"
    file.write_bytes(har({"text": TEXT}, {"mimeType": "text/event-stream"}, {"text": TEXT}))
    code, out, err = chunkspec("check", str(file), "--format", "json")
    assert code == 2
    assert [one["source"] for one in json.loads(out)["streams"]] == [f"{file}#1", f"{file}#3"]
    assert err == f"chunkspec: {file}#2: the HAR does not hold the body; save it with content\n"


@settings(max_examples=300, deadline=None)
@given(form=st.sampled_from(sorted({**LOSSLESS, **LISTS})), draw=st.data())
def test_no_bytes_make_reading_fail_in_any_other_way(form: str, draw: st.DataObject) -> None:
    data = bytearray(LOSSLESS[form] if form in LOSSLESS else LISTS[form].encode())
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data)))
        data[at : at + draw.draw(st.integers(0, 40))] = draw.draw(
            st.binary(max_size=8) | st.sampled_from([b"{", b"]", b"null", b'"', b"\n"])
        )
    source = inputs.Input("x", lambda: iter((bytes(data),)), again=True)
    try:
        source = captures._unpacked(source)
        reader = reader_for(source.head)
        for one in reader.read(source) if reader else ():
            assert isinstance(b"".join(one.pieces()), bytes)
    except validator.ConfigError as error:
        assert "\n" not in str(error)  # noqa: PT017 - that nothing is raised is as good


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{a: 1000000000000000000000000000000}", "a stream"),
        ("{1: a, null: b, true: c}", "a stream"),
        ("{? !!binary AA== : a}", "its body is of no form that cassettes have"),
        ("{a: .nan, b: .inf}", "a stream"),
        ('{a: "\\U0001F600"}', "a stream"),
    ],
)
def test_a_body_that_a_cassette_holds_decoded_is_written_or_refused(body: str, told: str, tmp_path: Path) -> None:
    headers = "{content-type: text/event-stream}"
    file = tmp_path / "x.yaml"
    file.write_text(f"interactions:\n- response: {{status: 200, headers: {headers}, body: {body}}}\n")
    code, _, err = chunkspec("check", str(file))
    assert (code, told in err) == ((1, False) if told == "a stream" else (2, True))
