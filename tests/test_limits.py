"""Every limit holds exactly, can be set, is told when it is crossed, and is in the README's table."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import validator
from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.formats.streams import chunk, stream
from validator.engine import MOST_BREACHES
from validator.limits import Limits, size
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
LONGEST = max(len(line) for line in HELLO.splitlines())


def judged(
    folder: Path, data: bytes, limit: str, name: str = "a.sse", option: str = "--limit"
) -> tuple[int, Any, str]:
    """Judge a file under a limit, given as an option or by the configuration; return code, report and complaint."""
    file = folder / name
    file.write_bytes(data)
    how = ["--no-config", "--limit", limit]
    if option == "config":
        (folder / "chunkspec.yaml").write_text(f"limits: {{{limit.replace('=', ': ')}}}\n")
        how = ["--config", str(folder / "chunkspec.yaml")]
    code, out, err = chunkspec("check", str(file), *how, "--format", "json")
    report = json.loads(out)
    assert len(err.splitlines()) == len(report["failures"])
    return code, report, err


def event(size: int) -> bytes:
    """Return a stream whose longest line has so many bytes, and its event two more."""
    return HELLO.replace(b"data: [DONE]", b": " + b"x" * (size - 2) + b"\n\ndata: [DONE]")


def har(size: int) -> bytes:
    """Return a HAR with a stream, of so many bytes at least."""
    content = {"mimeType": "text/event-stream", "text": HELLO.decode()}
    entry = {"request": {}, "response": {"status": 200, "headers": [], "content": content}}
    return json.dumps({"log": {"entries": [entry]}}).encode().ljust(size)


def of_lines(count: int) -> bytes:
    """Return a stream with an event of so many lines."""
    return HELLO.replace(b"data: [DONE]", b": a\n" * (count - 1) + b"data: [DONE]")


REFUSED: dict[str, tuple[str, Callable[[int], bytes], str]] = {
    "block": ("a.sse", lambda most: event(most - 2), "has no end, a blank line, within 2000 bytes, the limit"),
    "line": ("a.sse", event, "has a line of 2001 bytes, and 2000 is the limit"),
    "lines": ("a.sse", of_lines, "has 2001 lines, and 2000 is the limit"),
    "unpacked": ("a.sse.gz", lambda most: gzip.compress(HELLO.ljust(most, b"\n")), "unpacks to more than 2000 bytes"),
    "whole": ("a.har", har, "is larger than"),
}


@pytest.mark.parametrize("option", ["--limit", "config"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_goes_beyond_by_one_is_refused_in_a_line(name: str, option: str, tmp_path: Path) -> None:
    file, made, says = REFUSED[name]
    most = {"whole": len(har(0)) + 10, "unpacked": len(HELLO) + 10}.get(name, 2000)
    says = says.replace("2000", str(most))
    assert most > LONGEST + 2
    code, report, _ = judged(tmp_path, made(most), f"{name}={most}", file, option)
    assert report["failures"] == []
    assert len(report["streams"]) == 1
    code, report, err = judged(tmp_path, made(most + 1), f"{name}={most}", file, option)
    assert code == 2
    assert report["streams"] == []
    assert says in err
    assert f"--limit {name}=" in err


def nested(levels: int) -> bytes:
    """Return a stream with a payload of so many levels."""
    deep: Any = 1
    for _ in range(levels - 3):
        deep = [deep]
    return stream([chunk({"role": "assistant", "content": "", "x_deep": deep}) | {"choices": []}, chunk({}, "stop")])


@pytest.mark.parametrize("option", ["--limit", "config"])
@pytest.mark.parametrize("most", [5, 64, 320])
def test_nesting_beyond_the_depth_is_a_finding(most: int, option: str, tmp_path: Path) -> None:
    def found(levels: int) -> set[str]:
        deep = b'data: {"x_deep":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}\n\n"
        _, report, _ = judged(tmp_path, deep + HELLO, f"depth={most}", option=option)
        return {one["rule"] for one in report["streams"][0]["findings"]}

    assert {"json-depth", "data-valid-json"}.isdisjoint(found(most))
    rules = {"json-depth", "data-valid-json"} & found(most + 1)
    assert rules == ({"data-valid-json"} if most == 320 else {"json-depth"})


def test_a_depth_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ConfigError, match="depth: 321 is more than 320"):
        Limits().changed({"depth": 321}, "--limit")


CALL = {"index": 0, "id": "call_A", "type": "function", "function": {"name": "f", "arguments": ""}}


def arguments(characters: int) -> bytes:
    """Return a stream whose tool call has so many characters of arguments, which are no JSON."""
    parts = [chunk({"role": "assistant", "content": None, "tool_calls": [CALL]})]
    parts += [chunk({"tool_calls": [{"index": 0, "function": {"arguments": "x"}}]})] * characters
    return stream([*parts, chunk({}, "tool_calls")])


@pytest.mark.parametrize("option", ["--limit", "config"])
def test_text_beyond_what_is_joined_is_not_judged_and_the_report_says_so(option: str, tmp_path: Path) -> None:
    _, report, _ = judged(tmp_path, arguments(20), "joined=20", option=option)
    (told,) = report["streams"]
    assert "tool-arguments-json" in {one["rule"] for one in told["findings"]}
    assert "tool-arguments-json" in told["exercised"]
    _, report, _ = judged(tmp_path, arguments(21), "joined=20", option=option)
    (told,) = report["streams"]
    assert "tool-arguments-json" not in {one["rule"] for one in told["findings"]}
    assert "tool-arguments-json" not in told["exercised"]
    assert told["not_judged"]["tool-arguments-json"] == (
        "the stream has more text to join than 20 characters, the limit (--limit joined=SIZE)"
    )


def choices(count: int) -> bytes:
    """Return a stream of so many choices, each with two roles."""
    both = [{**chunk({"role": "assistant"})["choices"][0], "index": n} for n in range(count)] * 2
    return stream([chunk({}) | {"choices": [one]} for one in both])


@pytest.mark.parametrize("option", ["--limit", "config"])
def test_parts_beyond_the_instances_are_judged_less_and_the_report_says_so(option: str, tmp_path: Path) -> None:
    for count, wanted in ((7, 7), (8, 7)):
        _, report, _ = judged(tmp_path, choices(count), "instances=7", option=option)
        (told,) = report["streams"]
        (role,) = [one for one in told["findings"] if one["rule"] == "role-once"]
        assert role["count"] == wanted
        reason = "the stream has more parts than 7, the limit (--limit instances=NUMBER)"
        assert told["not_judged"].get("role-once") == (reason if count > 7 else None)
        assert ("role-once" in told["exercised"]) == (count <= 7)
        assert ("done-present" in told["exercised"]) is True


@pytest.mark.parametrize("option", ["--limit", "config"])
def test_findings_of_a_rule_beyond_the_limit_are_counted_with_the_last(option: str, tmp_path: Path) -> None:
    def told(kinds: int) -> list[int]:
        odd = [chunk({}) | {f"x_{n}": 1} for n in range(kinds)]
        _, report, _ = judged(tmp_path, stream([chunk({"role": "assistant"}), *odd]), "findings=5", option=option)
        return [one["count"] for one in report["streams"][0]["findings"] if one["rule"] == "unknown-chunk-field"]

    assert told(5) == [1] * 5
    assert told(6) == [1, 1, 1, 1, 2]


@pytest.mark.parametrize("option", ["--limit", "config"])
def test_places_of_a_finding_beyond_the_limit_are_counted(option: str, tmp_path: Path) -> None:
    for times, wanted in ((3, 3), (4, 3)):
        again = [chunk({"role": "assistant"})] * (times + 1)
        _, report, _ = judged(tmp_path, stream(again), "places=3", option=option)
        (role,) = [one for one in report["streams"][0]["findings"] if one["rule"] == "role-once"]
        assert (role["count"], len(role["places"])) == (times, wanted)


def test_a_body_in_a_capture_may_unpack_to_no_more_either(tmp_path: Path) -> None:
    packed = gzip.compress(HELLO)
    data = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n" + packed
    code, report, _ = judged(tmp_path, data, f"unpacked={len(HELLO)}", "a.txt")
    assert (code, len(report["streams"])) == (0, 1)
    code, report, err = judged(tmp_path, data, f"unpacked={len(HELLO) - 1}", "a.txt")
    assert (code, report["streams"]) == (2, [])
    assert f"unpacks to more than {len(HELLO) - 1} bytes, the limit (--limit unpacked=SIZE)" in err


def test_from_python_an_event_beyond_a_limit_raises() -> None:
    from validator.judge import Judge

    one = validator.StreamValidator(judge=Judge(limits=Limits().changed({"lines": 5}, "here")))
    with pytest.raises(validator.BlockTooLong, match="has 6 lines, and 5 is the limit"):
        one.feed(of_lines(6))


def test_a_line_that_the_end_cuts_off_counts() -> None:
    from validator.judge import Judge

    for end, ends in ((b"", 3), (b"\n", 3), (b"\n\n", 3)):
        one = validator.StreamValidator(judge=Judge(limits=Limits().changed({"lines": ends}, "here")))
        one.feed(b": a\n: b\ndata: x" + end)
        one.close()
        less = validator.StreamValidator(judge=Judge(limits=Limits().changed({"lines": ends - 1}, "here")))
        with pytest.raises(validator.BlockTooLong):
            [less.feed(b": a\n: b\ndata: x" + end), less.close()]


def test_the_readme_and_the_configuration_s_schema_tell_every_limit() -> None:
    root = Path(__file__).parents[1]
    rows = dict(re.findall(r"^\| `([a-z]+)` \| ([^|]+) \|", (root / "README.md").read_text(), re.MULTILINE))
    schema = json.loads((root / "schemas" / "meta" / "config.json").read_text())["properties"]["limits"]["properties"]
    limits = {field.name: getattr(Limits(), field.name) for field in fields(Limits)}
    assert set(schema) == set(limits)
    help_text = chunkspec("check", "--help")[1]
    for name, number in limits.items():
        shown = size(number) if number % 2**20 == 0 else str(number)
        assert rows[name].strip() == shown
        assert f"Default: {shown.replace(' ', '')}" in schema[name]["description"]
        assert re.search(rf"\b{name}\b", help_text)
        assert shown.replace(" ", "") in help_text.replace("\n", "")


def test_of_a_payload_broken_all_over_the_first_breaches_are_told_and_the_report_says_so() -> None:
    choices = [
        {"index": number, "delta": {"content": 5}, "finish_reason": None} for number in range(3 * MOST_BREACHES)
    ]
    report = validator.check(stream([{**chunk({}), "choices": choices}]))
    counts = {finding.rule: finding.count for finding in report.streams[0].findings}
    assert counts["delta-content-type"] <= MOST_BREACHES
    assert "only the first were looked at" in report.streams[0].not_judged["finish-reason-enum"]
    assert "delta-content-type" not in report.streams[0].not_judged
