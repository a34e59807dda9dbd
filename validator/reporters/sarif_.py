"""The report as SARIF 2.1.0, which code scanning services and editors read.

Places of a stream are regions of its file where the file is the stream; of one taken out of another file (a HAR, a
cassette) only the file is named, and the place stands among the properties. Suppressed findings are marked as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from validator.mediatype import EVENT_STREAM
from validator.report import tool_version
from validator.reporters import PLAIN, View
from validator.reporters.artifact import in_place, uri
from validator.reporters.rules import parts, rules_of
from validator.reporters.visible import visible, write_json
from validator.reporters.words import lapse_text
from validator.trace import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.finding import Finding, Severity, Where
    from validator.report import Report, StreamReport
    from validator.rule import Rule

#: What this format wants of streams beside their findings.
WANTED = Wanted(rules=True, characters=True)

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note", "off": "none"}
_PROBLEM: Mapping[Severity, str] = {
    "error": "error", "warning": "warning", "info": "recommendation", "off": "recommendation"
}  # fmt: skip


def write(report: Report, out: TextIO, view: View = PLAIN) -> None:
    """Write one SARIF log with one run, in ASCII."""
    write_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}, out, indent=2)


def _run(report: Report) -> dict[str, Any]:
    rules = rules_of(report)
    files: dict[str, int] = {}
    artifacts: list[dict[str, Any]] = []
    for stream in report.streams:
        if _key(stream) not in files:
            files[_key(stream)] = len(artifacts)
            artifacts.append(_artifact(stream))
    judged = any(finding.suppressed is not None for finding in report.findings)
    numbers = {name: number for number, name in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "chunkspec",
                "version": tool_version(),
                "shortDescription": {"text": "The conformance validator for LLM streams"},
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "toolExecutionNotifications": [_notification("error", failure.reason) for failure in report.failures],
                "toolConfigurationNotifications": [
                    _notification("warning", lapse_text(lapse)) for lapse in report.lapses
                ],
            }
        ],
        "artifacts": artifacts,
        "results": [
            _result(finding, stream, numbers[finding.rule], files[_key(stream)], judged=judged)
            for stream in report.streams
            for finding in stream.findings
        ],
        "properties": {
            "streams": [_verdict(stream) for stream in report.streams],
            **({"probe": report.probe.to_dict()} if report.probe is not None else {}),
        },
    }


def _key(stream: StreamReport) -> str:
    return stream.file if stream.file is not None else stream.source


def _location(stream: StreamReport, index: int | None = None) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if stream.file is None:
        location = {"uri": "stdin", "description": {"text": _literal(stream.source)}}
    else:
        location["uri"], below = uri(stream.file)
        if below:
            location["uriBaseId"] = "%SRCROOT%"
    return location if index is None else {**location, "index": index}


def _artifact(stream: StreamReport) -> dict[str, Any]:
    artifact: dict[str, Any] = {"location": _location(stream), "roles": ["analysisTarget"]}
    if stream.plain:
        artifact |= {"length": stream.stats["bytes"], "mimeType": EVENT_STREAM, "encoding": "UTF-8"}
    return artifact


def _rule(rule: Rule) -> dict[str, Any]:
    told = [(label, text) for label, text in parts(rule) if text]
    address = next((source["url"] for source in rule.sources if "url" in source), None)
    return {
        "id": rule.id,
        "shortDescription": {"text": _literal(rule.title)},
        "fullDescription": {"text": _literal(" ".join(_sentence(text) for text in (rule.expect, rule.why) if text))},
        "help": {
            "text": "\n".join(_literal(f"{label}: {text}") for label, text in told),
            "markdown": "\n".join([f"**{rule.title}**", "", *(f"- **{label}:** {text}" for label, text in told)]),
        },
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.severity != "off"},
        "properties": {
            "tags": ["llm-stream", rule.layer],
            "precision": "very-high",
            "problem.severity": _PROBLEM[rule.severity],
            "layer": rule.layer,
            "basis": list(rule.basis),
            "breaks": dict(rule.breaks),
            "sources": [dict(source) for source in rule.sources],
        },
    }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def _result(finding: Finding, stream: StreamReport, rule: int, index: int, *, judged: bool) -> dict[str, Any]:
    text = [finding.message, f"Expected: {finding.expected}"]
    text += [f"Breaks {client}: {what}" for client, what in finding.breaks.items()]
    text += [f"Change: {finding.fix}"] if finding.fix else []
    others = [("again here", place) for place in finding.places if place != finding.where]
    others = [(related.message, related.where) for related in finding.related] + others
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": " ".join(_sentence(_literal(one)) for one in text)},
        "locations": [_place(finding.where, stream, index)],
        "relatedLocations": [
            {"id": number, **_place(where, stream, index), "message": {"text": _literal(said)}}
            for number, (said, where) in enumerate(others, 1)
        ],
        "occurrenceCount": finding.count,
        "partialFingerprints": {"chunkspec/v1": finding.fingerprint},
        "properties": {
            "source": stream.source,
            "profile": stream.profile,
            **_spot(finding.where),
            **{name: key for name, key in finding.scope.items() if key is not None},
            "expected": finding.expected,
            "got": finding.got,
        },
    }
    if judged:
        result["suppressions"] = (
            []
            if finding.suppressed is None
            else [{"kind": "external", "status": "accepted", "justification": finding.suppressed}]
        )
    return result


def _spot(where: Where) -> dict[str, Any]:
    return {"event": where.event, "pointer": where.pointer, "streamLine": where.line, "streamByte": where.byte_offset}


def _place(where: Where, stream: StreamReport, index: int) -> dict[str, Any]:
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _location(stream, index)}}
    if in_place(stream) or stream.file is None:
        place["physicalLocation"]["region"] = _region(where)
    name = f"event {where.event}" if where.event is not None else "stream"
    place["logicalLocations"] = [{"name": name, "fullyQualifiedName": f"{stream.source} {name}"}]
    return place


def _region(where: Where) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": where.line, "startColumn": where.column}
    extent = where.extent
    if extent is not None:
        region |= {
            "endLine": extent.end_line,
            "endColumn": extent.end_column,
            "charOffset": extent.char_offset,
            "charLength": extent.char_length,
        }
    region |= {"byteOffset": where.byte_offset, "byteLength": where.byte_length}
    excerpt = where.excerpt
    shown = "" if excerpt is None else excerpt.text[excerpt.start : excerpt.start + excerpt.length]
    if extent is not None and shown and len(shown) == extent.char_length:
        region["snippet"] = {"text": shown}
    return region


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _literal(text)}}


def _verdict(stream: StreamReport) -> dict[str, Any]:
    told = stream.to_dict()
    del told["findings"]
    return {**told, **{key: len(told[key]) for key in ("exercised", "unexercised", "not_judged")}}


def _literal(text: str) -> str:
    """Return a plain text message that shows this text: with no placeholder, link or control character in it."""
    return visible(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")
