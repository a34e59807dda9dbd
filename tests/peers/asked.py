"""A peer asked by ``chunkspec probe``: what was found, capture by capture."""

from __future__ import annotations

import atexit
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

from tests.command import chunkspec
from tests.peers.peer import HERE, KEY, peers, running

#: What a machine that is busy makes of every server: it is not judged.
UNTIMED = ("--no-config", "--ignore", "timing")

#: What is held against a server; what is only told (info) is not.
GRAVE = frozenset({"error", "warning"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a probe of a peer left: the folder of its captures, and the report."""

    name: str
    folder: Path
    report: dict[str, Any]

    def found(self) -> dict[str, set[str]]:
        """Return the rules that were broken, and the captures of each; info is left out."""
        broken: dict[str, set[str]] = {}
        for stream in self.report["streams"]:
            for finding in stream["findings"]:
                if finding["severity"] in GRAVE:
                    broken.setdefault(finding["rule"], set()).add(capture(stream["source"]))
        return broken

    def refusals(self) -> set[str]:
        """Return what was not met beside the rules: expectations of scenarios, such as that a request is refused."""
        findings = [one for stream in self.report["streams"] for one in stream["findings"]]
        scores = self.report["probe"]["scores"].values()
        rules = {rule for score in scores for rule in score["failed"] + score["warned"]}
        return {one["rule"] for one in findings if one["severity"] in GRAVE} - rules

    def text(self, name: str) -> str:
        """Return the body of a capture."""
        stream = self.folder / f"{name}.sse"
        if stream.is_file():
            return stream.read_text("utf-8")
        answer = json.loads((self.folder / f"{name}.answer.json").read_text("utf-8"))
        return answer["text"] if "text" in answer else json.dumps(answer["body"], ensure_ascii=False)


def capture(source: str) -> str:
    """Return the name of a capture, without its folder and its ending."""
    return Path(source).name.removesuffix(".sse").removesuffix(".answer.json")


def probe(name: str, url: str, model: str, key: str, folder: Path) -> dict[str, Any]:
    """Run ``chunkspec probe`` on a peer that runs, and return its report."""
    peer = peers()[name]
    own = HERE / "scenarios" / f"{name}.yaml"
    with patch.dict(os.environ, {KEY: key}):
        code, out, err = chunkspec(
            "probe", *UNTIMED, "--base-url", url, "--model", model, "--captures", str(folder), "--force",
            "--format", "json", "--timeout", "60",
            *(["--api-key-env", KEY] if peer.key else []),
            *(["--without", ",".join(peer.without)] if peer.without else []),
            *(["--scenarios", str(own)] if own.is_file() else []),
        )  # fmt: skip
    assert code in {0, 1}, err
    assert key not in out + err
    report: dict[str, Any] = json.loads(out)
    return report


@cache
def asked(name: str) -> Asked:
    """Run a peer and probe it; once in a process."""
    folder = Path(mkdtemp(prefix=f"asked-{name}-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    with running(name) as one:
        return Asked(name, folder, probe(name, one.url, one.model, one.key, folder))
