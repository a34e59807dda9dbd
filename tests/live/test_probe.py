"""probe: a sound provider gives a clean matrix, a broken one exactly its defect, and nothing is blamed on models."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.command import chunkspec
from tests.live.hostile import HEAD, answering
from tests.live.provider import KEY, MODEL, Payload, Provider, Refused, changed
from validator import catalogue
from validator.cli import progress
from validator.judge import Judge
from validator.live.ask import Asker, Endpoint
from validator.live.asking import Asking
from validator.live.budget import Budget
from validator.live.keep import Kept
from validator.live.probe import Probe
from validator.live.scenario import chosen, load
from validator.live.serve import serving

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.live.ask.PAUSE", 0.01)


def probed(provider: Provider, *args: str) -> tuple[int, dict[str, Any], str]:
    """Probe a provider and return the exit code, the report and what was said on stderr."""
    with serving(provider.app()) as url:
        common = ["--base-url", f"{url}/v1", "--model", MODEL, "--no-config", "--format", "json"]
        code, out, err = chunkspec("probe", *common, *args)
    return code, json.loads(out) if out else {}, err


def found(report: dict[str, Any]) -> dict[str, set[str]]:
    """Return the scenarios in which each rule finds something."""
    by_source = {source: one["scenario"] for one in report["probe"]["scenarios"] for source in one["sources"]}
    rules: dict[str, set[str]] = {}
    for stream in report["streams"]:
        for finding in stream["findings"]:
            rules.setdefault(finding["rule"], set()).add(by_source[stream["source"]])
    return rules


def reasons(report: dict[str, Any], why: str) -> dict[str, str]:
    return {one["scenario"]: one[why] for one in report["probe"]["scenarios"] if one[why] is not None}


def test_a_sound_provider_gives_a_clean_matrix() -> None:
    code, report, err = probed(Provider(), "--fail-on", "info")
    assert (code, err) == (0, "")
    assert found(report) == {}
    scenarios = report["probe"]["scenarios"]
    assert len(scenarios) >= 35
    assert {state for one in scenarios for state in one["layers"].values()} == {"pass", "idle"}
    assert reasons(report, "not_judged") == {"bad-key": "the server asks for no key"}
    assert list(reasons(report, "not_exercised")) == ["refusal-prone"]
    for score in report["probe"]["scores"].values():
        assert score["passed"] == score["exercised"] > 120
        assert score["failed"] == score["warned"] == []


def test_each_scenario_asks_for_what_it_says() -> None:
    provider = Provider()
    _, report, _ = probed(provider)
    asked = provider.asked
    assert report["probe"]["requests"] == len(asked) + 3  # those that are refused
    assert {one.get("n") for one in asked} == {None, 2}
    assert {str(one.get("tool_choice")) for one in asked} >= {"auto", "required", "none"}
    assert any(type(one.get("tool_choice")) is dict for one in asked)
    assert {json.dumps(one.get("stream_options")) for one in asked} >= {
        "null", '{"include_usage": true}', '{"include_usage": false}', '{"include_obfuscation": false}',
    }  # fmt: skip
    assert {one["response_format"]["type"] for one in asked if "response_format" in one} == {
        "json_object",
        "json_schema",
    }
    assert any(one.get("top_logprobs") for one in asked)
    assert sum(not one.get("stream") for one in asked) == 2
    assert not any("stream_options" in one for one in asked if not one.get("stream"))


def test_the_folder_is_judged_the_same_way_later(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    broken = changed(lambda chunk: {**chunk, "object": "chat.completion"})
    code, report, _ = probed(broken(), "-o", str(folder), "--severity", "object-const=warning")
    later_code, out, _ = chunkspec(
        "check", str(folder), "--no-config", "--format", "json", "--severity", "object-const=warning"
    )
    assert code == later_code == 0
    streams = {one["source"]: one for one in json.loads(out)["streams"]}
    own = {one["source"]: one for one in report["streams"] if one["ending"] != "answered"}
    asked = {"twins-equal", "streams-apart", "survives-disconnect"}
    assert streams.keys() == own.keys()
    assert len(streams) >= 30
    for source, stream in own.items():
        assert stream["findings"], source
        stream["exercised"] = [rule for rule in stream["exercised"] if rule not in asked]
        assert stream == streams[source]
    assert json.loads((folder / "probe.json").read_text())["probe"] == report["probe"]


@pytest.mark.parametrize("profile", ["compatible", "auto"])
def test_the_folder_says_by_which_profile(tmp_path: Path, profile: str) -> None:
    code, report, _ = probed(AnyModel(), "-o", str(tmp_path), "--profile", profile, "--only", "plain-text,tool-auto")
    assert code == 0
    _, out, _ = chunkspec("check", str(tmp_path), "--no-config", "--format", "json")
    assert sorted(json.loads(out)["streams"], key=str) == sorted(report["streams"], key=str)


def test_answers_that_are_no_streams_are_kept_and_twins_can_be_compared(tmp_path: Path) -> None:
    code, _, _ = probed(OtherTwin(), "-o", str(tmp_path), "--only", "plain-text,twin-text,unknown-model")
    assert code == 1
    names = {one.name for one in tmp_path.iterdir()}
    assert names == {
        "plain-text.sse", "plain-text.meta.json", "twin-text-streamed.sse", "twin-text-streamed.meta.json",
        "twin-text-whole.json", "twin-text-whole.json.meta.json", "unknown-model.answer.json", "probe.json",
    }  # fmt: skip
    refusal = json.loads((tmp_path / "unknown-model.answer.json").read_text())
    assert refusal["response"]["status"] == 404
    assert refusal["request"]["model"] == "chunkspec-there-is-no-such-model"
    assert "does not exist" in refusal["body"]["error"]["message"]
    code, out, _ = chunkspec(
        "compare", str(tmp_path / "twin-text-streamed.sse"), str(tmp_path / "twin-text-whole.json"), "--separate"
    )
    assert code == 1
    assert "text" in out
    assert chunkspec("check", str(tmp_path), "--no-config")[0] == 0


def test_a_folder_with_captures_is_only_replaced_by_force(tmp_path: Path) -> None:
    assert probed(Provider(), "-o", str(tmp_path), "--only", "plain-text,usage-on")[0] == 0
    assert {one.name for one in tmp_path.iterdir()} == {
        "plain-text.sse", "plain-text.meta.json", "usage-on.sse", "usage-on.meta.json", "probe.json",
    }  # fmt: skip
    code, _, err = probed(Provider(), "-o", str(tmp_path), "--only", "emoji")
    assert (code, err) == (2, f"chunkspec: {tmp_path}: holds captures already; name another folder, or --force\n")
    (tmp_path / "mine.sse").write_text("data: 1\n\n")
    assert probed(Provider(), "-o", str(tmp_path), "--only", "emoji", "--force")[0] == 0
    assert {one.name for one in tmp_path.iterdir()} == {"mine.sse", "emoji.sse", "emoji.meta.json", "probe.json"}


# defects


class NoDone(Provider):
    def events(self, body: Payload) -> Iterator[bytes]:
        return (event for event in super().events(body) if b"[DONE]" not in event)


class AnyModel(Provider):
    def read(self, request: Request, data: bytes) -> Payload:
        try:
            return super().read(request, data)
        except Refused as refused:
            if refused.answer.status_code != 404:
                raise
            return {**json.loads(data), "model": MODEL}


class AnyKey(Provider):
    def read(self, request: Request, data: bytes) -> Payload:
        if "authorization" not in request.headers:
            raise Refused(401, "no key")
        return super().read(request, data)


class ErrorsInStreams(Provider):
    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        if answer.status_code == 400:
            body = b"data: " + bytes(answer.body) + b"\n\ndata: [DONE]\n\n"
            return Response(
                body, 200, {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
            )
        return answer


class ErrorPages(Provider):
    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        return HTMLResponse("<h1>Bad Request</h1>", 400) if answer.status_code == 400 else answer


class Details(Provider):
    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        return JSONResponse({"detail": "not found"}, 404) if answer.status_code == 404 else answer


class OtherTwin(Provider):
    def whole(self, body: Payload) -> Payload:
        made = super().whole(body)
        message = made["choices"][0]["message"]
        if message["content"]:
            message["content"] = message["content"].replace("planet", "star")
        return made


class LostCalls(Provider):
    def whole(self, body: Payload) -> Payload:
        made = super().whole(body)
        made["choices"][0]["message"].pop("tool_calls", None)
        return made


class OtherUsage(Provider):
    def whole(self, body: Payload) -> Payload:
        return {**super().whole(body), "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


class Mixing(Provider):
    def text(self, body: Payload) -> str:
        text = super().text(body)
        return text + " tamarind" if "marzipan" in text else text


class OneChoice(Provider):
    def chunks(self, body: Payload) -> Iterator[Payload]:
        return super().chunks({**body, "n": 1})


class NoUsage(Provider):
    def chunks(self, body: Payload) -> Iterator[Payload]:
        return super().chunks({**body, "stream_options": None})


class IgnoresStop(Provider):
    def pieces(self, body: Payload) -> tuple[list[str], str]:
        return super().pieces({**body, "stop": ()})


class Half(Provider):
    def events(self, body: Payload) -> Iterator[bytes]:
        for event in super().events(body):
            yield event.replace("👍".encode(), "👍".encode()[:2])


class Logprobs(Provider):
    def logprobs(self, body: Payload, token: str) -> Payload | None:
        return super().logprobs({**body, "top_logprobs": 5}, token)


class NoRole(Provider):
    def chunks(self, body: Payload) -> Iterator[Payload]:
        for chunk in super().chunks(body):
            for choice in chunk["choices"]:
                if "tool_calls" in choice["delta"]:
                    choice["delta"]["role"] = "assistant"
            yield chunk


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
    stop = threading.Event()

    def answer(connection: socket.socket) -> None:
        if stop.is_set():
            connection.close()
            return
        connection.sendall(HEAD)
        asked = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "a long list"}]}
        try:
            for event in provider.events(asked):
                connection.sendall(event)
                time.sleep(0.01)
        except OSError:
            stop.set()
            raise

    with answering(answer) as url:
        code, out, err = chunkspec(
            "probe", "--base-url", url, "--model", MODEL, "--no-config", "--format", "json", "--retries", "0",
            "--only", "short-output,early-disconnect", "--ignore", "transport,request",
        )  # fmt: skip
    assert (code, err) == (1, "")
    assert found(json.loads(out)) == {"survives-disconnect": {"early-disconnect"}}


def test_a_server_that_is_gone_is_told_and_the_rest_is_listed() -> None:
    class Once(Provider):
        """Takes one request."""

    provider = Once()
    with answering(b"") as gone:
        pass
    with serving(provider.app()) as url:
        asker = Asker(Endpoint(f"{url}/v1/chat/completions"), Budget(100, 10_000), retries=0)
        protocol = catalogue.protocol(catalogue.DEFAULT_PROTOCOL)
        asking = Asking.of(protocol)
        wanted = chosen(load([asking.scenarios], asking), ["plain-text", "usage-on", "emoji"])
        with Kept(None) as kept:
            probe = Probe(asker, asking, protocol, Judge(), kept, profile=None, model=MODEL)

            class Watch:
                def begin(self, files: int) -> None:
                    pass

                def read(self, file: str, size: int) -> None:
                    pass

                def done(self, file: str) -> None:
                    asker.endpoint = Endpoint(f"{gone}/chat/completions")

            probe._watch = Watch()
            asyncio.run(probe.run(wanted))
            report = probe.report()
    assert report.probe is not None
    assert [one.skipped for one in report.probe.outcomes] == [
        None, *["the server cannot be reached any more"] * 2,
    ]  # fmt: skip
    (failure,) = report.failures
    assert failure.reason.startswith(f"{gone}/chat/completions: cannot be reached: ")
    assert failure.reason.endswith("(scenario usage-on)")


def test_a_probe_that_judges_nothing_is_exit_code_2() -> None:
    code, report, err = probed(Provider(), "--max-tokens", "1", "--only", "plain-text,bad-key")
    assert code == 2
    assert "no scenario was judged: --max-tokens 1 is reached" in err
    assert report["streams"] == []


def test_reports_and_explain_say_why_something_is_expected() -> None:
    with serving(AnyModel().app()) as url:
        _, out, _ = chunkspec(
            "probe", "--base-url", f"{url}/v1", "--model", MODEL, "--no-config", "--format", "sarif",
            "--only", "unknown-model",
        )  # fmt: skip
    (rule,) = json.loads(out)["runs"][0]["tool"]["driver"]["rules"]
    assert "A misspelt name is otherwise answered by another model" in rule["fullDescription"]["text"]
    code, told, _ = chunkspec("explain", "unknown-model-refused")
    assert code == 0
    assert "A misspelt name is otherwise answered by another model" in " ".join(told.split())
    assert chunkspec("explain", "unknown-model-refuse")[0] == 2


# what is no defect


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


class Modest(Provider):
    """Says what it cannot do."""

    cannot = ("tools", "n", "logprobs", "stop", "response_format", "stream_options")

    def read(self, request: Request, data: bytes) -> Payload:
        body = super().read(request, data)
        for name in self.cannot:
            if name in body:
                raise Refused(400, f"Unsupported parameter: '{name}'", name)
        return body


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


# what it costs


def test_requests_and_tokens_have_a_limit() -> None:
    provider = Provider()
    code, report, _ = probed(provider, "--max-requests", "3", "--only", "plain-text,usage-on,two-at-once,emoji")
    assert code == 0
    assert len(provider.asked) == 3
    assert reasons(report, "not_judged") == {"two-at-once": "--max-requests 3 is reached"}
    provider = Provider()
    _, report, _ = probed(provider, "--max-tokens", "600")
    assert sum(body["max_tokens"] * body.get("n", 1) for body in provider.asked) <= 600
    assert report["probe"]["tokens"] <= 600
    assert reasons(report, "not_judged")["long-output"].startswith("--max-tokens 600 is reached")


# keys


class Indiscreet(Provider):
    """Says the key to everybody."""

    key = KEY

    async def answer(self, request: Request) -> Response:
        answer = await super().answer(request)
        answer.headers["x-debug"] = request.headers.get("authorization", "none")
        return answer

    def text(self, body: Payload) -> str:
        return super().text(body) + f" By the way, your key is {KEY}."

    def pieces(self, body: Payload) -> tuple[list[str], str]:
        return [self.text(body)], "stop"


def test_a_key_appears_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    forms = ["json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html", "concise"]
    args = [part for form in forms for part in ("--format", f"{form}:{tmp_path / form}")]
    provider = Indiscreet()
    with serving(provider.app()) as url:
        code, out, err = chunkspec(
            "probe", "--base-url", f"{url}/v1", "--model", MODEL, "--api-key-env", "THE_KEY", "--no-config", "-v",
            "-o", str(tmp_path / "captures"), "--format", "text", *args,
            "--only", "plain-text,bad-key,unknown-model,twin-text",
        )  # fmt: skip
    assert code in (0, 1), err
    assert provider.asked
    written = [one.read_text(encoding="utf-8") for one in tmp_path.rglob("*") if one.is_file()]
    assert len(written) >= 16
    for text in (out, err, *written):
        assert KEY not in text
        assert KEY[:12] not in text


def test_a_wrong_key_must_be_refused_where_a_key_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    strict = Provider()
    strict.key = KEY
    code, report, _ = probed(strict, "--api-key-env", "THE_KEY", "--only", "plain-text,bad-key", "--fail-on", "info")
    assert code == 0
    assert reasons(report, "not_judged") == {}
    code, report, _ = probed(AnyKey(), "--api-key-env", "THE_KEY", "--only", "plain-text,bad-key")
    assert code == 1
    assert found(report) == {"bad-key-refused": {"bad-key"}}


NO_KEY = "--api-key-env takes the name of a variable that holds the key, never the key itself"
NO_URL = "--base-url holds a key or a password: name a variable that does, by --api-key-env"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--api-key-env", "NOT_THERE"], "the environment has no NOT_THERE, which --api-key-env names"),
        (["--api-key-env", "sk-0123456789abcdef0123"], NO_KEY),
        (["--api-key-env", "hf_0123456789abcdef0123"], NO_KEY),
        (["--base-url", "http://user:secret@localhost/v1"], NO_URL),
        (["--base-url", "http://localhost/v1?api_key=secret"], NO_URL),
        (["--base-url", "ftp://localhost"], "--base-url begins with http:// or https:// and a host"),
        (["--only", "plain-tex"], "unknown scenario 'plain-tex'; did you mean 'plain-text'?; --list names them all"),
        (["--profile", "openai-completions"], "OpenAI legacy completions streams cannot be asked for: "),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(args: list[str], said: str) -> None:
    given = ["--base-url", "http://localhost:1/v1", "--model", "m", "--no-config", *args]
    code, out, err = chunkspec("probe", *given)
    assert (code, out) == (2, "")
    assert err.startswith(f"chunkspec: {said}")
    assert err.count("\n") == 1


def test_a_capability_that_there_is_not_is_refused() -> None:
    code, _, err = probed(Provider(), "--without", "tool")
    assert code == 2
    assert "--without tool: known are tools, tool-choice" in err
    assert "did you mean 'tools'?" in err


# reports


def test_all_formats_tell_of_scenarios_and_scores(tmp_path: Path) -> None:
    forms = ["text", "concise", "json", "jsonl", "sarif", "junit", "gitlab", "markdown", "html"]
    args = [part for form in forms for part in ("--format", f"{form}:{tmp_path / form}")]
    with serving(Modest().app()) as url:
        code, out, err = chunkspec("probe", "--base-url", f"{url}/v1", "--model", MODEL, "--no-config", *args)
    assert (code, out, err) == (0, "", "")
    told = {form: (tmp_path / form).read_text(encoding="utf-8") for form in forms}
    assert "\nplain-text " in told["text"]
    assert "not judged:\n" in told["text"]
    assert "openai: " in told["text"]
    for form in ("text", "markdown", "html", "junit", "jsonl", "json", "sarif"):
        assert "tool-auto" in told[form], form
        assert "not supported: tool calls" in told[form], form
    lines = [json.loads(line) for line in told["jsonl"].splitlines()]
    assert [line["type"] for line in lines][-2:] == ["probe", "summary"]
    assert "skipped" in told["junit"]


def test_the_text_tells_a_defect_once_and_where_else_it_is(tmp_path: Path) -> None:
    with serving(NoDone().app()) as url:
        common = ["--base-url", f"{url}/v1", "--model", MODEL, "--no-config", "--only", "plain-text,emoji,tool-auto"]
        code, out, _ = chunkspec("probe", *common)
        _, verbose, _ = chunkspec("probe", *common, "-v")
    assert code == 1
    assert out.count("error done-present") == 1
    assert "told above" not in out
    assert "    also in   emoji, tool-auto\n" in out
    assert "1 error" in out
    assert "3 streams, 3 with errors" in out
    assert verbose.count("error done-present") == 3


def test_the_report_keeps_to_its_schema() -> None:
    from validator.yamlfile import check_value

    _, report, _ = probed(ErrorsInStreams(), "--without", "tools")
    check_value(report, "report", "report")
    with serving(ErrorsInStreams().app()) as url:
        _, out, _ = chunkspec(
            "probe",
            "--base-url",
            f"{url}/v1",
            "--model",
            MODEL,
            "--no-config",
            "--format",
            "jsonl",
            "--without",
            "tools",
        )
    for line in out.splitlines():
        check_value(json.loads(line), "report-line", "line")


def test_ctrl_c_ends_with_the_report_of_what_was_judged() -> None:
    class Interrupts(Provider):
        async def answer(self, request: Request) -> Response:
            if len(self.asked) == 2:
                os.kill(os.getpid(), signal.SIGINT)
            return await super().answer(request)

    code, report, err = probed(Interrupts(), "--only", "plain-text,usage-on,usage-off,emoji")
    assert code == 130
    assert len(report["probe"]["scenarios"]) == 2
    assert "interrupted" in err


def test_a_terminal_shows_how_many_scenarios_were_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    monkeypatch.setattr(progress, "_display", progress.Line)
    monkeypatch.setenv("COLUMNS", "100")
    out = Terminal()
    with serving(Provider().app()) as url:
        told = progress.Progress(out, "scenarios")
        asker = Asker(Endpoint(f"{url}/v1/chat/completions"), Budget(100, 10_000))
        protocol = catalogue.protocol(catalogue.DEFAULT_PROTOCOL)
        asking = Asking.of(protocol)
        with Kept(None) as kept:
            probe = Probe(asker, asking, protocol, Judge(), kept, profile=None, model=MODEL, watch=told)
            asyncio.run(probe.run(chosen(load([asking.scenarios], asking), ["plain-text", "emoji"])))
    assert "0 of 2 scenarios: plain-text" in out.getvalue()
    assert "1 of 2 scenarios: emoji" in out.getvalue()
    assert "2 of 2 scenarios: emoji" in out.getvalue()
