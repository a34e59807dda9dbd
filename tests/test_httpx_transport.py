"""The transports: the client sees what it would see without them, and every event stream is judged."""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

import pytest

from tests.corpus import CORPUS
from tests.loopback import HEADERS, Answer, serving
from validator import ConfigError, Report, StreamReport
from validator.httpx_transport import AsyncValidatingTransport, ValidatingTransport

BODY = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
EVENTS = [event + b"\n\n" for event in BODY.split(b"\n\n") if event]
TWICE = [event.replace(b'{"content":"Hello"}', b'{"role":"assistant","content":"Hello"}') for event in EVENTS]
IGNORE = ["created-vs-arrival", "model-echo", "usage-iff-requested"]
ASKED = {"model": "gpt-5.1-mini", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
SSE = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}

See = Callable[[Any, Any, str], list[Any]]


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    """Return a client's library."""
    return pytest.importorskip(request.param, reason=f"{request.param} is not installed")


def patience(url: str) -> float:
    """Return how long to wait for a response: not long for one that is to time out."""
    return 0.3 if url.endswith("/timeout") else 10


def seen_sync(library: Any, transport: Any, url: str) -> list[Any]:
    """Return what a client sees of a response: head, pieces, how it ended."""
    seen: list[Any] = []
    with library.Client(transport=transport, timeout=patience(url)) as client:
        try:
            with client.stream("POST", url, json=ASKED) as response:
                seen.append((response.status_code, sorted(response.headers.items()), response.http_version))
                seen.extend(response.iter_raw())
                seen.append((response.is_closed, response.num_bytes_downloaded))
        except Exception as error:
            seen.append((type(error), str(error)))
    return seen


def seen_async(library: Any, transport: Any, url: str) -> list[Any]:
    """Do the same with an async client."""

    async def see() -> list[Any]:
        seen: list[Any] = []
        async with library.AsyncClient(transport=transport, timeout=patience(url)) as client:
            try:
                async with client.stream("POST", url, json=ASKED) as response:
                    seen.append((response.status_code, sorted(response.headers.items()), response.http_version))
                    async for piece in response.aiter_raw():
                        seen.append(piece)  # noqa: PERF401 - what came before an error counts
                    seen.append((response.is_closed, response.num_bytes_downloaded))
            except Exception as error:
                seen.append((type(error), str(error)))
        return seen

    return asyncio.run(see())


def compressed(events: Sequence[bytes]) -> list[bytes]:
    """Return events compressed as servers do it: each flushed."""
    packer = zlib.compressobj(wbits=31)
    return [*(packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in events), packer.flush()]


PACKED = {**HEADERS, "Content-Encoding": "gzip"}
ANSWERS = {
    "/good": Answer(EVENTS, pause=0.002),
    "/twice": Answer(TWICE),
    "/odd-pieces": Answer([BODY[start : start + 100] for start in range(0, len(BODY), 100)]),
    "/gzip": Answer(compressed(TWICE), headers=PACKED),
    "/no-gzip": Answer(EVENTS, headers=PACKED),
    "/cut": Answer(EVENTS[:3], end="cut"),
    "/reset": Answer(EVENTS[:3], end="reset"),
    "/timeout": Answer(EVENTS[:3], end="hang"),
    "/json": Answer([b'{"error": {"message": "no"}}'], headers={"Content-Type": "application/json"}),
    "/refused": Answer([b'{"error": {"message": "no"}}'], headers={"Content-Type": "application/json"}, status=429),
    "/empty": Answer([]),
}
#: For each answer: how the stream ended, and what is found; nothing where the response is no stream.
EXPECTED: dict[str, tuple[str, set[str]]] = {
    "/good": ("finished", set()),
    "/twice": ("finished", {"role-once"}),
    "/odd-pieces": ("finished", set()),
    "/gzip": ("finished", {"role-once"}),
    "/cut": ("cut", {"clean-transport-end", "done-present", "finish-exactly-once"}),
    "/reset": ("cut", {"clean-transport-end", "done-present", "finish-exactly-once"}),
    "/timeout": ("cut", {"clean-transport-end", "done-present", "finish-exactly-once"}),
    "/json": ("empty", {"not-json-error-body"}),
    "/empty": ("empty", {"body-not-empty"}),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve the answers."""
    with serving(ANSWERS) as base:
        yield base


@pytest.fixture(params=[seen_sync, seen_async], ids=["sync", "async"])
def see(request: pytest.FixtureRequest) -> See:
    """Return how a client sees a response."""
    see: See = request.param
    return see


def validating(see: See, **options: Any) -> Any:
    """Return the transport for a sort of client."""
    return (ValidatingTransport if see is seen_sync else AsyncValidatingTransport)(**options)


@pytest.mark.parametrize("path", list(ANSWERS))
def test_a_client_sees_what_it_sees_without_and_the_stream_is_judged(
    library: Any, see: See, url: str, path: str
) -> None:
    transport = validating(see, ignore=IGNORE)
    seen = see(library, transport, url + path)
    plain = see(library, None, url + path)
    assert seen[0][0] == plain[0][0]
    assert [pair for pair in seen[0][1] if pair[0] != "date"] == [pair for pair in plain[0][1] if pair[0] != "date"]
    assert b"".join(one for one in seen if type(one) is bytes) == b"".join(one for one in plain if type(one) is bytes)
    assert seen[-1] == plain[-1]
    if path in EXPECTED:
        (report,) = transport.reports
        (stream,) = report.streams
        assert (stream.ending, {finding.rule for finding in stream.findings}) == EXPECTED[path]
        assert stream.source == f"POST {url}{path}"
    elif path == "/refused":
        assert transport.reports == []


def test_a_body_that_the_client_cannot_decompress_is_told(library: Any, url: str) -> None:
    transport = ValidatingTransport()
    with library.Client(transport=transport) as client, pytest.raises(library.DecodingError):
        client.post(f"{url}/no-gzip")
    (failure,) = transport.reports[0].failures
    assert failure.reason.startswith(f"POST {url}/no-gzip: cannot be judged: its client cannot decompress the body")
    assert not transport.reports[0].ok


class BoomError(Exception):
    """What no library raises."""


def scripted(library: Any, pieces: Sequence[bytes | BaseException], log: list[str]) -> Any:
    """Return a transport, sync and async, whose responses give these pieces or raise, and log their closing."""

    class Stream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            for piece in pieces:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self:
                yield piece

        def close(self) -> None:
            log.append("closed")

        async def aclose(self) -> None:
            log.append("closed")

    class Transport(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            return library.Response(200, headers=SSE, stream=Stream(), extensions={"kept": log})

        async def handle_async_request(self, request: Any) -> Any:
            return self.handle_request(request)

        def close(self) -> None:
            log.append("transport closed")

        async def aclose(self) -> None:
            log.append("transport closed")

    return Transport()


@pytest.mark.parametrize("last", [None, BoomError("now"), OSError("wire")], ids=["whole", "boom", "oserror"])
def test_each_piece_and_error_is_the_very_same_object(library: Any, see: See, last: Exception | None) -> None:
    log: list[str] = []
    given: list[Any] = [*EVENTS[:3], b"", b"\n", *([] if last is None else [last])]
    transport = validating(see, transport=scripted(library, given, log))
    seen = see(library, transport, "http://example/")
    raw = [one for one in seen if type(one) is bytes]
    assert [id(one) for one in raw if one] == [id(one) for one in given if isinstance(one, bytes) and one]
    assert seen[-1] == ((True, sum(map(len, raw))) if last is None else (type(last), str(last)))
    assert log == ["closed", "transport closed"]
    assert len(transport.reports) == 1


def test_extensions_and_an_unread_body_stay_as_they_are(library: Any) -> None:
    log: list[str] = []
    transport = ValidatingTransport(scripted(library, EVENTS, log))
    with library.Client(transport=transport) as client, client.stream("GET", "http://example/") as response:
        assert response.extensions["kept"] is log
        assert not response.is_stream_consumed
    assert log == ["closed", "transport closed"]
    assert [report.ending for report in transport.reports] == ["left"]


def test_a_client_that_leaves_is_not_held_against_the_stream(library: Any, url: str) -> None:
    transport = ValidatingTransport(ignore=IGNORE)
    with library.Client(transport=transport) as client:
        with client.stream("POST", f"{url}/good") as response:
            next(response.iter_lines())
        with client.stream("POST", f"{url}/good") as response:
            next(line for line in response.iter_lines() if line == "data: [DONE]")
    assert [(report.ending, report.findings) for report in transport.reports] == [("left", ()), ("finished", ())]


def test_a_cancelled_reader_has_left(library: Any, url: str) -> None:
    transport = AsyncValidatingTransport(ignore=IGNORE)

    async def main() -> None:
        async with library.AsyncClient(transport=transport, timeout=5) as client:
            reading = asyncio.Event()

            async def read() -> None:
                async with client.stream("POST", f"{url}/timeout") as response:
                    async for _ in response.aiter_bytes():
                        reading.set()

            task = asyncio.create_task(read())
            await reading.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert [(report.ending, report.findings) for report in transport.reports] == [("left", ())]


def test_a_stream_that_nobody_closed_is_reported_with_the_transport(library: Any, url: str) -> None:
    transport = ValidatingTransport(ignore=IGNORE)
    client = library.Client(transport=transport)
    request = client.build_request("POST", f"{url}/good")
    response = client.send(request, stream=True)
    assert transport.reports == []
    client.close()
    assert [report.ending for report in transport.reports] == ["left"]
    response.close()
    assert len(transport.reports) == 1


def test_a_response_made_with_its_body_is_judged(library: Any) -> None:
    def answer(request: Any) -> Any:
        packed = gzip.compress(b"".join(TWICE))
        return library.Response(200, headers={**SSE, "content-encoding": "gzip"}, content=packed)

    transport = ValidatingTransport(library.MockTransport(answer), ignore=["no-buffering-headers"])
    with library.Client(transport=transport) as client:
        assert client.get("http://example/").content == b"".join(TWICE)
    assert [finding.rule for finding in transport.reports[0].findings] == ["role-once"]


def test_other_responses_pass_unwatched(library: Any) -> None:
    plain = [
        ({"content-type": "application/json"}, {"model": "m"}, 200),
        ({"content-type": "application/json"}, ASKED, 401),
        ({"content-type": "text/html"}, None, 200),
    ]
    for headers, asked, status in plain:
        log: list[Report] = []
        inner = library.MockTransport(lambda request, h=headers, s=status: library.Response(s, headers=h, text="{}"))
        transport = ValidatingTransport(inner, on_report=log.append)
        with library.Client(transport=transport) as client:
            assert client.post("http://example/", json=asked).text == "{}"
            client.head("http://example/")
        assert log == []


def stream_of(transport: Any) -> StreamReport:
    """Return the only stream of the only report."""
    (report,) = transport.reports
    (stream,) = report.streams
    found: StreamReport = stream
    return found


def test_request_headers_times_and_end_are_known(library: Any, url: str) -> None:
    transport = ValidatingTransport()
    seen_sync(library, transport, f"{url}/good")
    stream = stream_of(transport)
    assert stream.not_judged == {}
    assert {"clean-transport-end", "max-gap", "model-echo", "content-type-event-stream"} <= set(stream.exercised)


def test_a_client_that_pauses_is_no_silence_of_the_server(
    library: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validator.watch.FOUND_THERE", 0.2)
    transport = ValidatingTransport()
    with library.Client(transport=transport) as client, client.stream("POST", f"{url}/good") as response:
        for count, _ in enumerate(response.iter_raw()):
            time.sleep(0.5 if count == 1 else 0)
    assert stream_of(transport).not_judged["max-gap"] == "the capture does not hold the times at which bytes came"


def test_secrets_are_not_taken_along(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[dict[str, Any]] = []
    module = import_module("validator.watch")
    judged = module.StreamValidator

    def taking(**given: Any) -> Any:
        taken.append(given)
        return judged(**given)

    monkeypatch.setattr(module, "StreamValidator", taking)
    headers = {**SSE, "set-cookie": "session=hidden-1", "x-api-key": "hidden-2", "x-ratelimit-remaining-tokens": "7"}
    inner = library.MockTransport(lambda request: library.Response(200, headers=headers, content=BODY))
    transport = ValidatingTransport(inner)
    tools = [{"type": "mcp", "headers": {"Authorization": "hidden-3"}, "api_key": "hidden-4", "token": {"type": "x"}}]
    with library.Client(transport=transport) as client:
        client.post(
            "http://user:hidden-5@example:81/v1?key=hidden-6#hidden-7",
            json={**ASKED, "tools": tools},
            headers={"Authorization": "Bearer hidden-8", "Cookie": "hidden-9"},
        )
    assert "hidden" not in repr(taken)
    assert "hidden" not in repr(transport.reports)
    assert taken[0]["source"] == "POST http://example:81/v1"
    assert taken[0]["meta"]["request"]["tools"][0]["token"] == {"type": "x"}
    assert taken[0]["meta"]["response"]["headers"]["x-ratelimit-remaining-tokens"] == "7"


def test_nothing_that_goes_wrong_here_reaches_the_client(
    library: Any, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **named: Any) -> None:
        raise BoomError("ours")

    plain = seen_sync(library, None, f"{url}/good")
    with caplog.at_level(logging.ERROR, "chunkspec"):
        called = ValidatingTransport(on_report=fail)
        assert seen_sync(library, called, f"{url}/good")[1:] == plain[1:]
        assert "what was to be done with its report failed" in caplog.text
        monkeypatch.setattr("validator.watch.StreamValidator", fail)
        judged = ValidatingTransport()
        assert seen_sync(library, judged, f"{url}/good")[1:] == plain[1:]
        assert [failure.reason for failure in judged.reports[0].failures] == [
            f"POST {url}/good: cannot be judged: ours"
        ]
        monkeypatch.setattr("validator.exchange.known", fail)
        assert seen_sync(library, ValidatingTransport(), f"{url}/good")[1:] == plain[1:]
        assert "cannot be watched" in caplog.text


def test_a_bad_option_is_said_at_once_and_not_while_streaming() -> None:
    with pytest.raises(ConfigError, match="unknown profile 'opena'"):
        ValidatingTransport(profile="opena")
    with pytest.raises(ConfigError, match="did you mean 'role-once'"):
        AsyncValidatingTransport(severity={"role-onec": "off"})


def test_reports_go_to_a_list_or_a_callback(library: Any, url: str) -> None:
    own: list[Report] = []
    for options in ({"reports": own}, {"on_report": own.append}):
        transport = ValidatingTransport(severity={"role-once": "warning"}, ignore=IGNORE, **options)
        seen_sync(library, transport, f"{url}/twice")
    assert [(report.ok, report.count("warning")) for report in own] == [(True, 1)] * 2
    assert transport.reports == []


def test_openai_python_takes_the_transport_in_one_line(url: str) -> None:
    openai = pytest.importorskip("openai", reason="openai is not installed")
    transport = ValidatingTransport(ignore=IGNORE)
    http_client = openai.DefaultHttpxClient(transport=transport)
    texts = []
    for path in ("/good", "/twice"):
        with serving({"/chat/completions": ANSWERS[path]}) as base:
            client = openai.OpenAI(api_key="none", base_url=base, http_client=http_client)
            chunks = client.chat.completions.create(**ASKED)
            texts.append("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices))
    assert texts[0] == texts[1] != ""
    assert [(one.ending, [finding.rule for finding in one.findings]) for one in transport.reports] == [
        ("finished", []),
        ("finished", ["role-once"]),
    ]


def test_async_openai_python_takes_the_transport_in_one_line() -> None:
    openai = pytest.importorskip("openai", reason="openai is not installed")
    transport = AsyncValidatingTransport(ignore=IGNORE)

    async def main(base: str) -> int:
        http_client = openai.DefaultAsyncHttpxClient(transport=transport)
        async with openai.AsyncOpenAI(api_key="none", base_url=base, http_client=http_client) as client:
            return len([chunk async for chunk in await client.chat.completions.create(**ASKED)])

    with serving({"/chat/completions": ANSWERS["/twice"]}) as base:
        assert asyncio.run(main(base)) == len(EVENTS) - 1
    assert [finding.rule for finding in transport.reports[0].findings] == ["role-once"]
