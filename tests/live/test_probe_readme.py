"""The README's job with probe runs as it is shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.command import chunkspec
from tests.live.provider import KEY, MODEL, Provider, changed
from validator.live.serve import serving

if TYPE_CHECKING:
    import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_shown_job_passes_and_fails_by_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"```yaml\n(- run: >-\n    chunkspec probe .+?)```", README, re.DOTALL)
    assert shown is not None
    (step,) = yaml.safe_load(shown[1])
    command = shlex.split(step["run"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert {"http://localhost:8000/v1", "my-model"} <= set(command)
    broken = changed(lambda chunk: {**chunk, "object": "chunk"})
    for provider, code, folder in ((Provider(), 0, "captures/"), (broken(), 1, "others/")):
        provider.key = KEY
        with serving(provider.app()) as url:
            said = {"http://localhost:8000/v1": f"{url}/v1", "my-model": MODEL, "captures/": folder}
            ended, out, err = chunkspec(*(said.get(part, part) for part in command[1:]))
        assert (ended, err) == (code, "")
        assert ("::error" in out) is bool(code)
        assert chunkspec("check", folder)[0] == code
        assert "Scenarios" in Path("report.html").read_text(encoding="utf-8")
