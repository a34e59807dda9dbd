"""Captures that are lists of payloads, without framing, and what only looks like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import validator
from tests.capture_forms import LISTS, PACKED, PAYLOADS, STREAM
from tests.captured import held
from tests.command import chunkspec
from validator.captures.readers import reader_for

if TYPE_CHECKING:
    from pathlib import Path

TIMES = {
    "events": [0.0, 0.1, 0.2, 0.3],
    "events as texts": [0, 0.001, 0.002, 0.003],
    "pairs": [0, 1, 2, 3],
    "array of pairs": [0, 1, 2, 3],
    "events by the clock": [0.5, 1.5, 2.5, 3.5],
    "events of Chrome": [0.25, 1.25, 2.25, 3.25],
}


@pytest.mark.parametrize("form", LISTS)
def test_payloads_without_framing_are_judged_but_for_framing(tmp_path: Path, form: str) -> None:
    file = tmp_path / "x"
    file.write_text(LISTS[form], newline="")
    ((_, body, meta),) = held(file)
    assert meta["exact"] is False
    assert [round(time, 6) for time, _ in meta.get("reads", [])] == TIMES.get(form, [])
    report = validator.check(file).streams[0]
    assert [one.rule for one in report.findings if one.severity == "error"] == ["role-once"]
    assert report.ending == "finished"
    assert report.not_judged["no-missing-blank-line"] == "the capture does not hold the exact bytes"
    assert report.not_judged["done-present"] == "the capture does not hold the exact bytes"
    if form != "array in many lines":
        assert all(f"data: {one}\n\n".encode() in body for one in PAYLOADS)
    code, out, _ = chunkspec("check", str(file))
    assert code == 1
    assert "the capture does not hold the exact bytes" in " ".join(out.split())


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "1"}\n\n{"id": "2"}\n\n',  # payloads without "data: ", as bad servers send them
        '[{"error": {"code": 400}}]',
        '{"error": {"message": "no"}}\n',
        '{\n"id": "1",\n"object": "x"}',
        "data: {}\n\n",
        ": HTTP/1.1 200 OK\n\n",
        "interactions are fun\n",
        "<html>",
        "",
        "\n",
    ],
)
def test_what_a_server_can_send_is_taken_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x"
    file.write_text(text)
    assert reader_for(text.encode()) is None
    assert [(body, meta) for _, body, meta in held(file)] == [(text.encode(), {})]


def test_the_body_of_a_known_response_is_not_taken_for_a_list(tmp_path: Path) -> None:
    file = tmp_path / "x.sse"
    file.write_text(LISTS["lines"])
    (tmp_path / "x.meta.json").write_text(
        '{"response": {"status": 200, "headers": {"content-type": "text/event-stream"}}}'
    )
    assert held(file)[0][1] == LISTS["lines"].encode()
    file.write_bytes(PACKED)
    assert held(file)[0][1] == PACKED
    named = tmp_path / "x.sse.gz"
    named.write_bytes(PACKED)
    ((_, body, meta),) = held(named)
    assert body == STREAM
    assert meta["response"]["status"] == 200
