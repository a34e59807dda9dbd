"""The servers of ``servers.yaml``: where each is installed, whether it can be run here, and one that runs."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent

#: Where peers are installed: each in a folder of its own, so that none needs to agree with another.
HOME = Path(os.environ.get("CHUNKSPEC_PEERS") or HERE.parents[1] / ".peers").absolute()

#: The variable that names the key of a running peer.
KEY = "CHUNKSPEC_PEER_KEY"

#: How long a server may take until it answers, in seconds; engines load torch first.
PATIENCE = 120.0

#: A port that nobody listens on: what a server sends elsewhere than to the loopback ends there.
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that others wrote; see ``servers.yaml`` for what each member says."""

    name: str
    what: str
    kind: str
    command: list[str]
    ready: str
    model: str
    pip: list[str] = field(default_factory=list)
    npm: list[str] = field(default_factory=list)
    inside: str | None = None
    upstream: str | None = None
    model_of_ours: bool = False
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    key: bool = False
    base: str = "/v1"
    without: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return HOME / (self.inside or self.name)

    @property
    def version(self) -> str | None:
        """The version that is installed, to its end, or None."""
        return self.installed.read_text("utf-8").strip() if self.installed.is_file() else None

    @property
    def installed(self) -> Path:
        """The file that says so."""
        return self.home / "installed"

    def wanting(self) -> str | None:
        """Return why the server can not be run here, or None if it can."""
        if self.version is None:
            return f"{self.name} is not installed: python -m tests.peers.setup {self.inside or self.name}"
        if self.model_of_ours and not (MODEL / "tiny.gguf").is_file():
            return f"{self.name} has no model: python -m tests.peers.setup transformers"
        return peers()[self.upstream].wanting() if self.upstream else None

    def said(self, text: str, places: dict[str, str]) -> str:
        """Return a text of ``servers.yaml`` with its places filled in; other braces stay."""
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@dataclass(frozen=True, slots=True)
class Running:
    """A peer that runs: where, and by which key it answers."""

    peer: Peer
    url: str
    key: str
    model: str
    log: Path


#: The model of ``tiny.py``, in the forms that engines read.
MODEL = HOME / "model"


@cache
def peers() -> dict[str, Peer]:
    """Return all peers, by their names."""
    said: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "servers.yaml").read_text("utf-8"))
    return {name: Peer(name, inside=one.pop("in", None), **one) for name, one in said.items()}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextmanager
def running(name: str) -> Iterator[Running]:
    """Run a peer, and the one behind it, on free ports of the loopback, in a folder of its own, without a network."""
    peer = peers()[name]
    with ExitStack() as stack:
        behind = stack.enter_context(running(peer.upstream)).url if peer.upstream else ""
        folder = Path(stack.enter_context(TemporaryDirectory(prefix=f"peer-{name}-")))
        port, key = str(_free_port()), f"sk-{secrets.token_hex(16)}"
        at = {
            "port": port, "key": key, "upstream": behind,
            "home": str(peer.home), "bin": str(peer.home / "bin"), "model": str(MODEL),
        }  # fmt: skip
        for file, text in peer.files.items():
            (folder / file).write_text(peer.said(text, at), "utf-8")
        environment = {
            **{one: os.environ[one] for one in ("PATH", "LANG", "LD_LIBRARY_PATH") if one in os.environ},
            "HOME": str(folder), "http_proxy": NOWHERE, "https_proxy": NOWHERE,
            "HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1",
            **{variable: peer.said(value, at) for variable, value in peer.environment.items()},
        }  # fmt: skip
        environment["PATH"] = f"{peer.home / 'bin'}{os.pathsep}{environment['PATH']}"
        log = folder / "server.log"
        command = [peer.said(word, at) for word in peer.command]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        try:
            _await(process, f"http://127.0.0.1:{port}{peer.ready}", log)
            yield Running(peer, f"http://127.0.0.1:{port}{peer.base}", key, peer.said(peer.model, at), log)
        finally:
            _end(process)


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > until:
            tail = log.read_text("utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"the server does not answer at {url}:\n{tail}")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started: its session is its own."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(5)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait(5)
