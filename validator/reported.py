"""The JSON report of an earlier run, read again: what a probe left in a folder, and what a baseline accepts of it.

What only asking can tell, the layer ``asked``, no capture shows; so it is taken from the report of the probe.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.finding import Finding, Where
from validator.probed import ASKED
from validator.report import Failure, Report, StreamReport
from validator.yamlfile import check_value, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What `chunkspec probe` leaves beside its captures.
PROBE = "probe.json"

#: How a JSON report of ours begins, and within how many bytes.
_OURS, _HEAD = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"tool"\s*:\s*\{\s*"name"\s*:\s*"chunkspec"'), 200


def is_report(path: str) -> bool:
    """Whether an argument names a JSON report of chunkspec; what cannot be read is none."""
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return _OURS.match(file.read(_HEAD)) is not None
    except (OSError, ValueError):
        return False


def read(file: Path) -> Mapping[str, Any]:
    """Return the JSON form of a report.

    Raises:
        ConfigError: it cannot be read, or is none.

    """
    value: Mapping[str, Any] = parse_json(file)
    check_value(value, "report", str(file))
    return value


def whole(file: Path) -> Report:
    """Return what a report says, as far as a baseline needs it.

    Raises:
        ConfigError: as `read`.

    """
    value = read(file)
    failures = tuple(Failure(one["source"], one["reason"]) for one in value.get("failures", ()))
    return Report(tuple(map(_stream, value["streams"])), failures)


def asked(file: Path) -> Report:
    """Return what only asking could tell, of the report that a probe left beside its captures.

    Raises:
        ConfigError: as `read`.

    """
    value = read(file)
    expected = set(value.get("probe", {}).get("expected", ()))
    streams = []
    for stream in map(_stream, value["streams"]):
        exercised = tuple(rule for rule in stream.exercised if rule in expected)
        findings = tuple(finding for finding in stream.findings if finding.layer == ASKED)
        source = str(file.parent / Path(stream.source).name)  # wherever the folder stood then
        streams.append(replace(stream, source=source, exercised=exercised, unexercised=(), findings=findings))
    return Report(tuple(streams))


def _stream(value: Mapping[str, Any]) -> StreamReport:
    return StreamReport(
        source=value["source"],
        protocol=value["protocol"],
        profile=value["profile"],
        ending=value["ending"],
        findings=tuple(map(_finding, value["findings"])),
        exercised=tuple(value["exercised"]),
        unexercised=tuple(value["unexercised"]),
        not_judged=value["not_judged"],
        stats=value["stats"],
    )


def _finding(value: Mapping[str, Any]) -> Finding:
    place = ("event", "line", "column", "byte_offset", "byte_length", "pointer")
    same = ("rule", "layer", "severity", "message", "expected", "got", "fingerprint")
    return Finding(
        title="", where=Where(**{name: value[name] for name in place}), **{name: value[name] for name in same}
    )
