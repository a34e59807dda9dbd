"""What the rules claim in `breaks`, as data that a run of the clients can contradict: ``expected/*.yaml``.

    protocol: chat.completions
    rules:
      RULE:
        CLIENT VERSION:
          CAPTURE:
            WAY, WAY: "ErrorType: a part of its message"
            WAY: {PATH: [what was sent, what is read]}

A capture is named without its ``bad-`` and ``.sse``. A path leads to a leaf of the outcome, ``0.role`` to the role of
choice 0; null is a leaf that is not there, and a text after ``~`` is a regular expression. Three paths hold errors:
``raises``; ``reader``, of the loop that the client's README shows; ``writing``, of what was read, when it is put into
UTF-8. What was sent is shown by the bytes, another client, another way, or a good capture of the rule; it is left out
where what is read says enough.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.clients.clients import CLIENTS, outcomes
from tests.corpus import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent

#: The paths that hold errors, as "ErrorType: message".
ERRORS = frozenset({"raises", "reader", "writing"})


@dataclass(frozen=True)
class Claim:
    """What one client makes of one bad capture, read in one way."""

    protocol: str
    rule: str
    client: str
    capture: str
    way: str
    says: Any

    @property
    def id(self) -> str:
        return f"{self.protocol}/{self.rule}/{self.capture}/{self.client.split()[0]}/{self.way}"

    @property
    def path(self) -> str:
        """Return the capture's path below the corpus."""
        return f"rules/{self.rule}/bad-{self.capture}.sse"

    def contradictions(self) -> Iterator[str]:
        """Yield what a run of the client shows otherwise."""
        outcome = outcomes(self.client)[self.protocol, self.path, self.way]
        for path, says in ({"raises": self.says} if isinstance(self.says, str) else self.says).items():
            *sent, read = [says] if isinstance(says, str) else says
            value = outcome.get(path)
            if not _is(path, value, read):
                yield f"{path} is {value!r} and not {read!r}, in {outcome}"
            if sent and _is(path, value, sent[0]):
                yield f"{path} is read as it was sent: {value!r}"
            if sent and not self._shown(path, sent[0]):
                yield f"nothing shows that {path} was sent as {sent[0]!r}"

    def _shown(self, path: str, sent: Any) -> bool:
        """Return whether the bytes or any run show this value."""
        member = f'"{path.rpartition(".")[2]}":{json.dumps(sent, ensure_ascii=False)}'
        if member.encode() in (CORPUS / self.path).read_bytes():
            return True
        able = [client for client, one in CLIENTS.items() if one.wanting() is None]
        good = f"rules/{self.rule}/good-"
        return len(able) < len(CLIENTS) or any(
            _is(path, outcome.get(path), sent)
            for client in able
            for (_, capture, _), outcome in outcomes(client).items()
            if capture == self.path or capture.startswith(good)
        )


def _is(path: str, value: Any, wanted: Any) -> bool:
    if isinstance(wanted, str) and wanted.startswith("~"):
        return isinstance(value, str) and re.search(wanted[1:], value) is not None
    if path in ERRORS and isinstance(wanted, str):
        kind, _, message = wanted.partition(": ")
        got, _, said = str(value).partition(": ")
        return kind == got and message in said
    return type(value) is type(wanted) and bool(value == wanted)


@cache
def claims() -> tuple[Claim, ...]:
    """Return all that is claimed."""
    found = []
    for file in sorted((HERE / "expected").glob("*.yaml")):
        stated = yaml.safe_load(file.read_text(encoding="utf-8"))
        for rule, clients in stated["rules"].items():
            for client, captures in clients.items():
                for capture, ways in captures.items():
                    for names, says in ways.items():
                        found += [
                            Claim(stated["protocol"], rule, client, capture, way, says) for way in names.split(", ")
                        ]
    return tuple(found)


def bad_captures(rule: str) -> list[str]:
    """Return the bad captures of a rule, without ``bad-`` and ``.sse``."""
    return [path.stem.removeprefix("bad-") for path in sorted((CORPUS / "rules" / rule).glob("bad-*.sse"))]
