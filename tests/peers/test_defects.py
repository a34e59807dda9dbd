"""Each server of others shows exactly the defects that are known of it; in those that are installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import chunkspec
from tests.peers.able import able, here
from tests.peers.asked import UNTIMED, asked
from tests.peers.defect import known
from tests.peers.peer import HERE, peers


def test_of_each_server_it_is_said_what_is_known() -> None:
    assert known().keys() == peers().keys()


def test_the_table_tells_of_the_versions_of_which_is_known() -> None:
    table = (HERE / "TABLE.md").read_text("utf-8")
    assert [name for name, one in known().items() if f"| {name} | {one.version} |" not in table] == []


def test_all_of_them_are_tested() -> None:
    left = sorted(peers().keys() - here())
    if left:
        pytest.skip(f"not installed: {', '.join(left)}; python -m tests.peers.setup NAME...")


@pytest.mark.parametrize("name", here())
def test_a_probe_finds_exactly_what_is_known(name: str) -> None:
    able(name)
    missing = [each for one in known()[name].defects for each in one.missing(asked(name))]
    assert missing == []
    more = {rule: seen for rule, seen in asked(name).found().items() if rule not in known()[name].rules}
    assert more == {}


@pytest.mark.parametrize("name", here())
def test_the_captures_of_a_probe_are_judged_the_same_later(name: str) -> None:
    able(name)
    code, out, err = chunkspec("check", *UNTIMED, "--format", "json", str(asked(name).folder))
    assert code in {0, 1}, err
    beside = asked(name).refusals()
    then, later = (
        {
            Path(stream["source"]).name: sorted(
                one["rule"] for one in stream["findings"] if one["rule"] not in beside
            )
            for stream in streams
            if stream["source"].endswith(".sse")
        }
        for streams in (asked(name).report["streams"], json.loads(out)["streams"])
    )
    assert later == then
    assert later
