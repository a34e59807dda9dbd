"""The client sees what it would see without the transports, whatever comes and whatever goes wrong here."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.transports.clients import ANSWERS, ASKED, EVENTS, IGNORE, SSE, See, seen_sync, validating
from validator.httpx_transport import ValidatingTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from validator import Report

#: For each answer: how the stream ended, and what is found; nothing where the response is no stream.
EXPECTED: dict[str, tuple[str, set[str]]] = {
    "/good": ("finished", set()),
    "/twice": ("finished", {"role-once"}),
    "/odd-pieces": ("finished", set()),
    "/gzip": ("finished", {"role-once"}),
    "/cut": ("cut", {"clean-transport-end", "finish-exactly-once"}),
    "/reset": ("cut", {"clean-transport-end", "finish-exactly-once"}),
    "/timeout": ("cut", {"clean-transport-end", "finish-exactly-once"}),
    "/json": ("empty", {"not-json-error-body"}),
    "/empty": ("empty", {"body-not-empty"}),
}


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

    class Stream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]  # chosen late
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

    class Transport(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc]  # chosen late
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
