"""probe: nothing is blamed on models, nor on servers that say what they cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.defective import (
    Modest,
)
from tests.live.probed import found, probed, reasons
from tests.live.provider import Payload, Provider, Refused

if TYPE_CHECKING:
    from starlette.requests import Request


class Mock(Provider):
    """Says the same to everything, and calls no tool that it need not."""

    def text(self, body: Payload) -> str:
        return "This is a mock response."

    def calls(self, body: Payload) -> list[tuple[str, str]]:
        return super().calls(body) if body.get("tool_choice") not in (None, "auto") else []


def test_a_model_that_does_not_do_what_is_asked_is_not_at_fault() -> None:
    code, report, _ = probed(Mock(), "--without", "json-mode,json-schema")
    assert code == 0
    assert found(report) == {}
    idle = reasons(report, "not_exercised")
    assert idle["tool-auto"] == "the model called no tool"
    assert idle["emoji"] == "the text is ASCII"
    assert idle["two-at-once"] == "the model wrote neither of the words"
    assert idle["long-output"] == "the answer came in fewer than 100 chunks"
    assert idle["length-limit"] == "the answer did not reach the limit"


class Moody(Provider):
    """Never says the same twice."""

    def text(self, body: Payload) -> str:
        return super().text(body) + f" {len(self.asked)}"


def test_a_model_that_never_says_the_same_twice_is_not_at_fault() -> None:
    code, report, _ = probed(Moody(), "--only", "twin-text")
    assert code == 0
    assert reasons(report, "not_exercised") == {
        "twin-text": "the server does not answer the same request twice alike"
    }


def test_what_a_server_says_it_cannot_do_is_listed_and_no_defect() -> None:
    provider = Modest()
    code, report, _ = probed(provider, "--fail-on", "info")
    assert code == 0
    assert found(report) == {}
    told = reasons(report, "not_judged")
    assert told["tool-auto"].startswith("not supported: tool calls (HTTP 400: ")
    assert told["tool-required"] == "not supported: tool calls, as scenario tool-auto showed"
    assert told["two-choices"].startswith("not supported: several answers at once")
    assert {"logprobs", "stop-sequence", "json-mode", "json-schema", "usage-on", "obfuscation-off"} <= told.keys()
    assert "plain-text" not in told


def test_what_is_declared_is_not_asked() -> None:
    provider = Provider()
    code, report, _ = probed(provider, "--without", "tools,logprobs", "--without", "n")
    assert code == 0
    told = reasons(report, "not_judged")
    assert told["tool-auto"] == told["twin-tools"] == "left out by --without tools"
    assert told["two-choices"] == "left out by --without n"
    assert not any(name in body for body in provider.asked for name in ("tools", "logprobs", "n"))


def test_a_request_yields_members_that_a_server_refuses() -> None:
    class New(Provider):
        def read(self, request: Request, data: bytes) -> Payload:
            body = super().read(request, data)
            for name in ("max_tokens", "temperature"):
                if name in body:
                    raise Refused(400, f"Unsupported parameter: '{name}' is not supported with this model.", name)
            return body

    provider = New()
    code, report, _ = probed(provider, "--only", "plain-text,length-limit,twin-text")
    assert code == 0
    assert found(report) == {}
    assert [body["max_completion_tokens"] for body in provider.asked] == [256, 8, 256, 256]
    assert report["probe"]["requests"] == 4 + 2
