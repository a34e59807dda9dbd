"""What the fixture of the pytest plugin takes, what it says of that, and its options."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.corpus import CORPUS
from tests.loopback import HEADERS, Answer, serving
from validator.httpx_transport import ValidatingTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from validator.assertion import Chunkspec

GOOD = CORPUS / "streams" / "openai" / "hello-world.sse"
BAD = CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse"
BODY = GOOD.read_bytes()
WRONG = BAD.read_bytes()
REPLAYED = ["created-vs-arrival"]
ASKED = {"model": "gpt-5.1-mini", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}


def events(body: bytes) -> list[bytes]:
    return [event + b"\n\n" for event in body.split(b"\n\n") if event]


def payloads(body: bytes) -> list[Any]:
    return [json.loads(event[6:]) for event in events(body)[:-1]]


ANSWERS = {
    "/good": Answer(events(BODY)),
    "/wrong": Answer(events(WRONG)),
    "/cut": Answer(events(BODY)[:3], end="cut"),
    "/plain": Answer([b"{}"], headers={**HEADERS, "Content-Type": "application/json"}),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(ANSWERS) as base:
        yield base


def rules(chunkspec: Chunkspec, stream: Any, **options: Any) -> list[str]:
    """Return the rules of what is found, whatever its severity."""
    report = chunkspec(stream, fail_on="never", **options)
    return [finding.rule for finding in report.findings if finding.rule not in REPLAYED]


def failed(chunkspec: Chunkspec, stream: Any, **options: Any) -> str:
    with pytest.raises(pytest.fail.Exception) as caught:
        chunkspec(stream, **options)
    return str(caught.value)


# What the fixture takes -------------------------------------------------------------------------------------------


def test_bytes_and_paths(chunkspec: Chunkspec, tmp_path: Path) -> None:
    for good in (BODY, bytearray(BODY), memoryview(BODY), GOOD, str(GOOD), events(BODY), iter(events(BODY))):
        assert chunkspec(good).ending == "finished"
    for wrong in (WRONG, BAD, str(BAD), events(WRONG), [WRONG[:100], WRONG[100:]]):
        assert "role-once" in failed(chunkspec, wrong)
    for name in ("a.sse", "b.sse"):
        (tmp_path / name).write_bytes(WRONG)
    assert rules(chunkspec, tmp_path) == ["role-once", "role-once"]


@pytest.mark.parametrize(
    "lines",
    [
        WRONG.decode().splitlines(),
        WRONG.splitlines(),
        [line for line in WRONG.decode().splitlines() if line],
        WRONG.decode().splitlines(keepends=True),
        (line for line in WRONG.decode().splitlines()),
    ],
    ids=["str", "bytes", "no blank ones", "with ends", "generator"],
)
def test_lines(chunkspec: Chunkspec, lines: Any) -> None:
    report = chunkspec(lines, fail_on="never")
    assert ([finding.rule for finding in report.findings], report.ending) == (["role-once"], "finished")
    assert report.streams[0].not_judged["line-ending-lf-or-crlf"] == "the capture does not hold the exact bytes"


def test_payloads_and_events_of_which_framing_is_not_judged(chunkspec: Chunkspec) -> None:
    texts = [event[6:-2].decode() for event in events(WRONG)]
    named = [SimpleNamespace(data=text, event="message", id="", retry=None) for text in texts]
    for chunks in (payloads(WRONG), iter(payloads(WRONG)), texts, texts[:-1], [*payloads(WRONG), texts[-1]], named):
        report = chunkspec(chunks, fail_on="never")
        assert ([finding.rule for finding in report.findings], report.ending) == (["role-once"], "finished")
        assert "data-single-space" in report.streams[0].not_judged
    assert "event 2" in failed(chunkspec, payloads(WRONG))
    assert rules(chunkspec, []) == ["body-not-empty"]


def test_chunks_of_openai_python(chunkspec: Chunkspec) -> None:
    types = pytest.importorskip("openai.types.chat", reason="openai is not installed")
    for body, found in ((BODY, []), (WRONG, ["role-once"]), (BODY.replace(b'"object"', b'"objekt"'), None)):
        chunks = [types.ChatCompletionChunk.construct(**payload) for payload in payloads(body)]
        assert rules(chunkspec, chunks) == (found if found is not None else rules(chunkspec, payloads(body)))


def test_a_stream_of_openai_python(chunkspec: Chunkspec) -> None:
    openai = pytest.importorskip("openai", reason="openai is not installed")
    with (
        serving({"/chat/completions": ANSWERS["/wrong"]}) as base,
        openai.OpenAI(api_key="-", base_url=base) as client,
    ):
        assert rules(chunkspec, client.chat.completions.create(**ASKED)) == ["role-once"]

    async def main(base: str) -> None:
        async with openai.AsyncOpenAI(api_key="-", base_url=base) as client:
            stream = await client.chat.completions.create(**ASKED)
            assert "await chunkspec.acheck" in failed(chunkspec, stream)
            with pytest.raises(pytest.fail.Exception, match="role-once"):
                await chunkspec.acheck(stream)

    with serving({"/chat/completions": ANSWERS["/wrong"]}) as base:
        asyncio.run(main(base))


CASES = {
    "/good": ("finished", {"model-echo", "usage-iff-requested"}),
    "/wrong": ("finished", {"role-once"}),
    "/cut": ("cut", {"model-echo", "clean-transport-end", "finish-exactly-once"}),
    "/plain": ("empty", {"not-json-error-body"}),
}


@pytest.mark.parametrize("path", CASES)
@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_responses_of_httpx(chunkspec: Chunkspec, url: str, name: str, path: str) -> None:
    library = pytest.importorskip(name, reason=f"{name} is not installed")
    asked = {**ASKED, "stream_options": {"include_usage": False}}

    def check(report: Any) -> None:
        (stream,) = report.streams
        assert (stream.ending, {finding.rule for finding in stream.findings} - set(REPLAYED)) == CASES[path]
        assert stream.source == f"POST {url}{path}"
        assert "the capture does not hold the request" not in stream.not_judged.values()
        assert "the capture does not hold the response's status and headers" not in stream.not_judged.values()

    with library.stream("POST", f"{url}{path}?key=secret", json=asked) as response:
        check(chunkspec(response, fail_on="never"))
    if path != "/cut":
        check(chunkspec(library.post(url + path, json=asked), fail_on="never"))

    async def main() -> None:
        async with library.AsyncClient() as client, client.stream("POST", url + path, json=asked) as response:
            assert "await chunkspec.acheck" in failed(chunkspec, response)
            check(await chunkspec.acheck(response, fail_on="never"))
        if path != "/cut":
            async with library.AsyncClient() as client:
                check(await chunkspec.acheck(await client.post(url + path, json=asked), fail_on="never"))

    asyncio.run(main())


@pytest.mark.parametrize(
    ("path", "streamed"), [*((path, True) for path in CASES), *((path, False) for path in CASES if path != "/cut")]
)
def test_responses_of_requests(chunkspec: Chunkspec, url: str, path: str, streamed: bool) -> None:
    requests = pytest.importorskip("requests", reason="requests is not installed")
    asked = {**ASKED, "stream_options": {"include_usage": False}}
    with requests.post(f"{url}{path}?key=secret", json=asked, stream=streamed) as response:
        report = chunkspec(response, fail_on="never")
    (stream,) = report.streams
    assert (stream.ending, {finding.rule for finding in stream.findings} - set(REPLAYED)) == CASES[path]
    assert stream.source == f"POST {url}{path}"
    assert ("max-gap" in stream.not_judged) is not streamed


def test_a_response_whose_body_is_gone_says_what_to_do(chunkspec: Chunkspec, url: str) -> None:
    httpx = pytest.importorskip("httpx", reason="httpx is not installed")
    requests = pytest.importorskip("requests", reason="requests is not installed")
    with httpx.stream("POST", f"{url}/good") as response:
        list(response.iter_raw())
        assert "is gone: hand over the response unread" in failed(chunkspec, response)
    with requests.post(f"{url}/good", stream=True) as response:
        list(response.iter_lines())
        assert "is gone: hand over the response unread" in failed(chunkspec, response)
    with httpx.stream("POST", f"{url}/good") as response:
        pass
    assert "cannot be read" in failed(chunkspec, response)


def test_reports_of_a_transport(chunkspec: Chunkspec, url: str) -> None:
    httpx = pytest.importorskip("httpx", reason="httpx is not installed")
    transport = ValidatingTransport()
    with httpx.Client(transport=transport) as client:
        for path in ("/good", "/wrong"):
            client.post(url + path)
    chunkspec(transport.reports[0])
    assert f"POST {url}/wrong: 1 error" in failed(chunkspec, transport.reports)
    assert rules(chunkspec, transport.reports[1].streams) == ["role-once"]


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (3, "a int is no stream: hand over bytes, a path"),
        ([3], "item 1 of the stream is a int: hand over"),
        ([{"a": {1, 2}}], "item 1 of the stream is not JSON: a set is no JSON value"),
        ({"id": "chatcmpl-1"}, "this is one payload: hand over all"),
        (BODY.decode(), "a str is taken as a path, and this is text: hand over the bytes"),
        ("no-such.sse", "no-such.sse: there is no such file"),
        (SimpleNamespace(status_code=200, headers={}), "is no response of httpx or requests: hand over"),
    ],
    ids=["number", "numbers", "set", "one payload", "text", "missing", "other response"],
)
def test_what_is_no_stream_is_told_in_one_line(chunkspec: Chunkspec, stream: Any, told: str) -> None:
    said, place = failed(chunkspec, stream).split("\n\n")
    assert told in said
    assert len(said.splitlines()) == 1
    assert place.startswith("tests/test_assertion.py:")
    assert place.endswith(": checked here")


# Options ----------------------------------------------------------------------------------------------------------


def test_options_say_what_fails(chunkspec: Chunkspec, tmp_path: Path) -> None:
    chunkspec(WRONG, severity={"role-once": "warning"})
    chunkspec(WRONG, ignore="order")
    chunkspec(WRONG, select=["usage", "identity"])
    chunkspec(BODY.replace(b"data: [DONE]\n\n", b""), profile="compatible")
    assert "1 warning" in failed(chunkspec, WRONG, severity={"role-once": "warning"}, fail_on="warning")
    assert "fatal: a severity is one of error" in failed(chunkspec, WRONG, severity={"role-once": "fatal"})
    assert "did you mean 'role-once'" in failed(chunkspec, WRONG, ignore=["role-onec"])
    assert "fail_on='eror' is none of error, warning" in failed(chunkspec, WRONG, fail_on="eror")
    house = tmp_path / "house.yaml"
    house.write_text("- {id: tea, title: t, severity: error, on: $, check: {matches: {required: [tea]}}}\n")
    assert "error tea" in failed(chunkspec, BODY, rules=[house])


def test_what_is_known_beside_can_be_said(chunkspec: Chunkspec, tmp_path: Path) -> None:
    meta = tmp_path / "meta.json"
    meta.write_text(json.dumps({"request": {"model": "gpt-5.1-mini", "n": 2}}))
    for known in (json.loads(meta.read_text()), meta, str(meta)):
        for stream in (BODY, GOOD, payloads(BODY)):
            assert "model-echo" in rules(chunkspec, stream, meta=known)
    assert "named here: 1 error" in failed(chunkspec, WRONG, source="named here")
    assert "unknown key 'requst'" in failed(chunkspec, BODY, meta={"requst": {}})
