"""The baseline: what it accepts is marked and fails nothing; what it accepts in vain is told."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import chunkspec
from tests.corpus import CORPUS
from validator.baseline import Baseline, Entry
from validator.pathpattern import around, files, literal
from validator.schema import BASE, SchemaSet

GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_text()
TWICE = GOOD.replace('{"content":"Hello"}', '{"role":"assistant","content":"Hello"}')
CUT = TWICE.replace("data: [DONE]\n\n", "")
FILE = "accepted.yaml"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with two streams of one error each, role-once, and a good one."""
    (tmp_path / "captures" / "deep").mkdir(parents=True)
    (tmp_path / "captures" / "one.sse").write_text(TWICE)
    (tmp_path / "captures" / "deep" / "two.sse").write_text(TWICE)
    (tmp_path / "captures" / "good.sse").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*args: str, paths: tuple[str, ...] = ("captures",)) -> tuple[int, dict[str, Any], list[str]]:
    code, out, err = chunkspec("check", *paths, "--baseline", FILE, "--format", "json", *args)
    report = json.loads(out)
    assert list(SchemaSet().at(f"{BASE}meta/report.json").breaches(report)) == []
    return code, report, err.splitlines()


def write(*args: str) -> list[dict[str, Any]]:
    code, _, err = chunkspec("baseline", "captures", "-o", FILE, *args)
    assert (code, err) == (0, "")
    return entries()


def entries() -> list[dict[str, Any]]:
    content = yaml.safe_load(Path(FILE).read_text())
    assert list(SchemaSet().at(f"{BASE}meta/baseline.json").breaches(content)) == []
    accepted: list[dict[str, Any]] = content["accepted"]
    return accepted


def edit(old: str, new: str) -> None:
    text = Path(FILE).read_text()
    assert old in text
    Path(FILE).write_text(text.replace(old, new))


def test_what_is_written_down_fails_no_more_and_is_marked() -> None:
    found = write("--reason", "PROJ-1: the server is being mended")
    assert [(one["path"], one["rule"]) for one in found] == [
        ("captures/deep/two.sse", "role-once"),
        ("captures/one.sse", "role-once"),
    ]
    code, report, err = check()
    assert (code, err) == (0, [])
    assert report["summary"] == {
        "streams": 3, "failed": 0, "errors": 0, "warnings": 0, "infos": 0, "suppressed": 2
    }  # fmt: skip
    findings = [finding for stream in report["streams"] for finding in stream["findings"]]
    assert [(one["severity"], one["suppressed"]) for one in findings] == [
        ("error", "PROJ-1: the server is being mended")
    ] * 2
    assert all(stream["ok"] for stream in report["streams"])


def test_what_is_new_still_fails(home: Path) -> None:
    write()
    (home / "captures" / "one.sse").write_text(CUT)
    (home / "captures" / "new.sse").write_text(TWICE)
    code, report, _ = check()
    assert code == 1
    counting = {
        (Path(stream["source"]).name, finding["rule"])
        for stream in report["streams"]
        for finding in stream["findings"]
        if finding["suppressed"] is None
    }
    assert counting == {("one.sse", "done-present"), ("new.sse", "role-once")}


def test_captures_are_never_changed(home: Path) -> None:
    before = {path: path.read_bytes() for path in (home / "captures").rglob("*") if path.is_file()}
    write()
    check()
    assert before == {path: path.read_bytes() for path in (home / "captures").rglob("*") if path.is_file()}
    code, _, err = chunkspec("baseline", "captures", "-o", "captures/one.sse")
    assert (code, len(err.splitlines())) == (2, 1)
    assert before == {path: path.read_bytes() for path in (home / "captures").rglob("*") if path.is_file()}


def test_text_tells_what_is_suppressed() -> None:
    write("--reason", "known to the vendor")
    code, out, _ = chunkspec("check", "captures", "--baseline", FILE)
    assert code == 0
    assert "2 suppressed" in out
    assert "role-once" not in out
    code, out, _ = chunkspec("check", "captures/one.sse", "--baseline", FILE, "-v")
    assert code == 0
    assert all(text in out for text in ("role-once", "1 suppressed", "known to the vendor"))


def test_an_entry_is_accepted_up_to_its_last_day() -> None:
    write("--expires", "2031-05-20")
    assert check("--today", "2031-05-20")[0] == 0
    code, report, err = check("--today", "2031-05-21")
    assert code == 1
    assert report["summary"]["errors"] == 2
    assert [(one["state"], one["expires"]) for one in report["lapses"]] == [("expired", "2031-05-20")] * 2
    fingerprint = entries()[0]["fingerprint"]
    assert err[0] == (
        f"chunkspec: the baseline accepts role-once ({fingerprint}) in captures/deep/two.sse until 2031-05-20, which "
        "is over; mend it, or say until when"
    )


def test_without_today_the_clock_says() -> None:
    write("--expires", "2001-01-01", "--today", "2001-01-01")
    assert check()[0] == 1
    edit("2001-01-01", "9999-12-31")
    assert check()[0] == 0


def test_a_stale_entry_is_told_and_counts_as_a_warning(home: Path) -> None:
    write()
    (home / "captures" / "one.sse").write_text(GOOD)
    code, report, err = check()
    assert code == 0
    assert [(one["state"], one["path"], one["rule"]) for one in report["lapses"]] == [
        ("stale", "captures/one.sse", "role-once")
    ]
    assert len(err) == 1
    assert "in captures/one.sse, which is no longer found; take the entry out" in err[0]
    assert check("--fail-on", "warning")[0] == 1
    assert check("--fail-on", "never")[0] == 0


def test_of_what_was_not_judged_nothing_is_said(home: Path) -> None:
    write()
    assert check(paths=("captures/one.sse",))[1]["lapses"] == []
    assert check("--ignore", "role-once")[1]["lapses"] == []
    assert check("--select", "usage")[1]["lapses"] == []
    (home / "captures" / "one.sse").write_bytes(b"\0\1")
    code, report, _ = check()
    assert (code, report["lapses"]) == (2, [])


@pytest.mark.parametrize("pattern", ["captures/**", "'*.sse'", "captures", "./captures/d?ep/*", "deep"])
def test_one_entry_may_stand_for_many_captures(home: Path, pattern: str) -> None:
    write()
    fingerprint = entries()[0]["fingerprint"]
    Path(FILE).write_text(
        "version: 1\naccepted:\n"
        f"- {{path: {pattern}, rule: role-once, fingerprint: '{fingerprint}', reason: known}}\n"
    )
    _, report, _ = check()
    marked = {stream["source"] for stream in report["streams"] for one in stream["findings"] if one["suppressed"]}
    deep = str(Path("captures", "deep", "two.sse"))
    assert marked == ({deep} if "d" in pattern else {deep, str(Path("captures", "one.sse"))})
    assert report["lapses"] == []
    # where only some of them were judged, the others may yet have it
    (home / "captures" / "deep" / "three.sse").write_text(GOOD)
    assert check(paths=("captures/deep/three.sse",))[1]["lapses"] == []
    (home / "captures" / "deep" / "two.sse").write_text(GOOD)
    (home / "captures" / "one.sse").write_text(GOOD)
    assert [one["state"] for one in check()[1]["lapses"]] == ["stale"]


def test_the_baseline_is_brought_up_to_date(home: Path) -> None:
    write("--reason", "PROJ-1")
    edit("reason: PROJ-1\n- path: captures/one", "reason: by hand\n  expires: '2031-01-01'\n- path: captures/one")
    (home / "captures" / "one.sse").write_text(GOOD)
    (home / "captures" / "new.sse").write_text(TWICE)
    code, out, _ = chunkspec("baseline", "captures", "-o", FILE, "--reason", "PROJ-2", "--today", "2031-01-01")
    assert (code, out) == (0, f"{FILE}: 1 accepted anew, 1 kept, 1 taken out as no longer found\n")
    assert [(one["path"], one["reason"], one.get("expires")) for one in entries()] == [
        ("captures/deep/two.sse", "by hand", "2031-01-01"),
        ("captures/new.sse", "PROJ-2", None),
    ]
    # of what was not judged, entries stay
    code, out, _ = chunkspec("baseline", "captures/good.sse", "-o", FILE)
    assert out == f"{FILE}: 0 accepted anew, 2 kept, 0 taken out as no longer found\n"
    # what is over stays over until somebody says otherwise
    again = ("baseline", "captures", "-o", FILE, "--today", "2031-01-02")
    assert "the day of 1 is over" in chunkspec(*again)[1]
    assert entries()[0]["expires"] == "2031-01-01"
    chunkspec(*again, "--expires", "2032-01-01")
    assert [one.get("expires") for one in entries()] == ["2032-01-01", None]


def test_the_same_findings_give_the_same_bytes() -> None:
    write()
    first = Path(FILE).read_bytes()
    write()
    assert Path(FILE).read_bytes() == first
    assert chunkspec("baseline", "captures", "-o", "-")[1].encode() == first


def test_only_what_fails_is_accepted(home: Path) -> None:
    assert len(write("--severity", "role-once=warning")) == 0
    assert len(write("--severity", "role-once=warning", "--fail-on", "warning")) == 2


def test_the_configuration_names_it_and_a_subfolder_finds_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "chunkspec.yaml").write_text(f"baseline: {FILE}\n")
    monkeypatch.chdir(home / "captures")
    code, out, _ = chunkspec("baseline", ".")
    assert (code, out) == (0, f"{Path('..', FILE)}: 2 accepted anew, 0 kept, 0 taken out as no longer found\n")
    assert chunkspec("check", ".")[0] == 0
    assert chunkspec("check", "deep/two.sse")[0] == 0
    assert chunkspec("check", ".", "--no-baseline")[0] == 1
    assert chunkspec("check", ".", "--no-config")[0] == 1


def test_odd_names_of_captures_are_taken_as_they_are(home: Path) -> None:
    (home / "captures" / "a [b]*# c.sse").write_text(TWICE)
    assert len(write()) == 3
    assert check()[0] == 0
    (home / "captures" / "a [b]*# c.sse").unlink()
    (home / "captures" / "a bXX# c.sse").write_text(TWICE)
    assert check()[0] == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "expected object"),
        ("version: 2\naccepted: []", "/version"),
        ("version: 1\nacepted: []", "did you mean 'accepted'?"),
        ("version: 1\naccepted: [{path: a, rule: r, fingerprint: '12', reason: x}]", "/accepted/0/fingerprint"),
        ("version: 1\naccepted:\n- {path: a, rule: r, fingerprint: '0123456789abcdef'}", "'reason' is missing"),
        (
            "version: 1\naccepted:\n"
            "- {path: a, rule: r, reason: x, fingerprint: abcdef0123456789, expires: 2031-02-30}",
            "'2031-02-30' is no date",
        ),
    ],
)
def test_a_broken_baseline_is_one_clear_line_and_exit_2(text: str, wanted: str) -> None:
    Path(FILE).write_text(text)
    for verb in (["check", "--baseline", FILE], ["baseline", "-o", FILE]):
        code, _, err = chunkspec(verb[0], "captures", *verb[1:])
        assert (code, len(err.splitlines())) == (2, 1)
        assert wanted in err
    assert Path(FILE).read_text() == text


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (["baseline", "captures"], "no file to write to"),
        (["baseline", "captures", "-o", FILE, "--fail-on", "never"], "nothing fails"),
        (["baseline", "captures", "-o", "no/folder.yaml"], "cannot be written"),
        (["baseline", "captures", "-o", FILE, "--expires", "soon"], "'soon' is not a day such as 2030-12-31"),
        (["baseline", "captures", "-o", FILE, "--expires", "2001-01-01"], "--expires 2001-01-01 is over"),
        (["check", "captures", "--baseline", "none.yaml"], "none.yaml: cannot be read"),
        (["check", "captures", "--today", "2031-13-01"], "is not a day"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(args: list[str], wanted: str) -> None:
    code, _, err = chunkspec(*args)
    assert (code, len(err.splitlines())) == (2, 1)
    assert wanted in err


def test_a_large_baseline_takes_no_time(home: Path) -> None:
    accepted = [Entry(f"captures/{number}.sse", "role-once", "0" * 16, "known") for number in range(20_000)]
    many = Baseline(accepted, home, date(2031, 1, 1))
    report = json.loads(chunkspec("check", "captures", "--format", "json")[1])
    assert len(report["streams"]) == 3
    import validator

    assert many.applied(validator.check(home / "captures")).lapses == ()


def test_literals_and_what_is_around_a_path(home: Path) -> None:
    assert literal("./a/b.sse") == "a/b.sse"
    assert literal("a/[[]b].sse") == "a/[b].sse"
    assert literal("<stdin>") == "<stdin>"
    assert [literal(one) for one in ("b.sse", "a/*.sse", "a/[ab]", "**/a")] == [None] * 4
    assert list(around("a/b/c.har#3")) == ["a/b/c.har#3", "a/b/c.har", "a/b", "a"]
    assert sorted(files("captures/deep", home)) == ["captures/deep/two.sse"]
    assert sorted(files("t*.sse", home)) == ["captures/deep/two.sse"]


def test_a_single_stream_of_a_file_says_nothing_of_the_others(home: Path) -> None:
    entry = {
        "startedDateTime": "2026-11-20T10:00:00Z", "time": 1,
        "request": {"method": "POST", "url": "https://x/", "headers": []},
    }  # fmt: skip
    contents = [{"mimeType": "text/event-stream", "text": text} for text in (TWICE, GOOD, TWICE)]
    entries = [{**entry, "response": {"status": 200, "headers": [], "content": content}} for content in contents]
    har = {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}}
    (home / "three.har").write_text(json.dumps(har))
    assert chunkspec("baseline", "three.har", "-o", FILE, "--select", "role-once")[0] == 0
    accepted = yaml.safe_load(Path(FILE).read_text())["accepted"]
    assert [one["path"] for one in accepted] == ["./three.har#1", "./three.har#3"]
    only = ("--select", "role-once", "--fail-on", "warning")
    assert check(*only, paths=("three.har",))[0] == 0
    edit("three.har#1", "three.har")
    edit("three.har#3", "three.har")
    for path in ("three.har", "three.har#1", "three.har#2"):
        assert check(*only, paths=(path,))[0] == 0
    entries[0] = entries[2] = entries[1]
    (home / "three.har").write_text(json.dumps(har))
    assert check(*only, paths=("three.har#1",))[0] == 0
    assert check(*only, paths=("three.har",))[0] == 1


@pytest.mark.skipif(os.name == "nt", reason="names there are text")
def test_a_name_that_is_no_text_is_accepted_too(home: Path) -> None:
    name = os.fsdecode(b"\xff\x1b[31m\n.sse")
    try:
        (home / "captures" / name).write_text(TWICE)
    except OSError:
        pytest.skip("this file system takes text alone")
    assert len(write()) == 3
    assert check()[0] == 0
    (home / "captures" / name).write_text(GOOD)
    code, _, err = check()
    assert (code, len(err)) == (0, 1)
    assert "\x1b" not in err[0]
