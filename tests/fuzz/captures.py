"""Targets that read captures: each format, compressed files, and the bodies of exchanges."""

from __future__ import annotations

import base64
import json
import tempfile
import zlib
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.corpus import CORPUS
from tests.fuzz.mutations import json_changed, lines_changed, stream_changed, yaml_changed
from tests.fuzz.streams import seeds as stream_seeds
from tests.fuzz.target import Target
from validator import captures
from validator.captures.http import Exchange
from validator.captures.input import Input
from validator.captures.packed import PackedError, unpacked
from validator.captures.readers import readers
from validator.judge import standard
from validator.onefile import judged, outcomes
from validator.report import Failure
from validator.sse import BlockTooLong
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

#: How many streams of a file are judged.
_STREAMS = 4


def refused(error: Exception) -> None:
    """Hold a refusal to being one line that says something."""
    said = str(error)
    assert said.strip()
    assert len(said) < 2000, said


def reader(name: str) -> Callable[[bytes], None]:
    """Return what holds for a reader: it gives streams that can be judged, or says in a line why not."""

    def holds(data: bytes) -> None:
        module: Any = import_module(f"validator.captures.readers.{name}")
        module.sniff(data)
        if len(data) < 65536:
            module.is_stream(data)
        source = Input("input", lambda: iter((data,)), again=True)
        try:
            for capture in islice(module.read(source), _STREAMS):
                _judged(capture)
        except ConfigError as error:
            refused(error)

    return holds


def _judged(capture: captures.Capture) -> None:
    try:
        judged(standard("auto"), capture)
    except (ConfigError, BlockTooLong) as error:
        refused(error)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    (folder / "body.sse").write_bytes(next(stream_seeds()))
    return folder


def any_file(data: bytes) -> None:
    """A file of any content is judged, or refused in a line."""
    suffix = ("sse", "har", "jsonl", "gz", "br", "zst", "txt", "yaml")[zlib.crc32(data) % 8]
    file = _folder() / f"capture.{suffix}"
    file.write_bytes(data)
    try:
        assert captures.files(str(file)) == [str(file)]
        captures._holds_stream(str(file))
        sure = [one.NAME for one in readers() if one.sniff(data[:65536])]
        assert len(sure) <= 1, sure
    except ConfigError as error:
        refused(error)
    for outcome in islice(outcomes(standard("auto"), str(file)), _STREAMS):
        if isinstance(outcome, Failure):
            refused(ValueError(outcome.reason))


def packed(data: bytes) -> None:
    """Compressed bytes give the same however they came; that they are damaged may show, or not, by how they came."""
    coding = ("gzip", "zstd", "br", "deflate")[data[0] % 4 if data else 0]
    told = []
    for size in (1, 7, max(len(data), 1)):
        pieces = [data[at : at + size] for at in range(1, len(data), size)]
        try:
            out = b"".join(unpacked(pieces, coding, whole=False))
        except PackedError as error:
            refused(error)
            continue
        else:
            assert len(out) <= 300 * 2**20
            told.append(f"{zlib.crc32(out)} {len(out)}")
    assert len(set(told)) <= 1, told


def exchange(data: bytes) -> None:
    """An exchange with any headers and body is a capture, or not."""
    head, _, body = data.partition(b"\n\n")
    lines = [line.partition(b":") for line in head.splitlines()]
    headers = tuple((name.decode("latin-1"), value.strip().decode("latin-1")) for name, _, value in lines)
    sizes = zlib.crc32(data)
    one = Exchange(
        1, 100 + sizes % 500, headers, body, request=body[: sizes % 100], took=(sizes % 3 / 100, sizes % 7 / 100)
    )
    assert one.is_stream in (True, False)
    try:
        _judged(one.capture("exchange#1", 2**24))
    except ConfigError as error:
        refused(error)


def _some() -> Iterator[str]:
    for data in islice((one for one in stream_seeds() if len(one) < 3000), 0, None, 60):
        yield data.decode("utf-8", "replace")


def _har() -> Iterator[bytes]:
    for at, body in enumerate(_some()):
        content: dict[str, Any] = {"mimeType": "text/event-stream", "text": body}
        if at % 3 == 1:
            content = {"mimeType": "", "text": base64.b64encode(body.encode()).decode(), "encoding": "base64"}
        entry: dict[str, Any] = {
            "startedDateTime": "2026-05-01T10:00:00.000Z", "time": 12.5,
            "request": {"method": "POST", "url": "https://api.example/v1?key=1", "headers": [],
                        "postData": {"mimeType": "application/json", "text": '{"stream":true,"n":1}'}},
            "response": {"status": 200, "headers": [{"name": "Content-Type", "value": "text/event-stream"}],
                         "content": content, "_error": None},
            "timings": {"wait": 10, "receive": 20},
        }  # fmt: skip
        if at % 3 == 2:
            del entry["response"]["content"]["text"]
            entry["_eventSourceMessages"] = [
                {"time": 1777629600.5, "eventName": "message", "eventId": "1", "data": line[6:]}
                for line in body.splitlines() if line.startswith("data: ")
            ]  # fmt: skip
        yield json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [entry, entry]}}).encode()


def _cassette() -> Iterator[bytes]:
    import yaml

    for at, body in enumerate(_some()):
        held: Any = {"string": body}
        if at % 3 == 1:
            held = {"base64_string": base64.b64encode(body.encode()).decode()}
        elif at % 3 == 2:
            held = {"encoding": "UTF-8", "string": body.encode()}
        one = {"request": {"body": '{"stream":true}', "headers": {"a": ["b"]}, "method": "POST", "uri": "https://a/b"},
               "response": {"body": held, "headers": {"Content-Type": ["text/event-stream"]},
                            "status": {"code": 200, "message": "OK"}}}  # fmt: skip
        cassette = {"interactions": [one], "version": 1}
        yield json.dumps(cassette, default=str).encode() if at % 4 == 3 else yaml.safe_dump(cassette).encode()


def _curl() -> Iterator[bytes]:
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    for body in _some():
        data = body.encode()
        chunked = b"".join(
            b"%x\r\n%b\r\n" % (len(data[at : at + 99]), data[at : at + 99]) for at in range(0, len(data), 99)
        )
        yield f"{head}\r\n{body}".encode()
        yield f"{head}Content-Length: {len(data)}\r\n\r\n{body}HTTP/2 404 \r\na: b\r\n\r\n".encode()
        yield (
            f"HTTP/1.1 100 Continue\r\n\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunked + b"0\r\n\r\n"
        )


def _chunked() -> Iterator[bytes]:
    for dump in islice(_curl(), 2, None, 3):
        yield dump.partition(b"chunked\r\n\r\n")[2]


def _verbose() -> Iterator[bytes]:
    head = b"* Connected to x\n> POST / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< Content-Type: text/event-stream"
    for at, body in enumerate(_some()):
        data = body.encode()
        again = b"< HTTP/1.1 200 OK\r\n< \r\n" if at % 9 == 8 else b""
        yield b"%b\r\n< \r\n%b{ [99 bytes data]\n%b* Connection #0 to host x left intact\n" % (
            head, data[: len(data) // 2], again + data[len(data) // 2 :]
        )  # fmt: skip


def _trace() -> Iterator[bytes]:
    def shown(data: bytes) -> str:
        return "".join(f"{at:04x}: {data[at : at + 16].hex(' ')} {'.' * 16}\n" for at in range(0, len(data), 16))

    for at, dump in enumerate(_curl()):
        time = "10:00:00.123456 " if at % 2 else ""
        asked = b'{"stream":true}'
        yield (
            f"{time}== Info: Connected\n{time}=> Send header, 9 bytes (0x9)\n{shown(b'POST / x')}"
            f"{time}=> Send data, 15 bytes (0xf)\n{shown(asked)}"
            f"{time}<= Recv header, 17 bytes (0x11)\n{shown(dump[:17])}"
            f"{time}<= Recv data, 99 bytes (0x63)\n{shown(dump[17:])}"
        ).encode()


def _jsonl() -> Iterator[bytes]:
    for at, body in enumerate(_some()):
        payloads = [line[6:] for line in body.splitlines() if line.startswith("data: {")]
        if at % 3 == 0:
            yield "\n".join(payloads).encode()
        elif at % 3 == 1:
            yield f"[{','.join(payloads)}]".encode()
        else:
            lines = [
                '{"t":0,"request":{"stream":true}}',
                *(f'{{"t":{n},"data":{one}}}' for n, one in enumerate(payloads)),
            ]
            lines += ['[9.5,"[DONE]"]', json.dumps({"ms": 99, "raw": body}), '{"t":1,"base64":"ZGF0YTo="}']
            yield "\n".join(lines).encode()


def _mitmproxy() -> Iterator[bytes]:
    import io

    flow: Any = import_module("mitmproxy.test.tflow")
    http: Any = import_module("mitmproxy.http")
    writer: Any = import_module("mitmproxy.io").FlowWriter
    for body in _some():
        out = io.BytesIO()
        one = flow.tflow(resp=True)
        one.request.content = b'{"stream":true}'
        one.response = http.Response.make(200, body, {"content-type": "text/event-stream"})
        broken = flow.tflow(err=True)
        for each in (one, broken):
            writer(out).add(each)
        yield out.getvalue()


def _packed() -> Iterator[bytes]:
    import gzip

    brotli: Any = import_module("brotli")
    import zstandard

    for body in _some():
        data = body.encode()
        yield b"\0" + gzip.compress(data) + gzip.compress(b"data: x\n\n")
        yield b"\1" + zstandard.compress(data) + zstandard.compress(b"data: x\n\n")
        yield b"\2" + bytes(brotli.compress(data))
        yield b"\3" + zlib.compress(data)


def _exchanges() -> Iterator[bytes]:
    for at, one in enumerate(_packed()):
        coding = (b"gzip", b"zstd", b"br", b"deflate")[at % 4]
        yield b"Content-Type: text/event-stream\nContent-Encoding: %b\nDate: Fri, 01 May 2026 10:00:00 GMT\n\n%b" % (
            coding, one[1:]
        )  # fmt: skip


def _any() -> Iterator[bytes]:
    for made in (_har, _cassette, _curl, _chunked, _verbose, _trace, _jsonl, _exchanges):
        yield from islice(made(), 4)
    yield from (one[1:] for one in islice(_packed(), 8))
    yield from (file.read_bytes() for file in sorted(CORPUS.glob("streams/openai/*.sse"))[:8])


def _any_changed(data: bytes, random: Random) -> bytes:
    return random.choice((json_changed, yaml_changed, stream_changed))(data, random)


def _record_changed(data: bytes, random: Random) -> bytes:
    return (json_changed if data[:1] == b"[" else lines_changed(json_changed))(data, random)


TARGETS = (
    Target("har", "HAR files", reader("har"), _har, json_changed),
    Target("cassette", "cassettes, in YAML and JSON", reader("cassette"), _cassette, yaml_changed),
    Target("curl", "dumps of HTTP responses", reader("curl"), _curl, lines_changed(stream_changed)),
    Target("chunked", "bodies in chunks", reader("chunked"), _chunked, lines_changed(stream_changed)),
    Target("curl_verbose", "what curl -v prints", reader("curl_verbose"), _verbose, lines_changed(stream_changed)),
    Target("curl_trace", "what curl --trace writes", reader("curl_trace"), _trace),
    Target("jsonl", "lists of payloads and events", reader("jsonl"), _jsonl, _record_changed),
    Target("mitmproxy", "flow files", reader("mitmproxy"), _mitmproxy, needs="mitmproxy"),
    Target("packed", "compressed data", packed, _packed),
    Target("http", "headers and body of an exchange", exchange, _exchanges),
    Target("capture", "a file of any content", any_file, _any, _any_changed),
)
