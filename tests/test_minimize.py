"""``chunkspec minimize``: what is left still has the finding, and no event of it can go."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS, cases
from validator import StreamValidator, captures
from validator.blocks import blocks_of
from validator.judge import Judge
from validator.minimize import Minimized, NotFound, minimize

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.corpus import Case
    from validator.finding import Finding

BAD = {case.folder: case for case in cases("rules") if any(one["rule"] == case.folder for one in case.finds)}
TWICE = CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse"
HEAD: dict[str, Any] = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1781712153, "model": "m"}


@cache
def by(profile: str | None) -> Judge:
    return Judge(profile)


def found(data: bytes, meta: Mapping[str, Any], judge: Judge) -> list[Finding]:
    stream = StreamValidator(meta=meta, judge=judge)
    stream.feed(data)
    return list(stream.close().streams[0].findings)


def chunk(delta: dict[str, Any], finish: str | None = None, **others: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return b"data: " + json.dumps({**HEAD, "choices": [choice], **others}, separators=(",", ":")).encode() + b"\n\n"


def small(case: Case, *, sound: bool = False) -> tuple[bytes, Minimized]:
    capture = next(captures.read(str(case.path)))
    data = b"".join(capture.pieces())
    return data, minimize(data, capture.meta, by(case.profile), case.folder, sound=sound)


@pytest.mark.parametrize("rule", sorted(BAD)[::3])
def test_what_is_left_of_a_bad_case_has_the_finding_and_no_event_can_go(rule: str) -> None:
    case = BAD[rule]
    data, left = small(case)
    judge = by(case.profile)
    assert left.complete
    assert len(left.data) <= len(data)
    wanted = left.finding.fingerprint
    assert wanted in {one.fingerprint for one in found(left.data, left.meta, judge) if one.rule == rule}
    assert "reads" not in left.meta or sum(size for _, size in left.meta["reads"]) == len(left.data)
    blocks = blocks_of(left.data, left.meta.get("reads", ()))
    for at in range(len(blocks)) if len(blocks) > 1 else ():
        others = [*blocks[:at], *blocks[at + 1 :]]
        meta = dict(left.meta)
        if "reads" in meta:
            ends = [read for read in meta["reads"] if not read[1]]
            meta["reads"] = [[seconds, size] for one in others for seconds, size in one.came] + ends
        still = found(b"".join(one.raw for one in others), meta, judge)
        assert not [one for one in still if (one.rule, one.fingerprint) == (rule, wanted)], (at, left.data)


@pytest.mark.parametrize("rule", sorted(BAD)[1::9])
def test_a_sound_one_breaks_no_rule_that_the_case_does_not(rule: str) -> None:
    case = BAD[rule]
    data, left = small(case, sound=True)
    judge = by(case.profile)
    before = {one.rule for one in found(data, next(captures.read(str(case.path))).meta, judge)}
    assert rule in {one.rule for one in found(left.data, left.meta, judge)} <= before


@pytest.mark.parametrize("rule", sorted(BAD)[2::24])
def test_the_result_is_the_same_each_time(rule: str) -> None:
    assert small(BAD[rule]) == small(BAD[rule])


@pytest.mark.parametrize("sound", [False, True])
@pytest.mark.parametrize("rule", ["role-once", "id-constant", "usage-total", "tool-arguments-json"])
def test_five_thousand_events_become_a_few_in_seconds(rule: str, sound: bool) -> None:
    events = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": f" w{at}"}) for at in range(5000))]
    events += [chunk({}, "stop"), b"data: [DONE]\n\n"]
    if rule == "role-once":
        events[2000] = chunk({"role": "assistant", "content": " again"})
    elif rule == "id-constant":
        events[3000] = events[3000].replace(b"chatcmpl-1", b"chatcmpl-2")
    elif rule == "usage-total":
        usage = {"prompt_tokens": 3, "completion_tokens": 5000, "total_tokens": 5000}
        events[-2:] = [events[-2], b"data: " + json.dumps({**HEAD, "choices": [], "usage": usage}).encode() + b"\n\n",
                       events[-1]]  # fmt: skip
    else:
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":"'}}
        pieces = [chunk({"tool_calls": [{"index": 0, "function": {"arguments": f"w{at} "}}]}) for at in range(5000)]
        events = [events[0], chunk({"tool_calls": [call]}), *pieces, chunk({}, "tool_calls"), events[-1]]
    began = time.monotonic()
    left = minimize(b"".join(events), {}, by(None), rule, sound=sound)
    assert left.events == left.data.count(b"data: ") <= (6 if sound else 3)
    assert left.complete
    assert time.monotonic() - began < 30


def test_work_that_would_not_end_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.minimize.MAX_RUNS", 5)
    left = minimize(TWICE.read_bytes(), {}, by(None), "role-once")
    assert (left.complete, left.runs) == (False, 5)
    assert "role-once" in {one.rule for one in found(left.data, {}, by(None))}


def test_ctrl_c_leaves_what_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = []

    def press(size: int) -> None:
        told.append(size)
        if len(told) == 4:
            raise KeyboardInterrupt

    left = minimize(TWICE.read_bytes(), {}, by(None), "role-once", tell=press)
    assert left.interrupted
    assert "role-once" in {one.rule for one in found(left.data, {}, by(None))}
    monkeypatch.setattr("validator.cli.minimize.nobody", press)
    told.clear()
    out = tmp_path / "small.sse"
    code, _, err = chunkspec("minimize", str(TWICE), "--rule", "role-once", "-o", str(out))
    assert code == 130
    assert "interrupted: a smaller one may be possible" in err
    assert out.read_bytes() == left.data


def test_what_the_finding_needs_beside_the_stream_is_written_too(tmp_path: Path) -> None:
    case = next(one for one in cases("rules") if one.folder == "usage-iff-requested" and one.finds)
    out = tmp_path / "small.sse"
    code, _, err = chunkspec("minimize", str(case.path), "--rule", case.folder, "-o", str(out))
    assert code == 0
    assert f"{case.folder} at event" in err
    assert case.folder in chunkspec("check", str(out), "--format", "concise")[1]
    assert json.loads((tmp_path / "small.meta.json").read_bytes()).keys() == {"request"}
    code, _, err = chunkspec("minimize", str(case.path), "--rule", case.folder)
    assert code == 0
    assert "needs what is known beside the stream" in err


def test_the_stream_goes_to_standard_output_and_what_is_told_to_stderr() -> None:
    code, out, err = chunkspec("minimize", str(TWICE), "--rule", "role-once")
    assert code == 0
    assert [one.rule for one in found(out.encode(), {}, by(None))].count("role-once") == 1
    assert err.startswith(f"chunkspec: {TWICE}: 6 events to 2, 1679 bytes to ")


def test_of_several_streams_the_first_with_the_finding_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "two.txt"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    good = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
    file.write_bytes(head + good + head + TWICE.read_bytes())
    code, _, err = chunkspec("minimize", str(file), "--rule", "role-once")
    assert code == 0
    assert f"{file}#2: " in err


def test_a_body_that_is_one_document_keeps_what_the_finding_tells_of_it(tmp_path: Path) -> None:
    file = tmp_path / "refused.sse"
    error = {"message": "No credit.", "type": "insufficient_quota", "code": [1, 2]}
    file.write_text(json.dumps({"id": "x", "error": error, "more": {"a": "b" * 99}}, indent=2))
    code, out, err = chunkspec("minimize", str(file), "--rule", "not-json-error-body")
    assert code == 0
    assert json.loads(out) == {"error": {"message": "No credit."}}
    assert err.endswith("error not-json-error-body\n")


def test_what_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    def said(*args: str) -> str:
        code, out, err = chunkspec("minimize", *args)
        assert (code, out, err.count("\n")) == (2, "", 1)
        return err

    copy = tmp_path / "stream.sse"
    copy.write_bytes(TWICE.read_bytes())
    assert "did you mean 'role-once'" in said(str(copy), "--rule", "role-onc")
    assert "done-present finds nothing in it; there are findings of role-once" in said(
        str(copy), "--rule", "done-present"
    )
    assert "does not hold the request" in said(str(copy), "--rule", "usage-iff-requested")
    assert "there is no such file" in said(str(tmp_path / "nothing.sse"), "--rule", "role-once")
    assert "written over itself" in said(str(copy), "--rule", "role-once", "-o", str(copy), "--force")
    assert copy.read_bytes() == TWICE.read_bytes()
    (tmp_path / "there.meta.json").write_text("{}")
    there = str(tmp_path / "there.sse")
    assert "there.meta.json: is there already; --force" in said(str(copy), "--rule", "role-once", "-o", there)
    assert chunkspec("minimize", str(copy), "--rule", "role-once", "-o", there, "--force")[0] == 0
    assert not (tmp_path / "there.meta.json").exists()
    assert "cannot be written" in said(str(copy), "--rule", "role-once", "-o", str(tmp_path / "no" / "x.sse"))
    with pytest.raises(NotFound):
        minimize(b"", {}, by(None), "role-once")
