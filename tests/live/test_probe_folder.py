"""The folder of a probe: what is kept of answers, how it is judged later, and that nothing is written over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.live.defective import (
    AnyModel,
    OtherTwin,
)
from tests.live.probed import STALLS, probed
from tests.live.provider import Provider, changed

if TYPE_CHECKING:
    from pathlib import Path


def test_the_folder_is_judged_the_same_way_later(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    broken = changed(lambda chunk: {**chunk, "object": "chat.completion"})
    code, report, _ = probed(broken(), "-o", str(folder), "--severity", "object-const=warning")
    later_code, out, _ = chunkspec(
        "check",
        str(folder),
        "--no-config",
        "--format",
        "json",
        "--severity",
        "object-const=warning",
        *STALLS,
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
    _, out, _ = chunkspec("check", str(tmp_path), "--no-config", "--format", "json", *STALLS)
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
