"""What captures are read from: formats by their content, what is known beside bytes, folders and patterns."""
# ruff: noqa: E501 - tables of files read better in long lines

from __future__ import annotations

import gzip
import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from tests.capture_forms import HEADERS, LISTS, LOSSLESS, PACKED, STREAM, TEXT, cassette, har, in_yaml
from tests.captured import REQUEST, SECRET, SENT, held, same_findings
from tests.command import chunkspec
from validator import captures
from validator.captures import input as inputs
from validator.captures.readers import readers

if TYPE_CHECKING:
    from pathlib import Path


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
