"""probe: what is not asked or judged: limits of the cost, servers that are gone, options that cannot be."""

from __future__ import annotations

import asyncio

import pytest

from tests.command import chunkspec
from tests.live.hostile import answering
from tests.live.probed import probed, reasons
from tests.live.provider import MODEL, Provider
from validator import catalogue
from validator.judge import Judge
from validator.live.ask import Asker, Endpoint
from validator.live.asking import Asking
from validator.live.budget import Budget
from validator.live.keep import Kept
from validator.live.probe import Probe
from validator.live.scenario import chosen, load
from validator.live.serve import serving


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


def test_a_server_that_is_gone_is_told_and_the_rest_is_listed() -> None:
    with answering(b"") as gone:
        pass
    with serving(Provider().app()) as url:
        asker = Asker(Endpoint(f"{url}/v1/chat/completions"), Budget(100, 10_000), retries=0)
        protocol = catalogue.protocol(catalogue.DEFAULT_PROTOCOL)
        asking = Asking.of(protocol)
        wanted = chosen(load([asking.scenarios], asking), ["plain-text", "usage-on", "emoji"])
        with Kept(None) as kept:

            class Watch:
                def begin(self, files: int) -> None:
                    pass

                def read(self, file: str, size: int) -> None:
                    pass

                def done(self, file: str) -> None:
                    asker.endpoint = Endpoint(f"{gone}/chat/completions")

            probe = Probe(asker, asking, protocol, Judge(), kept, profile=None, model=MODEL, watch=Watch())
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
        (["--timeout", "nan"], "Invalid value for '--timeout': nan is not a number of seconds."),
        (["--model", ""], "Missing option '--model'."),
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
