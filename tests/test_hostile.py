"""Captures made to crash, hang, fill the memory, reach other files, or act where a report is read."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import re
import resource
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from importlib import import_module
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

import validator
from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.formats.streams import chunk, hostile, stream
from validator import StreamValidator
from validator.reporters import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HELLO = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
BIG = os.environ.get("CHUNKSPEC_PROPERTIES") == "deep"


def run(*args: str, data: bytes | None = None, memory: int = 1024, seconds: int = 10) -> tuple[int, str, str]:
    """Run the command in a process that may have so many MiB beside its start, and so many seconds."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, ((memory + 512) * 2**20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    command = [sys.executable, "-m", "validator", *args]
    done = subprocess.run(command, input=data, capture_output=True, check=False, preexec_fn=bounded)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def refused(file: Path, *says: str) -> None:
    code, _, err = run("check", "--no-config", str(file))
    assert code == 2, err
    assert len(err.splitlines()) == 1
    for one in says:
        assert one in err


# Bombs ------------------------------------------------------------------------------------------------------------


def zeros(count: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(count // 2**20)) + packer.flush()


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    """Return half a GiB in a file that is small."""
    bombs = {"gz": zeros(2**29), "gz-twice": gzip.compress(zeros(2**29)), "gz-often": gzip.compress(b":\n") * 200_000}
    try:
        bombs["zst"] = import_module("zstandard").compress(bytes(2**28 + 1))
        bombs["br"] = import_module("brotli").compress(bytes(2**28 + 1), quality=3)
    except ImportError:
        pass
    return bombs


@pytest.mark.parametrize("kind", ["gz", "gz-twice", "zst", "br"])
def test_a_decompression_bomb_is_refused_in_a_line(kind: str, bombs: dict[str, bytes], tmp_path: Path) -> None:
    if kind not in bombs:
        pytest.skip("its library is not installed")
    file = tmp_path / f"a.sse.{kind[:3].rstrip('-')}"
    file.write_bytes(bombs[kind])
    code, _, err = run("check", "--no-config", str(file), memory=300)
    assert code == 2
    assert len(err.splitlines()) == 1


def test_a_file_of_very_many_members_is_read(bombs: dict[str, bytes], tmp_path: Path) -> None:
    file = tmp_path / "a.sse.gz"
    file.write_bytes(bombs["gz-often"])
    refused(file, "200000 lines")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br"])
@pytest.mark.parametrize("form", ["har", "curl", "cassette"])
def test_a_bomb_in_a_capture_is_refused_in_a_line(
    form: str, coding: str, bombs: dict[str, bytes], tmp_path: Path
) -> None:
    body = {"gzip": bombs["gz"], "deflate": bombs["gz"][10:-8], "zstd": bombs.get("zst"), "br": bombs.get("br")}[
        coding
    ]
    if body is None:
        pytest.skip("its library is not installed")
    text = base64.b64encode(body).decode()
    headers = [{"name": "content-encoding", "value": coding}, {"name": "content-type", "value": "text/event-stream"}]
    file = tmp_path / "a.capture"
    if form == "har":
        content = {"mimeType": "text/event-stream", "text": text, "encoding": "base64"}
        entry = {"request": {}, "response": {"status": 200, "headers": headers, "content": content}}
        file.write_text(json.dumps({"log": {"entries": [entry]}}))
    elif form == "curl":
        head = "".join(f"{one['name']}: {one['value']}\r\n" for one in headers)
        file.write_bytes(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + body)
    else:
        named = {one["name"]: [one["value"]] for one in headers}
        response = {"status": {"code": 200}, "headers": named, "body": {"base64_string": text}}
        file.write_text(json.dumps({"interactions": [{"request": {}, "response": response}]}))
    refused(file, "unpacks to more than")


# Size and depth ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bracket", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_nesting_100_000_deep_is_judged(bracket: str, closed: bool) -> None:
    end = {"[": "]", '{"a":': "}", '[{"a":': "}]"}[bracket] * 100_000 if closed else ""
    data = f'data: {{"choices":{bracket * 100_000}1{end}}}\n\n'.encode()
    found = validator.check(data).streams[0].findings
    assert "data-valid-json" in {one.rule for one in found}


def long_line(size: int) -> Iterator[bytes]:
    yield b"data: "
    for _ in range(size // 2**20):
        yield b"x" * 2**20
    yield b"\n\n"


@pytest.mark.parametrize("size", [2**27, pytest.param(2**30, marks=pytest.mark.skipif(not BIG, reason="long: deep"))])
def test_a_line_of_a_gigabyte_is_refused_in_a_line_without_being_held(size: int, tmp_path: Path) -> None:
    file = tmp_path / "a.sse"
    with file.open("wb") as out:
        out.writelines(long_line(size))
    code, _, err = run("check", "--no-config", str(file), memory=300)
    assert code == 2
    assert "has no end, a blank line, within 67108864 bytes, the limit" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("size", [2**27])
def test_a_long_comment_and_many_short_lines_are_refused_too(size: int, tmp_path: Path) -> None:
    for piece, says in ((b":", "within 67108864 bytes"), (b":\n" * 100_001 + b"\n", "100000 is the limit")):
        code, _, err = run("check", "--no-config", "-", data=piece * (size if len(piece) == 1 else 1), memory=300)
        assert code == 2
        assert says in err


COUNT = 1_000_000 if BIG else 3_000


@pytest.mark.parametrize(
    "payload",
    [
        lambda n: {"choices": [{"index": k, "delta": {}} for k in range(n)]},
        lambda n: {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": k} for k in range(n)]}}]},
        lambda n: {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": -k, "id": k} for k in range(n)]}}]},
        lambda n: {"choices": [[]] * n},
        lambda n: {"choices": [{"index": "a", "finish_reason": k} for k in range(n)]},
        lambda n: {f"k{k}": k for k in range(n)},
    ],
)
def test_very_many_choices_tool_calls_and_members_are_judged(payload: Callable[[int], Any], tmp_path: Path) -> None:
    file = tmp_path / "a.sse"
    file.write_bytes(stream([payload(COUNT), payload(COUNT)]))
    code, out, err = run("check", "--no-config", str(file), "--format", "json", seconds=600 if BIG else 20)
    assert (code, err) == (1, "")
    (one,) = json.loads(out)["streams"]
    assert one["stats"]["events"] == 3
    assert len(out) < 3_000_000


# Other files ------------------------------------------------------------------------------------------------------


def with_file(name: str) -> dict[str, Any]:
    content = {"mimeType": "text/event-stream", "_file": name}
    return {"log": {"entries": [{"request": {}, "response": {"status": 200, "content": content}}]}}


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "/etc/hostname",
        "..",
        ".",
        "a/../../secret.txt",
        "a\0b",
        "link",
        "pipe",
        "folder",
        "x" * 5000,
        "\ud83d",
        "C:\\secret",
        "-",
        "body.sse#1",
    ],
)
def test_a_har_reaches_no_file_but_those_beside_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(HELLO)
    folder = tmp_path / "har"
    (folder / "folder").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(folder / "pipe")
    file = folder / "a.har"
    file.write_text(json.dumps(with_file(name)))
    code, _, err = chunkspec("check", "--no-config", str(file))
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "its body" in err


def test_a_har_has_its_bodies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "body.sse").write_bytes(HELLO)
    (tmp_path / "a.har").write_text(json.dumps(with_file("body.sse")))
    assert chunkspec("check", "--no-config", str(tmp_path / "a.har"))[0] == 0


@pytest.mark.parametrize(
    "name",
    [
        "..sse",
        "...sse",
        "-rf.sse",
        "a b;c.sse",
        "\u202egpj.sse",
        "a\nb.sse",
        "CON.sse",
        "'$(x)'.sse",
        "\x1b[31m.sse",
        "a#..sse",
    ],
)
def test_converted_files_stay_in_their_folder_under_harmless_names(name: str, tmp_path: Path) -> None:
    given, out = tmp_path / "in", tmp_path / "out"
    given.mkdir()
    (given / name).write_bytes(HELLO)
    code, told, err = chunkspec("convert", str(given / name), "-o", str(out), "--no-config")
    assert (code, err) == (0, "")
    (written,) = out.iterdir()
    assert re.fullmatch(r"\w[\w.+-]*\.sse", written.name, re.ASCII) or written.name.isprintable()
    assert not written.name.startswith((".", "-"))
    assert written.read_bytes() == HELLO
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in", "out"]
    assert "\x1b" not in told
    assert "\u202e" not in told


# Reports ----------------------------------------------------------------------------------------------------------

#: What must come out of no report as it went in.
ACTS = ("\x1b", "\x07", "\u202e", "\u2028", "\x00", "\x85", "\x9b")


class _Page(HTMLParser):
    """Gathers what of a page would act."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [
            name for name, value in attrs if name.startswith("on") or "script:" in (value or "").lower()
        ]


@pytest.mark.parametrize("form", FORMATS)
def test_text_of_a_stream_acts_in_no_report(form: str, tmp_path: Path) -> None:
    file = hostile(tmp_path)
    beside = {
        "response": {"status": 200, "headers": {"content-type": "\x1b[31m\u202e::error::x<script>", "x\x1b": "y"}}
    }
    (tmp_path / file.name.replace(".sse", ".meta.json")).write_text(json.dumps(beside))
    code, out, err = chunkspec("check", "--no-config", str(file), "--format", form)
    assert (code, err) == (1, "")
    assert not {one for one in ACTS if one in out}
    lines = out.splitlines()
    starts = tuple(line.lstrip() for line in lines if line.lstrip().startswith("::"))
    assert form == "github" or not starts
    assert not any(re.match(r"\s*##\[|\s*##vso\[", line) for line in lines)
    match form:
        case "html":
            page = _Page()
            page.feed(out)
            assert page.tags.count("script") <= 2
            assert {"img", "iframe", "object"}.isdisjoint(page.tags)
            assert page.handlers == []
        case "junit":
            ElementTree.fromstring(out)  # noqa: S314 - it is ours
        case "github":
            assert all(re.match(r"::(?:error|warning|notice) ", line) for line in starts)
        case "markdown":
            assert "<script" not in re.sub(r"`[^`]*`", "", out)
            assert "](http" not in re.sub(r"`[^`]*`", "", out)
        case "json" | "sarif" | "gitlab":
            json.loads(out)
        case "jsonl":
            assert [json.loads(line) for line in out.split("\n") if line]


def test_a_reason_of_failure_is_one_harmless_line(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[31m\n::error::\u202e.sse"
    file.write_bytes(b"\0\0\0")
    code, out, err = chunkspec("check", "--no-config", str(file))
    assert code == 2
    assert len(err.splitlines()) == 1
    assert not {one for one in ACTS if one in out + err}
    assert not any(line.startswith("::") for line in (out + err).splitlines())


def test_a_stream_of_any_control_characters_is_reported() -> None:
    for code in (*range(32), 127, *range(128, 160), 0x2028, 0x202E, 0xFEFF, 0xFFFE, 0x1F600):
        one = StreamValidator()
        one.feed(stream([chunk({"role": chr(code) * 3, "content": chr(code)}, chr(code))]))
        report = one.close()
        for form in FORMATS:
            out = io.StringIO()
            import_module(f"validator.reporters.{form}_").write(report, out)
            text = out.getvalue()
            if form == "junit":
                ElementTree.fromstring(text)  # noqa: S314 - it is ours
            assert (
                form in ("json", "jsonl", "sarif", "gitlab")
                or code in (10, 0x1F600)
                or chr(code) not in text
                or code == 32
            )
