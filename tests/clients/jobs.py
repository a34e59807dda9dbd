"""What the clients are to read: each capture of the corpus, in each way that tells something of it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.corpus import CORPUS, cases
from validator import catalogue
from validator.live.wish import HEADER
from validator.meta import load_meta, sidecar

if TYPE_CHECKING:
    from pathlib import Path

#: What is asked where nothing says otherwise.
CHAT_REQUEST = {"model": "gpt-5.1-mini", "messages": [{"role": "user", "content": "Say"}]}

CHAT, COMPLETION = "chat.completions", "text.completion"

#: A tool's name as it stands in the bytes of a stream, however broken.
_NAME = re.compile(rb'"function":\s*\{[^{}]*"name":\s*"(\w+)"')


@dataclass(frozen=True)
class Job:
    """One capture, read in one way.

    The ways: ``raw`` iterates over create(stream=True); ``helper`` puts the answer together by stream(); ``strict``
    does so with the tools declared strict, so that their arguments are parsed; ``model`` with the types that the
    request's schemas describe. ``chain`` is langchain's own way.
    """

    protocol: str
    capture: str
    way: str
    request: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.protocol, self.capture, self.way

    def to_json(self) -> str:
        """Return what a client's program is told; the headers name the capture to the replay server."""
        name = self.capture.removeprefix("rules/").removesuffix(".sse")
        return json.dumps({**asdict(self), "headers": {HEADER: f"name={quote(name)}"}})


@cache
def captures() -> list[tuple[str, Path, bool]]:
    """Return the captures of the rules, as (protocol, path, whether it is a stream of this protocol).

    That of a rule which several protocols share is read as each of them, unless its case names a profile: bytes that
    no client can take for an event or for JSON are the same everywhere.
    """
    found = []
    for path, profile in sorted({(case.path, case.profile or "") for case in cases("rules")}):
        rule = path.parent.name
        named = profile in catalogue.profile_files()
        own = catalogue.find_profile(profile)[0].name if named else catalogue.find_rule(rule)[0].name
        found += [
            (name, path, name == own)
            for name in catalogue.protocol_folders()
            if rule in catalogue.protocol(name).rules and (name == own or not named)
        ]
    return list(dict.fromkeys(found))  # a capture may be judged by several profiles


def _request(path: Path) -> dict[str, Any]:
    if not sidecar(path).is_file():
        return {}
    request: dict[str, Any] = load_meta(sidecar(path), path.name).get("request", {})
    return {key: value for key, value in request.items() if key != "stream"}


def chat_request(path: Path) -> dict[str, Any]:
    """Return what a client asks, of a capture of chat: what its sidecar says, or a text."""
    return {**CHAT_REQUEST, **_request(path)}


def _strict(request: dict[str, Any], body: bytes) -> list[dict[str, Any]]:
    """Return the tools that the request declares, or else those that the stream calls, as strict ones."""
    declared = [one["function"] for one in request.get("tools", ()) if one.get("type") == "function"]
    names = sorted({name.decode() for name in _NAME.findall(body)})
    functions = declared or [{"name": name, "parameters": {"type": "object"}} for name in names]
    return [{"type": "function", "function": {**one, "strict": True}} for one in functions]


def jobs(client: str) -> list[Job]:
    """Return the jobs of a client by its name without the version."""
    found = []
    for protocol, path, own in captures():
        capture = path.relative_to(CORPUS).as_posix()
        request = _request(path) if own else {}
        if protocol == COMPLETION:
            way = "chain" if client == "langchain-openai" else "raw"
            found.append(Job(protocol, capture, way, {"model": "gpt-3.5-turbo-instruct", "prompt": "Say", **request}))
        elif protocol == CHAT and client != "langchain-openai":
            asked = {**CHAT_REQUEST, **request}
            found += [Job(protocol, capture, way, asked) for way in ("raw", "helper")]
            tools = _strict(request, path.read_bytes())
            strict = {**asked, "tools": tools} if tools else asked
            if tools:
                found.append(Job(protocol, capture, "strict", strict))
            typed = "tools" in request or request.get("response_format", {}).get("type") == "json_schema"
            if typed and client == "openai-python":
                found.append(Job(protocol, capture, "model", strict))
    return found
