"""The pre-commit hook as it is published: installed and run by pre-commit, as the README shows it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from tests.corpus import CORPUS
from tests.registry import need_registry

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GOOD = CORPUS / "streams" / "openai" / "hello-world.sse"
BAD = CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse"

#: What an installation needs of the checkout.
PUBLISHED = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "validator", "schemas", "corpus")

pytestmark = [
    pytest.mark.skipif(find_spec("pre_commit") is None, reason="pre-commit is not installed"),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with git and pre-commit knowing nothing of the user."""
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    own = {"HOME": str(folder.parent), "PRE_COMMIT_HOME": str(folder.parent / "cache"), "GIT_CONFIG_NOSYSTEM": "1"}
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        command, cwd=folder, env={**environ, **own, **who}, capture_output=True, text=True, check=False
    )


def repository(folder: Path) -> str:
    """Commit all of a folder, and return the name of the commit."""
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "All")):
        done = run(folder, "git", *command)
        assert done.returncode == 0, done.stderr
    return run(folder, "git", "rev-parse", "HEAD").stdout.strip()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository that uses the hook as the README shows it, from a git path with what is published."""
    need_registry()
    published = tmp_path_factory.mktemp("published") / "chunkspec"
    published.mkdir()
    for name in PUBLISHED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, published / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, published / name)
    shown = re.search(r"```yaml\n(repos:.+?)```", README, re.DOTALL)
    assert shown is not None
    config = yaml.safe_load(shown[1])
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert config["repos"][0]["rev"] == f"v{version}"
    config["repos"][0] |= {"repo": str(published), "rev": repository(published)}
    project = tmp_path_factory.mktemp("user") / "project"
    project.mkdir()
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    repository(project)
    return project


def hook(project: Path) -> tuple[int, str]:
    run(project, "git", "add", "-A")
    done = run(project, sys.executable, "-m", "pre_commit", "run", "--all-files")
    return done.returncode, done.stdout + done.stderr


def test_the_hook_judges_captures_and_nothing_else(project: Path) -> None:
    (project / "notes.txt").write_text("data: no capture\n")
    code, told = hook(project)
    assert code == 0, told
    assert "(no files to check)Skipped" in told
    shutil.copy(GOOD, project / "good stream.sse")
    code, told = hook(project)
    assert code == 0, told
    assert "Passed" in told
    shutil.copy(BAD, project / "bad.sse")
    code, told = hook(project)
    assert code == 1, told
    assert "exit code: 1" in told
    assert "bad.sse: 1 error; profile openai; ending: finished" in told
    assert "error role-once" in told
    (project / "chunkspec.yaml").write_text("ignore: [role-once]\n")
    code, told = hook(project)
    assert code == 0, told


def test_the_manifest_is_one() -> None:
    done = run(ROOT, sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
