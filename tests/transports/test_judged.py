"""Every event stream that passes through the transports is judged, by what is known of it and as they are told."""

from __future__ import annotations

import asyncio
import gzip
import time
from importlib import import_module
from typing import Any

import pytest

from tests.loopback import serving
from tests.transports.clients import ANSWERS, ASKED, BODY, EVENTS, IGNORE, SSE, TWICE, seen_sync
from validator import ConfigError, Report, StreamReport
from validator.httpx_transport import AsyncValidatingTransport, ValidatingTransport


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
        async with library.AsyncClient(transport=transport, timeout=60) as client:
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


def stream_of(transport: Any) -> StreamReport:
    """Return the only stream of the only report."""
    (report,) = transport.reports
    (stream,) = report.streams
    found: StreamReport = stream
    return found


def test_request_headers_times_and_end_are_known(library: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.watch.AWAY", 30)  # a machine that stalls is no client that pauses
    transport = ValidatingTransport()
    seen_sync(library, transport, f"{url}/good")
    stream = stream_of(transport)
    assert stream.not_judged == {}
    assert {"clean-transport-end", "max-gap", "model-echo", "content-type-event-stream"} <= set(stream.exercised)


def test_a_client_that_pauses_is_no_silence_of_the_server(
    library: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validator.watch.FOUND_THERE", 10)  # however slow the machine is
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
