"""Streams in every form that captures have: lossless files, and lists of payloads."""
# ruff: noqa: E501 - tables of files read better in long lines

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import yaml

from tests.captured import REQUEST, SECRET, SENT, stream

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
    "dump with a byte order mark": b"\xef\xbb\xbf" + dump(STREAM),
    "chunked without a head": chunked(STREAM),
    "JSON Lines of reads": b"\n".join(json.dumps({"t": at / 1e3, "raw": TEXT[at : at + 50]}).encode() for at in range(0, len(TEXT), 50)),
    "JSON Lines of encoded reads": b"\n".join(json.dumps({"ms": at, "base64": base64.b64encode(STREAM[at : at + 50]).decode()}).encode() for at in range(0, len(STREAM), 50)),
}  # fmt: skip
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
