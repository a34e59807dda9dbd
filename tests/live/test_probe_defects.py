"""probe: a broken provider gives exactly its defect, once, in words and as grave as options say."""

from __future__ import annotations

import json
import threading
from itertools import count
from typing import TYPE_CHECKING

import pytest
from starlette.responses import JSONResponse, Response

from tests.command import chunkspec
from tests.live.defective import (
    AnyModel,
    Details,
    ErrorPages,
    ErrorsInStreams,
    Half,
    IgnoresStop,
    Logprobs,
    LostCalls,
    Mixing,
    NoDone,
    NoRole,
    NoUsage,
    OddKeys,
    OneChoice,
    OtherTwin,
    OtherUsage,
    Unreadable,
)
from tests.live.hostile import HEAD, answering
from tests.live.probed import found, probed
from tests.live.provider import MODEL, Payload, Provider
from tests.live.sockets import upstream

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from starlette.requests import Request


EVERYWHERE = {"*"}
#: What every defective provider is asked, beside that in which its defect shows.
SOME = {"plain-text", "two-choices", "tool-auto", "unknown-model", "twin-text", "twin-tools", "early-disconnect"}
DEFECTS: dict[type[Provider], dict[str, set[str]]] = {
    NoDone: {"done-present": EVERYWHERE},
    AnyModel: {"unknown-model-refused": {"unknown-model"}},
    ErrorsInStreams: {
        "malformed-json-refused": {"malformed-json"},
        "malformed-messages-refused": {"malformed-messages"},
    },
    ErrorPages: {
        "malformed-json-refused": {"malformed-json"},
        "malformed-messages-refused": {"malformed-messages"},
    },
    Details: {"unknown-model-refused": {"unknown-model"}},
    OtherTwin: {"twins-equal": {"twin-text"}},
    LostCalls: {"twins-equal": {"twin-tools"}},
    Unreadable: {"data-valid-json": EVERYWHERE},
    OddKeys: {"twins-equal": {"twin-text", "twin-tools"}},
    OtherUsage: {"twins-equal": {"twin-text", "twin-tools"}},
    Mixing: {"streams-apart": {"two-at-once"}},
    OneChoice: {"choice-count": {"two-choices"}},
    NoUsage: {"usage-iff-requested": {"usage-on", "length-limit-counted", "twin-text", "twin-tools"}},
    IgnoresStop: {"stop-sequence-excluded": {"stop-sequence", "stop-sequences"}},
    Half: {"utf8-well-formed": {"emoji"}},
    Logprobs: {"top-logprobs-count": {"logprobs", "top-logprobs"}},
    NoRole: {"role-once": {"tool-auto", "tool-required", "tool-named", "tools-parallel", "tools-one-at-a-time",
                           "tool-without-arguments", "tool-strict", "twin-tools"}},
}  # fmt: skip


@pytest.mark.parametrize("provider", DEFECTS, ids=lambda one: one.__name__)
def test_a_broken_provider_gives_exactly_its_defect(provider: type[Provider]) -> None:
    expected = DEFECTS[provider]
    scenarios = {scenario for one in expected.values() for scenario in one} - EVERYWHERE
    code, report, err = probed(provider(), "--only", ",".join(sorted(scenarios | SOME)))
    told = found(report)
    assert told.keys() == expected.keys(), report["streams"]
    for rule, scenarios in expected.items():
        if scenarios is EVERYWHERE:
            assert len(told[rule]) == len(report["probe"]["scenarios"]) - 1  # one of them is refused
        else:
            assert told[rule] == scenarios
    assert err == ""
    gravest = {finding["severity"] for stream in report["streams"] for finding in stream["findings"]}
    assert code == (1 if "error" in gravest else 0)
    states = {one["scenario"]: one["layers"] for one in report["probe"]["scenarios"]}
    layers = {finding["rule"]: finding["layer"] for stream in report["streams"] for finding in stream["findings"]}
    for rule, scenarios in told.items():
        assert {states[scenario][layers[rule]] for scenario in scenarios} <= {"fail", "warn", "info"}
    bad = {(scenario, layers[rule]) for rule, scenarios in told.items() for scenario in scenarios}
    for scenario, cells in states.items():
        for layer, state in cells.items():
            assert state in ("pass", "idle") or (scenario, layer) in bad


def test_twins_that_are_no_json_are_told_by_the_rules() -> None:
    def play(connection: socket.socket, request: bytes) -> None:
        connection.sendall(HEAD + b"data: {streamed\n\n" if b'"stream":true' in request else HEAD + b"data: {\n\n")

    with upstream(play) as url:
        common = ["--base-url", url, "--model", MODEL, "--no-config", "--format", "json"]
        code, out, err = chunkspec("probe", *common, "--only", "twin-text", "--select", "data-valid-json,asked")
    assert (code, err) == (1, "")
    assert found(json.loads(out)) == {"data-valid-json": {"twin-text"}}


def test_what_is_wrong_with_an_answer_is_said_in_words() -> None:
    _, report, _ = probed(AnyModel(), "--only", "unknown-model")
    (finding,) = (one for stream in report["streams"] for one in stream["findings"])
    assert finding["message"] == "the request is not refused"
    assert finding["got"] == "HTTP 200 and an event stream"
    assert finding["expected"] == "an HTTP status of 400 or above, with a JSON error object as its body"
    assert finding["fix"] == "Answer with 404 and a JSON error object."
    _, report, _ = probed(OtherTwin(), "--only", "twin-text")
    (finding,) = (one for stream in report["streams"] for one in stream["findings"])
    assert finding["message"].startswith("choice 0: text: differs from character ")
    assert "planet" in finding["got"]
    assert "star" in finding["got"]
    assert finding["event"] > 1


def test_the_score_counts_rules_by_both_verdicts() -> None:
    class Sloppy(Provider):
        def chunks(self, body: Payload) -> Iterator[Payload]:
            for chunk in super().chunks(body):
                yield {**chunk, "object": "chunk", "created": chunk["created"] if chunk["choices"] else 1.5}

    _, report, _ = probed(Sloppy(), "--only", "plain-text,usage-on")
    scores = report["probe"]["scores"]
    assert list(scores) == ["openai", "compatible"]
    for name, score in scores.items():
        broken = {rule for stream in report["streams"] for rule in stream["exercised"]}
        assert score["passed"] == score["exercised"] - len(score["failed"])
        assert len(broken) == score["exercised"]
        assert (score["failed"] == []) is all(stream["verdicts"][name]["ok"] for stream in report["streams"])
    assert scores["compatible"]["passed"] > scores["openai"]["passed"]
    assert "object-const" in scores["openai"]["failed"]


class BlamesItself(Provider):
    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        if answer.status_code == 400:
            return Response(b"Internal Server Error", 500)
        return JSONResponse({"error": {"message": "no"}}, 500) if answer.status_code == 404 else answer


def test_one_refusal_has_one_finding() -> None:
    _, report, _ = probed(BlamesItself(), "--only", "plain-text,unknown-model,malformed-json")
    told = [(one["rule"], one["severity"], one["got"]) for stream in report["streams"] for one in stream["findings"]]
    assert told == [
        ("unknown-model-refused", "warning", "HTTP 500"),
        ("malformed-json-refused", "error", "HTTP 500: Internal Server Error"),
    ]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--ignore", "unknown-model-refused"], {}),
        (["--ignore", "asked"], {}),
        (["--severity", "unknown-model-refused=info"], {"unknown-model-refused": "info"}),
        (["--severity", "asked=warning"], {"unknown-model-refused": "warning"}),
        (["--select", "asked"], {"unknown-model-refused": "error"}),
        (["--select", "framing,json"], {}),
        (["--ignore", "framing"], {"unknown-model-refused": "error"}),
    ],
)
def test_expectations_are_graded_as_rules_are(args: list[str], told: dict[str, str]) -> None:
    code, report, err = probed(AnyModel(), "--only", "plain-text,unknown-model", *args)
    assert err == ""
    assert {one["rule"]: one["severity"] for stream in report["streams"] for one in stream["findings"]} == told
    assert code == (1 if "error" in told.values() else 0)
    exercised = {stream["source"]: set(stream["exercised"]) for stream in report["streams"]}
    if args == ["--select", "asked"]:
        assert exercised["plain-text"] == set()
    else:
        assert len(exercised["plain-text"]) > 20


def test_a_server_that_dies_of_a_reader_that_leaves_is_told_once() -> None:
    provider = Provider()
    requests = count(1)
    left = threading.Event()

    def answer(connection: socket.socket) -> None:
        number = next(requests)
        if number == 3:
            assert left.wait(20)
            return
        connection.sendall(HEAD)
        asked = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "a long list"}]}
        try:
            for event in provider.events(asked):
                connection.sendall(event)
            if number == 2:  # of this answer the reader does not wait for the end
                connection.recv(1)
        finally:
            if number == 2:
                left.set()

    with answering(answer) as url:
        code, out, err = chunkspec(
            "probe", "--base-url", url, "--model", MODEL, "--no-config", "--format", "json", "--retries", "0",
            "--only", "short-output,early-disconnect", "--ignore", "transport,request",
        )  # fmt: skip
    assert (code, err) == (1, "")
    assert found(json.loads(out)) == {"survives-disconnect": {"early-disconnect"}}
