"""``chunkspec convert``: captures of any format as .sse, in which the same is found, and nobody's keys."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path

import pytest

import validator
from tests.captured import REQUEST, SECRET, held, told
from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.test_masking import told as report_of
from validator.judge import Judge

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
TWICE = CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse"
HEADERS = {"content-type": "text/event-stream", "x-api-key": SECRET, "set-cookie": f"session={SECRET}"}


def har(*bodies: bytes) -> bytes:
    """Return a HAR whose requests and responses hold keys."""
    headers = [{"name": name, "value": value} for name, value in HEADERS.items()]
    entries = [
        {
            "request": {"url": f"https://api.example/v1?api_key={SECRET}", "headers": headers,
                        "postData": {"text": json.dumps({**REQUEST, "api_key": SECRET})}},
            "response": {"status": 200, "headers": headers,
                         "content": {"text": base64.b64encode(body).decode(), "encoding": "base64"}},
        }
        for body in bodies
    ]  # fmt: skip
    return json.dumps({"log": {"entries": entries}}).encode()


def dump(*bodies: bytes) -> bytes:
    head = (
        b"HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()).encode() + b"\r\n"
    )
    return b"".join(head + body for body in bodies)


FORMATS = {
    "stream.sse": GOOD,
    "stream.sse.gz": gzip.compress(TWICE.read_bytes()),
    "curl.txt": dump(TWICE.read_bytes()),
    "several.txt": dump(GOOD, TWICE.read_bytes()),
    "session.har": har(TWICE.read_bytes(), GOOD),
    "events.jsonl": b"".join(
        json.dumps({"t": at / 10, "raw": piece.decode() + "\n\n"}).encode() + b"\n"
        for at, piece in enumerate(TWICE.read_bytes().split(b"\n\n")[:-1])
    ),
    "payloads.json": b"[" + b",".join(line[6:] for line in GOOD.split(b"\n\n") if line.startswith(b"data: {")) + b"]",
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("masked", [False, True])
def test_in_what_is_written_the_same_is_found(name: str, masked: bool, tmp_path: Path) -> None:
    file, out = tmp_path / name, tmp_path / "out"
    file.write_bytes(FORMATS[name])
    code, said, err = chunkspec("convert", str(file), "-o", str(out), *(["--mask-text"] if masked else []))
    assert (code, err) == (0, "")
    written = [Path(line.split("  ")[0]) for line in said.splitlines()]
    before = held(file)
    assert len(written) == len(before)
    for path, (source, body, meta) in zip(written, before, strict=True):
        [(_, now, known)] = held(path)
        assert len(now) == len(body)
        if masked:
            assert report_of(now, known, Judge()) == report_of(body, meta, Judge())
            assert b"Snow" not in now
        else:
            assert (now, known) == (body, meta)
            assert told(validator.check(path).streams[0]) == told(validator.check(body, meta=meta).streams[0])
        number = source.rpartition("#")[2] if "#" in source else ""
        assert path.name == file.name.partition(".")[0] + (f"-{number}" if number else "") + ".sse"
    assert not any(SECRET.encode() in one.read_bytes() for one in out.iterdir())


def test_keys_within_a_stream_are_covered_and_that_is_said(tmp_path: Path) -> None:
    key = b"sk-proj-abcdefghijklmnop1234"
    stream = tmp_path / "stream.sse"
    stream.write_bytes(b'data: {"error":{"message":"Incorrect API key provided: %b."}}\n\n' % key)
    code, _, err = chunkspec("convert", str(stream), "-o", str(tmp_path / "out"))
    assert (code, err.count("\n")) == (0, 1)
    assert "covered with asterisks" in err
    assert (tmp_path / "out" / "stream.sse").read_bytes() == stream.read_bytes().replace(key, b"*" * len(key))


def test_nobody_reads_a_masked_capture(tmp_path: Path) -> None:
    name = "Wilhelmina"
    head = '{"id":"1","object":"chat.completion.chunk","created":1781712153,"model":"gpt-5.1","choices":[{"index":0,'
    deltas = [
        {"role": "assistant", "content": name, "refusal": name},
        {"content": f"Dear <{name}>, {name}@example.com [{name.upper()}] ünd Schloß"},
        {"reasoning_content": name, "reasoning_details": [{"type": name + " said", "text": name}]},
        {"tool_calls": [{"index": 0, "id": "call_1", "type": "function",
                         "function": {"name": "look_up", "arguments": '{"who":"Wilhel'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": 'mina","age":4711,"of":["Wil\\u0068elmina"]}'}}]},
    ]  # fmt: skip
    lines = [f"data: {head}" + '"delta":' + json.dumps(one) + "}]}" for one in deltas]
    lines += [f": {name}", f"event: for {name}\n" + lines[0], f"data: {name}", "data: [DONE]"]
    (tmp_path / "a.sse").write_text("\n\n".join(lines) + "\n\n", encoding="utf-8")
    request = {
        "model": "gpt-5.1-mini", "stream": True, "user": name, "metadata": {"of": name, "type": f"of {name}"},
        "messages": [
            {"role": "user", "name": name, "content": [{"type": "text", "text": name}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "call_0", "type": "function",
             "function": {"name": "look_up", "arguments": json.dumps({"who": name})}}]},
            {"role": "tool", "tool_call_id": "call_0", "content": json.dumps({"found": name})},
        ],
        "tools": [{"type": "function", "function": {"name": "look_up", "description": f"Looks up {name}",
                   "parameters": {"type": "object", "properties": {"who": {"description": name}}}}}],
    }  # fmt: skip
    headers = {"content-type": "text/event-stream", "x-served-for": name, "server": "cloud"}
    meta = {"request": request, "response": {"status": 200, "headers": headers}}
    (tmp_path / "a.meta.json").write_text(json.dumps(meta))
    code, _, err = chunkspec("convert", str(tmp_path / "a.sse"), "-o", str(tmp_path / "out"), "--mask-text")
    assert (code, err) == (0, "")
    written = "".join(one.read_text(encoding="utf-8") for one in (tmp_path / "out").iterdir())
    assert not re.search("wilhel|elmina|Schlo|4711|Dear|Looks", written, re.IGNORECASE)
    joined = "".join(re.findall(r'"arguments": "((?:[^"\\]|\\.)*)"\}\}\]', (tmp_path / "out" / "a.sse").read_text()))
    assert json.loads(json.loads(f'"{joined}"')).keys() == {"who", "age", "of"}
    kept = json.loads((tmp_path / "out" / "a.meta.json").read_bytes())
    assert kept["response"]["headers"]["server"] == "cloud"
    assert kept["request"]["tools"][0]["function"]["name"] == "look_up"


def test_the_same_capture_is_masked_the_same(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        chunkspec("convert", str(TWICE), "-o", str(tmp_path / folder), "--mask-text")
    one, two = ((tmp_path / folder / TWICE.name).read_bytes() for folder in ("one", "two"))
    assert one == two != TWICE.read_bytes()


def test_files_of_one_name_are_all_written_and_nothing_is_written_over(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "x.sse").write_bytes(GOOD)
    out = tmp_path / "out"
    assert chunkspec("convert", str(tmp_path / "in"), "-o", str(out))[0] == 0
    assert sorted(one.name for one in out.iterdir()) == ["x-2.sse", "x.sse"]
    code, _, err = chunkspec("convert", str(tmp_path / "in" / "one" / "x.sse"), "-o", str(out))
    assert (code, "x.sse: is there already; --force writes over it" in err) == (2, True)
    (out / "x.sse").write_bytes(b"")
    assert chunkspec("convert", str(tmp_path / "in" / "one" / "x.sse"), "-o", str(out), "--force")[0] == 0
    assert (out / "x.sse").read_bytes() == GOOD
    own = tmp_path / "in" / "one"
    code, _, err = chunkspec("convert", str(own / "x.sse"), "-o", str(own), "--force")
    assert (code, "written over itself" in err) == (2, True)
    assert (own / "x.sse").read_bytes() == GOOD


def test_what_cannot_be_converted_is_said_and_the_rest_is_converted(tmp_path: Path) -> None:
    (tmp_path / "good.sse").write_bytes(GOOD)
    (tmp_path / "zip.sse").write_bytes(b"PK\3\4\0\0\0\0")
    empty = tmp_path / "empty.har"
    empty.write_text('{"log":{"entries":[]}}')
    out = tmp_path / "out"
    given = [str(tmp_path / name) for name in ("zip.sse", "nothing.sse", "empty.har", "good.sse")]
    code, said, err = chunkspec("convert", *given, "-o", str(out))
    assert code == 2
    assert [line.split(": ")[1] for line in err.splitlines()] == given[:3]
    assert [one.name for one in out.iterdir()] == ["good.sse"]
    assert said == f"{out / 'good.sse'}  {given[3]}\n"
    code, _, err = chunkspec("convert", str(empty), str(tmp_path / "good.sse"), "-o", str(out), "--mask-text")
    assert (code, err.count("\n")) == (2, 2)
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    code, _, err = chunkspec("convert", given[3], "-o", str(blocked / "folder"))
    assert (code, "cannot be made" in err) == (2, True)


def test_compressed_bytes_cannot_be_masked(tmp_path: Path) -> None:
    case = CORPUS / "rules" / "content-encoding-identity" / "bad-gzip-not-declared.sse"
    code, _, err = chunkspec("convert", str(case), "-o", str(tmp_path / "out"), "--mask-text")
    assert (code, "in which no text can be found" in err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_what_is_too_large_is_refused_by_the_limits_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.sse.gz").write_bytes(gzip.compress(GOOD))
    stream = str(tmp_path / "a.sse.gz")
    for name, more in (("whole", ["--mask-text"]), ("unpacked", [])):
        out = str(tmp_path / name)
        assert chunkspec("convert", stream, "-o", out, *more)[0] == 0
        code, _, err = chunkspec("convert", stream, "-o", out, "--force", "--limit", f"{name}=1KiB", *more)
        assert (code, err.count("\n"), f"{name}=SIZE" in err) == (2, 1, True)
    code, _, err = chunkspec("minimize", stream, "--rule", "role-once", "--limit", "whole=1KiB")
    assert (code, "whole=SIZE" in err) == (2, True)
