"""The SARIF report: by the published schema, places right to the character, nothing dropped."""

from __future__ import annotations

import gzip
import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.corpus import CORPUS
from tests.formats import published
from tests.formats.streams import BAD, GOOD, HOSTILE, answer, check, chunk, hostile, stream
from validator import catalogue
from validator.judge import standard
from validator.reporters import wanted, writer
from validator.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from validator.report import Report


def judged(*paths: object, profile: str | None = None) -> Report:
    return run(standard(profile), [str(path) for path in paths], wanted=wanted(["sarif"]))


def sarif(report: Report) -> dict[str, Any]:
    out = io.StringIO()
    writer("sarif")(report, out)
    (found,) = json.loads(out.getvalue())["runs"]
    return dict(found)


def suppressed(report: Report, reason: str) -> Report:
    """Return a report whose first finding is suppressed."""
    first = report.streams[0]
    findings = (replace(first.findings[0], suppressed=reason), *first.findings[1:])
    return replace(report, streams=(replace(first, findings=findings), *report.streams[1:]))


def test_it_is_by_the_published_schema(tmp_path: Path) -> None:
    schema = jsonschema.Draft4Validator(published.sarif())
    packed = tmp_path / "packed.sse.gz"
    packed.write_bytes(gzip.compress(BAD.read_bytes()))
    captures = [*sorted((CORPUS / "rules").glob("[a-d]*/bad-*.sse")), hostile(tmp_path), packed]
    report = suppressed(judged(*captures, "no such\n<file>{0}"), HOSTILE)
    out = io.StringIO()
    writer("sarif")(report, out)
    log = json.loads(out.getvalue())
    assert [f"{list(error.path)}: {error.message}" for error in schema.iter_errors(log)] == []
    assert len(log["runs"][0]["results"]) == len(report.findings) > 100


def test_a_log_of_standard_input_is_by_the_published_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(BAD.read_bytes())

    monkeypatch.setattr("sys.stdin", Stdin)
    _, out, _ = check("-", "--format", "sarif")
    assert jsonschema.Draft4Validator(published.sarif()).is_valid(json.loads(out))


def regions(run: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the regions of all places of results, each with the URI of its file."""
    places = [
        place["physicalLocation"]
        for result in run["results"]
        for place in (*result["locations"], *result["relatedLocations"])
    ]
    return [(place["artifactLocation"]["uri"], place["region"]) for place in places if "region" in place]


def by_bytes(data: bytes, region: dict[str, Any]) -> str:
    return data[region["byteOffset"] :][: region["byteLength"]].decode()


def by_characters(data: bytes, region: dict[str, Any]) -> str:
    return data.decode("utf-8-sig")[region["charOffset"] :][: region["charLength"]]


def by_lines(data: bytes, region: dict[str, Any]) -> str:
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", data.decode("utf-8-sig"))
    start, end = region["startLine"] - 1, region["endLine"] - 1
    before = sum(map(len, lines[:start])) + region["startColumn"] - 1
    return "".join(lines)[before : sum(map(len, lines[:end])) + region["endColumn"] - 1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_bytes_characters_and_lines_name_the_same_text(end: str, bom: bytes, tmp_path: Path) -> None:
    again = chunk({"role": "système", "content": "naïve 🦊🦊 日本語", "überzählig": "é"})
    file = tmp_path / "accents.sse"
    good = answer("Grüße 🦊", "日本語", "e\u0301", end=end)
    file.write_bytes(
        bom + stream([again, again], done=False, end=end) + good.replace(b'"Gr', b'"role":"assistant","x":"Gr')
    )
    # the byte order mark itself is no character
    found = [one for one in regions(sarif(judged(file))) if by_bytes(bom + b"x", one[1]) != "\ufeff"]
    data = file.read_bytes()
    assert len(found) > 5
    for _, region in found:
        assert by_bytes(data, region) == by_characters(data, region) == by_lines(data, region)
        assert region.get("snippet", {"text": by_bytes(data, region)})["text"] == by_bytes(data, region)
    told = {by_bytes(data, region) for _, region in found}
    assert {'"système"'} < told


def test_places_in_the_corpus_are_right_in_every_measure() -> None:
    found = 0
    for file in sorted((CORPUS / "rules").glob("*/bad-*.sse"))[::3]:
        data = file.read_bytes()
        try:
            data.decode()
        except UnicodeDecodeError:
            continue
        for _, region in regions(sarif(judged(file))):
            if "charOffset" in region:
                assert by_bytes(data, region) == by_characters(data, region) == by_lines(data, region), file
                found += 1
    assert found > 100


def test_results_carry_rule_place_count_and_fingerprint() -> None:
    told = sarif(judged(BAD, GOOD))
    (result,) = told["results"]
    rule = told["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "role-once"
    assert rule["shortDescription"]["text"] == "The role is sent once per choice"
    assert "Clients put a message together" in rule["help"]["text"]
    assert rule["help"]["markdown"].count("\n- **") == rule["help"]["text"].count("\n") + 1
    assert rule["defaultConfiguration"] == {"level": "error", "enabled": True}
    assert result["occurrenceCount"] == 3
    assert [place["message"]["text"] for place in result["relatedLocations"]] == [
        "first here",
        "again here",
        "again here",
    ]
    assert re.fullmatch("[0-9a-f]{16}", result["partialFingerprints"]["chunkspec/v1"])
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert told["artifacts"][location["index"]]["location"]["uri"] == location["uri"]
    assert told["columnKind"] == "unicodeCodePoints"
    assert [one["ending"] for one in told["properties"]["streams"]] == ["finished", "finished"]


def test_a_fingerprint_stays_when_the_stream_is_recorded_again(tmp_path: Path) -> None:
    again = tmp_path / "again.sse"
    again.write_bytes(BAD.read_bytes().replace(b"chatcmpl-", b"chatcmpl-9").replace(b"Snow", b"Hail and snow"))
    first, second = (sarif(judged(file))["results"][0]["partialFingerprints"] for file in (BAD, again))
    assert first == second


def test_a_suppressed_finding_is_marked_and_not_dropped() -> None:
    report = judged(BAD, CORPUS / "rules" / "role-once")
    results = sarif(suppressed(report, "known, see #12"))["results"]
    assert len(results) == len(report.findings)
    assert results[0]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "known, see #12"}
    ]
    assert all(result["suppressions"] == [] for result in results[1:])
    assert not any("suppressions" in result for result in sarif(report)["results"])


def test_a_stream_within_another_file_has_no_region(tmp_path: Path) -> None:
    packed = tmp_path / "packed.sse.gz"
    packed.write_bytes(gzip.compress(BAD.read_bytes()))
    (result,) = sarif(judged(packed))["results"]
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == packed.as_uri()
    assert "region" not in place["physicalLocation"]
    assert result["properties"]["event"] == 2
    assert result["properties"]["streamByte"] == BAD.read_bytes().index(b'"assistant"', 400)


def test_a_path_below_the_working_directory_is_relative_and_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "with space").mkdir()
    (tmp_path / "with space" / "a:b#%.sse").write_bytes(BAD.read_bytes())
    (artifact,) = sarif(judged(tmp_path / "with space"))["artifacts"]
    assert artifact["location"] == {"uri": "with%20space/a%3Ab%23%25.sse", "uriBaseId": "%SRCROOT%"}
    assert artifact["length"] == len(BAD.read_bytes())


def test_text_of_a_stream_makes_no_placeholder_and_no_link(tmp_path: Path) -> None:
    told = sarif(judged(hostile(tmp_path)))
    messages = [result["message"]["text"] for result in told["results"]]
    assert any("evil.example" in message for message in messages)
    for message in messages:
        assert not re.search(r"(?<!\{)\{(?:\{\{)*(?!\{)", message.replace("{{", ""))
        assert "](" not in message
        assert message.isprintable()


def test_what_could_not_be_judged_is_a_notification() -> None:
    (invocation,) = sarif(judged("nowhere.sse"))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "nowhere.sse: there is no such file"


def test_every_rule_has_words_for_its_help() -> None:
    for protocol in map(catalogue.protocol, catalogue.protocol_folders()):
        assert all(rule.title and rule.expect and rule.why for rule in protocol.rules.values())
