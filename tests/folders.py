"""The folders of two providers, and what a probe leaves in one."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import chunkspec
from tests.formats.streams import BAD, GOOD

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def providers(tmp_path: Path) -> Path:
    """Return a folder with those of two providers: one that is clean, one with the role on every delta."""
    for name, files in (("good", [GOOD]), ("bad", [GOOD, BAD])):
        (tmp_path / name).mkdir()
        for file in files:
            shutil.copy(file, tmp_path / name / file.name)
    return tmp_path


def probed(folder: Path, **more: Any) -> None:
    """Leave beside captures what a probe does."""
    outcomes = [
        {"scenario": "plain-text", "title": "Plain text", "sources": [f"elsewhere/{BAD.name}"],
         "layers": {"order": "fail", "json": "pass"}, "not_exercised": None, "not_judged": None},
        {"scenario": "tools", "title": "Tools", "sources": [], "layers": {}, "not_exercised": None,
         "not_judged": "the server cannot do it: tools"},
    ]  # fmt: skip
    report = json.loads(chunkspec("check", str(GOOD), "--format", "json")[1])
    probe = {
        "url": "http://localhost:8000/v1", "model": "m", "profile": "openai", "requests": 2, "tokens": 9, "rules": 9,
        "scores": {}, "layers": ["json", "order"], "scenarios": outcomes,
    }  # fmt: skip
    (folder / "probe.json").write_text(json.dumps({**report, "probe": probe, **more}))
