"""Serving: on the loopback unless another host is named, with nothing added, and ended cleanly."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from validator import live
from validator.live.serve import RESET, bind, is_loopback, serving, url
from validator.yamlfile import ConfigError


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/reset":
        scope["extensions"][RESET]()
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1"), (b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok", "more_body": scope["path"] == "/cut"})


def test_what_an_application_says_is_all_that_is_sent() -> None:
    with serving(app) as at:
        response = httpx.get(at)
        assert response.headers.raw == [(b"X-A", b"1"), (b"content-length", b"2")]
        with pytest.raises(httpx.ReadError):
            httpx.get(f"{at}/reset")
    with pytest.raises(httpx.ConnectError):
        httpx.get(at)


def test_it_listens_on_the_loopback_and_elsewhere_only_by_name() -> None:
    with bind("127.0.0.1", 0) as here, bind("0.0.0.0", 0) as anywhere:  # noqa: S104 - that is asked for by name
        assert (is_loopback(url(here)), is_loopback(url(anywhere))) == (True, False)
        assert here.getsockname()[0] == "127.0.0.1"


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6")
def test_it_listens_on_addresses_of_ipv6() -> None:
    try:
        listening = bind("::1", 0)
    except ConfigError as error:
        pytest.skip(str(error))
    with listening:
        assert url(listening).startswith("http://[::1]:")
        assert is_loopback(url(listening))


@pytest.mark.parametrize(("host", "port"), [("no such host", 0), ("192.0.2.1", 0), ("127.0.0.1", None)])
def test_where_it_cannot_listen_is_said(host: str, port: int | None) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match=f"cannot listen on {host}"),
    ):
        bind(host, taken.getsockname()[1] if port is None else port)


PROGRAM = """
import asyncio
from validator.live.serve import serve

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    try:
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await asyncio.sleep(0.05)
    finally:
        print("ended", flush=True)

serve(app, ready=lambda at: print(at, flush=True))
print("done", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_it_streams(sign: signal.Signals) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=pipe, stderr=pipe, text=True) as server:
        assert server.stdout is not None
        at = server.stdout.readline().strip()
        with httpx.stream("GET", at) as response:
            assert next(response.iter_raw()) == b"x"
            server.send_signal(sign)
            out, err = server.communicate(timeout=60)
    assert (server.returncode, out, err) == (0, "ended\ndone\n", "")


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    live.require()
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(
        ConfigError, match=r"this needs uvicorn, which is not installed: pip install 'chunkspec\[live\]'"
    ):
        live.require()
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ConfigError, match="this needs httpx and uvicorn, which are not installed"):
        live.require()
