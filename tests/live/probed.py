"""A provider probed by ``chunkspec probe``: its report, and what that says of rules and scenarios."""

from __future__ import annotations

import json
from typing import Any

from tests.command import chunkspec
from tests.live.provider import MODEL, Provider
from validator.live.serve import serving

#: Without what a machine that stalls for seconds would make of a stream.
STALLS = ["--ignore", "not-buffered"]


def probed(provider: Provider, *args: str) -> tuple[int, dict[str, Any], str]:
    """Probe a provider and return the exit code, the report and what was said on stderr."""
    with serving(provider.app()) as url:
        common = ["--base-url", f"{url}/v1", "--model", MODEL, "--no-config", "--format", "json"]
        common += STALLS
        code, out, err = chunkspec("probe", *common, *args)
    return code, json.loads(out) if out else {}, err


def found(report: dict[str, Any]) -> dict[str, set[str]]:
    """Return the scenarios in which each rule finds something."""
    by_source = {source: one["scenario"] for one in report["probe"]["scenarios"] for source in one["sources"]}
    rules: dict[str, set[str]] = {}
    for stream in report["streams"]:
        for finding in stream["findings"]:
            rules.setdefault(finding["rule"], set()).add(by_source[stream["source"]])
    return rules


def reasons(report: dict[str, Any], why: str) -> dict[str, str]:
    return {one["scenario"]: one[why] for one in report["probe"]["scenarios"] if one[why] is not None}
