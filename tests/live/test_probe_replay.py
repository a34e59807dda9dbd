"""probe asks replay: the well-formed provider gives a clean matrix, and each of its variants exactly its defect."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.live.probed import STALLS
from validator import catalogue
from validator.judge import Judge
from validator.live.ask import Asker
from validator.live.asking import Asking
from validator.live.budget import Budget
from validator.live.keep import Kept
from validator.live.key import Key
from validator.live.probe import Probe
from validator.live.replay import application
from validator.live.scenario import chosen, load
from validator.live.serve import serving
from validator.live.shelf import Shelf
from validator.providers.chat_completions import FAMILY, PROTOCOL, variants

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-replay-0123456789"

#: Scenarios of which one at least shows what a variant is.
FEW = (
    "usage-on", "usage-off", "two-choices", "top-logprobs", "stop-sequence", "length-limit-counted", "multi-byte",
    "json-mode", "json-schema", "tool-named", "tool-none", "tools-one-at-a-time", "tools-parallel", "obfuscation-off",
    "twin-text", "twin-tools",
)  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve the provider and its variants."""
    shelf = Shelf()
    shelf.add_providers(KEY)
    with serving(application(shelf)) as base:
        yield base


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Return what all variants are judged by, compiled once."""
    return Judge(ignore=(STALLS[1],))


def test_the_well_formed_provider_gives_a_clean_matrix(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_KEY", KEY)
    code, out, err = chunkspec(
        "probe", "--base-url", f"{url}/{FAMILY}/v1", "--model", FAMILY, "--api-key-env", "REPLAY_KEY", "--no-config",
        "--format", "json", "--fail-on", "info", *STALLS,
    )  # fmt: skip
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert [finding for stream in report["streams"] for finding in stream["findings"]] == []
    scenarios = report["probe"]["scenarios"]
    assert [one["scenario"] for one in scenarios if one["not_judged"] or one["not_exercised"]] == []
    assert {state for one in scenarios for state in one["layers"].values()} == {"pass", "idle"}
    for score in report["probe"]["scores"].values():
        assert score["passed"] == score["exercised"] > 160


@pytest.mark.parametrize("variant", variants())
def test_a_variant_gives_exactly_its_defect(url: str, judge: Judge, variant: str) -> None:
    protocol = catalogue.protocol(PROTOCOL)
    asking = Asking.of(protocol)
    endpoint = asking.at(f"{url}/{FAMILY}/{variant}/v1", Key(KEY))
    with Kept(None) as kept:
        probe = Probe(
            Asker(endpoint, Budget(100, 50_000)), asking, protocol, judge, kept, profile=None, model=FAMILY
        )  # fmt: skip
        asyncio.run(probe.run(chosen(load([asking.scenarios], asking), FEW)))
        report = probe.report()
    assert report.failures == ()
    assert {finding.rule for finding in report.findings} == set(variants()[variant].finds)
    assert report.probe is not None
    assert {"info", "warn", "fail"} & {state for outcome in report.probe.outcomes for state in outcome.cells.values()}
