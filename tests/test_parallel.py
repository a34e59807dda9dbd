"""Several processes: the same report as one gives, whatever happens to them."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from validator import onefile, parallel, worker
from validator.judge import Judge
from validator.onefile import Nothing
from validator.onefile import outcomes as whole
from validator.reporters import FORMATS
from validator.run import Run
from validator.trace import Wanted

RULES = CORPUS / "rules"
GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
SOME = [str(RULES / name) for name in ("role-once", "data-valid-json", "usage-once", "max-tokens", "http-status-ok")]


@pytest.fixture
def mixed(tmp_path: Path) -> list[str]:
    """Return arguments that name good, bad, empty, broken and missing captures, and files that hold none."""
    (tmp_path / "binary.sse").write_bytes(b"\0\1\2")
    (tmp_path / "empty.sse").write_bytes(b"")
    (tmp_path / "long.sse").write_bytes(b"data: " + b"x" * 5000)
    empty = {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": []}}
    (tmp_path / "none.har").write_text(json.dumps(empty))
    return [str(tmp_path), "no-such.sse", *SOME]


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_has_the_same_bytes(mixed: list[str], form: str) -> None:
    options = ("--format", form, "--limit", "block=4KiB", "--profile", "compatible")
    one = chunkspec("check", *mixed, *options)
    several = chunkspec("check", *mixed, *options, "-j", "3")
    assert one[0] == 2
    assert several == one


@pytest.fixture
def har(tmp_path: Path) -> Path:
    """Return a file of many streams, good and bad, and of what cannot be judged."""
    bad = GOOD.replace(b'{"content":"Hello"}', b'{"role":"assistant"}')
    bodies = [GOOD, bad, GOOD[:700], b"", b"data: " + b"x" * 5000]
    contents = [{"mimeType": "text/event-stream", "text": body.decode()} for body in bodies * 40]
    contents[7] = {"mimeType": "text/event-stream", "text": "!", "encoding": "base64"}
    request = {"method": "POST", "url": "http://localhost/v1/chat/completions", "headers": []}
    responses = [{"status": 200, "headers": [], "content": one} for one in contents]
    entries = [{"request": request, "response": one} for one in responses]
    file = tmp_path / "all.har"
    log = {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}
    file.write_text(json.dumps({"log": log}))
    return file


def share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the streams of every file be judged by several processes."""
    context: Any = multiprocessing.get_context("fork")
    monkeypatch.setattr(multiprocessing, "get_context", lambda: context)
    monkeypatch.setattr(parallel, "_SHARED", 1)


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_streams_of_one_file_are_told_as_one_process_tells_them(
    har: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(monkeypatch)
    pids: set[int] = set()
    monkeypatch.setattr(parallel, "_MOST", 4)
    options = ("--format", form, "--limit", "block=4KiB")
    one = chunkspec("check", str(har), *options)
    take = worker.Worker.take

    def spied(member: Any) -> Any:
        pids.add(member._process.pid)
        return take(member)

    monkeypatch.setattr(worker.Worker, "take", spied)
    several = chunkspec("check", str(har), *options, "-j", "3")
    assert one[0] == 2
    assert len(one[2].splitlines()) > 30
    assert several == one
    assert len(pids) == 3


def test_files_and_streams_of_files_keep_their_order(
    har: Path, mixed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    share(monkeypatch)
    given = [*mixed[1:], str(har), str(har.with_name("empty.sse")), f"{har}#3", str(har)]
    assert chunkspec("check", *given, "-j", "2") == chunkspec("check", *given)


def test_a_process_that_dies_takes_only_its_stream_along(har: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share(monkeypatch)
    judged = onefile.outcome

    def outcome(judge: Judge, capture: Any, *more: Any) -> Any:
        if capture.source.endswith("#13"):
            os.kill(os.getpid(), signal.SIGKILL)
        return judged(judge, capture, *more)

    _, whole_out, _ = chunkspec("check", str(har), "--format", "json")
    monkeypatch.setattr(worker, "outcome", outcome)
    code, out, err = chunkspec("check", str(har), "-j", "2", "--format", "json")
    assert code == 2
    assert f"chunkspec: {har}#13: the process that judged it ended (signal 9); perhaps memory ran out\n" in err
    left = [one["source"] for one in json.loads(whole_out)["streams"] if one["source"] != f"{har}#13"]
    assert [one["source"] for one in json.loads(out)["streams"]] == left


@pytest.mark.parametrize("start", multiprocessing.get_all_start_methods())
def test_processes_may_be_started_in_any_way(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    context: Any = multiprocessing.get_context(start)
    monkeypatch.setattr(multiprocessing, "get_context", lambda: context)
    judge = Judge(severities={"role-once": "warning"})
    wanted = Wanted(rules=True, characters=True, events=20)
    reports = []
    for jobs in (1, 2):
        run = Run(judge, wanted=wanted, jobs=jobs)
        run.judge(SOME[:2])
        reports.append(run.report())
    assert reports[0] == reports[1]
    assert reports[1].streams[0].trace is not None


def test_what_streams_have_alike_is_kept_once() -> None:
    run = Run(Judge(), wanted=Wanted(rules=True), jobs=2)
    run.judge([str(RULES / "role-once"), str(RULES / "id-constant")])
    traces = [stream.trace for stream in run.report().streams]
    assert len(traces) > 6
    assert len({id(trace.rules) for trace in traces if trace is not None}) <= 2


def test_a_process_that_dies_takes_only_its_file_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c", "d", "deadly", "e", "f", "g"):
        (tmp_path / f"{name}.sse").write_bytes(GOOD)

    def outcomes(judge: Judge, file: str, *more: Any) -> Any:
        if "deadly" in file:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(judge, file, *more)

    monkeypatch.setattr(worker, "outcomes", outcomes)
    context: Any = multiprocessing.get_context("fork")
    monkeypatch.setattr(multiprocessing, "get_context", lambda: context)
    code, out, err = chunkspec("check", str(tmp_path), "-j", "2", "--format", "json")
    assert code == 2
    assert [Path(stream["source"]).stem for stream in json.loads(out)["streams"]] == list("abcdefg")
    file = tmp_path / "deadly.sse"
    assert err == f"chunkspec: {file}: the process that judged it ended (signal 9); perhaps memory ran out\n"


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def outcomes(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(worker, "outcomes", outcomes)
    context: Any = multiprocessing.get_context("fork")
    monkeypatch.setattr(multiprocessing, "get_context", lambda: context)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        Run(Judge(), jobs=2).judge(SOME)


def test_no_process_is_left_behind() -> None:
    Run(Judge(), jobs=3).judge(SOME)
    end = time.monotonic() + 30
    while multiprocessing.active_children() and time.monotonic() < end:
        time.sleep(0.01)
    assert multiprocessing.active_children() == []


def test_a_judge_travels_without_its_plans() -> None:
    judge = Judge("compatible", ignore=("usage",))
    before = len(pickle.dumps(judge))
    judge.ready()
    assert len(pickle.dumps(judge)) == before
    assert pickle.loads(pickle.dumps(judge)) == Judge("compatible", ignore=("usage",))  # noqa: S301 - made here


def test_outcomes_travel_as_they_are() -> None:
    nothing = Nothing("a.har", "none")
    assert pickle.loads(pickle.dumps(nothing)) == nothing  # noqa: S301 - made here


def test_the_number_of_processes_may_come_from_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[int] = []

    class Crew(parallel.Crew):
        def __init__(self, *args: Any) -> None:
            jobs.append(args[3])
            super().__init__(*args)

    monkeypatch.setattr(parallel, "Crew", Crew)
    monkeypatch.setattr(parallel, "processors", lambda: 5)
    (tmp_path / "chunkspec.yaml").write_text("jobs: 3\n")
    monkeypatch.chdir(tmp_path)
    for options in ([], ["-j", "2"], ["-j", "0"], ["-j", "1"]):
        chunkspec("check", SOME[0], *options)
    assert jobs == [3, 2, 5]
    assert chunkspec("check", SOME[0], "-j", "-1")[0] == 2
