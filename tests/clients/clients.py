"""The clients that the corpus is tried on: whether they are installed, and what came of every job."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.clients.jobs import jobs
from validator.live.replay import application
from validator.live.serve import serving
from validator.live.shelf import Shelf
from validator.live.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.clients.jobs import Job

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Client:
    """A client, by the name and version that the rules have in `breaks`."""

    name: str
    version: str
    program: str
    over: str | None = None
    """The client that this one reads with, and whose errors it passes on."""
    package: str = ""
    """What a registry calls it, if not by its name."""

    @property
    def id(self) -> str:
        return f"{self.name} {self.version}"

    def wanting(self) -> str | None:
        """Return why the client can not be run here, or None if it can."""
        if self.program.endswith(".mjs"):
            package = HERE / "node_modules" / (self.package or "openai") / "package.json"
            if shutil.which("node") is None:
                return "node is not installed"
            there = json.loads(package.read_text())["version"] if package.is_file() else None
            how = "npm ci --prefix tests/clients"
        else:
            name = self.name.removesuffix("-python")
            there = next((one.version for one in metadata.distributions(name=name)), None)
            how = "pip install -e '.[clients]'"
        return None if there == self.version else f"{self.id} is not installed, but {there or 'none'}: {how}"


CLIENTS = {
    one.id: one
    for one in (
        Client("openai-python", "3.54.0", "python_client.py"),
        Client("openai-node", "7.57.0", "node_client.mjs"),
        Client("langchain-openai", "1.7.3", "langchain_client.py", over="openai-python 3.54.0"),
    )
}

#: Clients that only the table of `tests.clients.table` is made with; no rule says anything of them.
READERS = {
    one.id: one
    for one in (
        Client("@ai-sdk/openai-compatible", "3.0.92", "aisdk_client.mjs", package="@ai-sdk/openai-compatible"),
    )
}

Outcomes = dict[tuple[str, str, str], dict[str, Any]]


@cache
def outcomes(id: str) -> Outcomes:  # noqa: A002 - it is one
    """Run a client on all of the corpus; return what came of each job, by its protocol, capture and way."""
    client = CLIENTS[id]
    return run(client, jobs(client.name))


def run(client: Client, jobs: Iterable[Job]) -> Outcomes:
    """Run a client on captures, which a replay server plays; return what came of each job."""
    asked = "".join(job.to_json() + "\n" for job in jobs)
    program = ["node"] if client.program.endswith(".mjs") else [sys.executable]
    shelf = Shelf()
    shelf.add_corpus()
    with serving(application(shelf, Wish(timing="none"))) as url:
        done = subprocess.run(
            [*program, str(HERE / client.program), f"{url}/v1"],
            input=asked,
            capture_output=True,
            text=True,
            check=False,
        )
    version, *lines = done.stdout.rstrip("\n").split("\n")
    assert (version, done.returncode) == (client.version, 0), done.stderr[-2000:]
    answers = [json.loads(line) for line in lines]
    return {(one["protocol"], one["capture"], one["way"]): one["outcome"] for one in answers}
