"""Captures that cannot be read, or not all of them: one clear line says why, whatever the bytes are."""
# ruff: noqa: E501 - tables of files read better in long lines

from __future__ import annotations

import gzip
import json
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import validator
from tests.capture_forms import GZIPPED, LISTS, LOSSLESS, PACKED, STREAM, TEXT, cassette, har, in_yaml
from tests.command import chunkspec
from validator import captures
from validator.captures import input as inputs
from validator.captures import packed
from validator.captures.readers import reader_for

if TYPE_CHECKING:
    from pathlib import Path

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
BOMB = gzip.compress((b": " + b"x" * 2**16 + b"\n\n") * 100)
UNREADABLE: dict[str, tuple[str, bytes, str]] = {
    "cut gzip": ("x.sse.gz", PACKED[:-20], "is gzip data that is cut off"),
    "damaged gzip": ("x.gz", PACKED[:30] + b"\xff" * 9 + PACKED[39:], "is not gzip data, or damaged"),
    "layers": ("x", gzip.compress(gzip.compress(PACKED)), "is compressed more than 2 times"),
    "zip": ("x.zip", b"PK\3\4\0\0\0\0", "is a zip archive: unpack it"),
    "binary": ("x.sse", b"\x89PNG\0", "is a binary file (a zero byte at offset 4)"),
    "HAR, cut": ("x.har", LOSSLESS["HAR, text"][:-9], "is a HAR that is not JSON"),
    "HAR that is none": ("x.har", b"<html><body>403</body></html>", "is called a HAR and is none"),
    "HAR of nothing": ("x.har", b"", "is called a HAR and is none"),
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
    "dump of a promise": ("x", b"HTTP/1.1 100 Continue\r\n\r\n", "holds no response that is final"),
    "array, cut": ("x.json", b'[{"id": 1}, {"id"', "is a list of payloads that is not JSON"),
    "pointer": ("x.sse", POINTER, "is a pointer of Git LFS, not the file itself"),
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


def test_what_a_folder_lacks_of_its_captures_is_told(tmp_path: Path) -> None:
    (tmp_path / "whole.sse").write_bytes(STREAM)
    (tmp_path / "gone.sse").symlink_to("nowhere")
    (tmp_path / "fetch.har").write_bytes(POINTER)
    (tmp_path / "readme.md").symlink_to("nowhere")
    code, out, err = chunkspec("check", str(tmp_path))
    assert (code, "failed: 1 stream" in out) == (2, True)
    lines = err.splitlines()
    assert len(lines) == 2
    assert "fetch.har: is a pointer of Git LFS" in lines[0]
    assert "gone.sse: cannot be read: No such file or directory" in lines[1]


def test_an_empty_name_is_not_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.sse").write_bytes(STREAM)
    monkeypatch.chdir(tmp_path)
    code, out, err = chunkspec("check", "")
    assert (code, "No stream was judged" in out) == (2, True)
    assert err == "chunkspec: an empty name is no capture: has a variable no value?\n"


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
    monkeypatch.setitem(sys.modules, module, None)
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
