"""The GitHub action as it is published: the scripts of action.yml, run as a runner runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.corpus import CORPUS
from tests.registry import need_registry

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"]}
GOOD = CORPUS / "streams" / "openai" / "hello-world.sse"
BAD = CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse"
README = (ROOT / "README.md").read_text(encoding="utf-8")
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

#: What acts if a shell reads it as a script.
ATTACK = "x\"; touch pwned; $(touch pwned) `touch pwned` '; touch pwned #"

#: A python that makes environments of itself, and notes what else it is asked for.
RECORDER = """#!/bin/sh
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; else printf '%s\\n' "$@" >> asked; fi
"""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


class Runner:
    """A runner of one job: its folders, and the outputs of the steps that ran."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.temp = folder / "temp"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()
        self.outputs: dict[str, dict[str, str]] = {"python": {"python-path": sys.executable}}
        self.log = self.summary = ""

    def run(self, step: str, inputs: dict[str, str]) -> int:
        """Run the script of a step with inputs as a workflow gives them; return its exit code."""
        known = {name: entry["default"] for name, entry in ACTION["inputs"].items()} | inputs
        files = {name: self.temp / f"{step}-{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        script = self.temp / "script.sh"
        script.write_text(STEPS[step]["run"])
        environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_"))},
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            **{name: str(file) for name, file in files.items()},
            **{name: self._value(text, known) for name, text in STEPS[step]["env"].items()},
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.log, self.summary = done.stdout + done.stderr, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        self.outputs[step] = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        return done.returncode

    def output(self, name: str) -> str:
        """Return an output of the action, "" if no step gave it."""
        return self._value(ACTION["outputs"][name]["value"], {})

    def _value(self, text: str, inputs: dict[str, str]) -> str:
        def of(match: re.Match[str]) -> str:
            place, *names = match[1].split(".")
            if place == "inputs":
                return inputs[names[0]]
            if place == "steps":
                assert names[1] == "outputs"
                return self.outputs[names[0]].get(names[2], "")
            return {"github.action_path": str(ROOT)}[match[1]]

        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", of, text)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run the step that installs the version of the action, once; return its outputs."""
    need_registry()
    runner = Runner(tmp_path_factory.mktemp("install"))
    assert runner.run("install", {}) == 0, runner.log
    return runner.outputs["install"]


@pytest.fixture
def runner(tmp_path: Path, installed: dict[str, str]) -> Runner:
    """Return a runner whose workspace has a good and a bad capture in folders."""
    runner = Runner(tmp_path)
    runner.outputs["install"] = {**installed, "folder": str(runner.temp)}
    for name, source in {"captures/good.sse": GOOD, "more captures/role twice.sse": BAD}.items():
        (runner.workspace / name).parent.mkdir()
        shutil.copy(source, runner.workspace / name)
    return runner


def test_findings_are_annotations_sarif_and_a_summary_and_fail_the_step(runner: Runner) -> None:
    assert runner.run("check", {}) == 1
    annotations = [line for line in runner.log.splitlines() if line.startswith("::")]
    assert len(annotations) == 1
    assert annotations[0].startswith("::error title=role-once")
    assert "file=more captures/role twice.sse,line=3,col=242" in annotations[0]
    assert "role-once" in runner.summary
    assert runner.output("exit-code") == "1"
    sarif = json.loads(Path(runner.output("sarif")).read_text(encoding="utf-8"))
    (result,) = sarif["runs"][0]["results"]
    assert result["ruleId"] == "role-once"
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "more%20captures/role%20twice.sse"
    assert not Path(runner.output("sarif")).is_relative_to(runner.workspace)


def test_a_clean_run_passes_and_still_gives_sarif(runner: Runner) -> None:
    assert runner.run("check", {"paths": "captures"}) == 0
    assert not [line for line in runner.log.splitlines() if line.startswith("::")]
    assert runner.output("exit-code") == "0"
    assert json.loads(Path(runner.output("sarif")).read_text(encoding="utf-8"))["runs"][0]["results"] == []
    assert runner.summary


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"paths": "captures\nmore captures/\n"}, 1),
        ({"paths": "  captures/good.sse\n\n  more captures/role twice.sse  \n", "fail-on": "never"}, 0),
        ({"paths": "more captures/*.sse"}, 1),
        ({"profile": "compatible", "paths": "captures"}, 0),
        ({"profile": "auto", "fail-on": "warning"}, 1),
        ({"sarif": "out.sarif", "paths": "captures"}, 0),
        ({"paths": "no-such.sse"}, 2),
        ({"profile": "opena"}, 2),
        ({"fail-on": "eror"}, 2),
        ({"paths": "--help"}, 2),
    ],
)
def test_inputs_reach_the_command_as_they_are(runner: Runner, inputs: dict[str, str], code: int) -> None:
    assert runner.run("check", inputs) == code, runner.log
    assert runner.output("exit-code") == str(code)
    if "sarif" in inputs:
        assert runner.output("sarif") == "out.sarif"
        assert (runner.workspace / "out.sarif").is_file()
    if inputs.get("profile") == "opena":
        assert runner.output("sarif") == ""


def test_captures_of_every_format_are_read(runner: Runner) -> None:
    zstandard = pytest.importorskip("zstandard", reason="zstandard is not installed")
    (runner.workspace / "packed").write_bytes(zstandard.compress(BAD.read_bytes()))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = BAD.read_bytes()
    (runner.workspace / "raw").write_bytes(b"%b%x\r\n%b\r\n0\r\n\r\n" % (head, len(body), body))
    for name in ("packed", "raw"):
        assert runner.run("check", {"paths": name}) == 1, runner.log
        assert "role-once" in runner.log


def test_the_configuration_of_the_checkout_holds(runner: Runner) -> None:
    (runner.workspace / "chunkspec.yaml").write_text("severity: {role-once: warning}\n")
    assert runner.run("check", {}) == 0
    assert "::warning title=role-once" in runner.log
    assert runner.run("check", {"fail-on": "warning"}) == 1


@pytest.mark.parametrize("name", sorted({*ACTION["inputs"]} - {"version"}))
def test_an_input_is_never_run(runner: Runner, name: str) -> None:
    runner.run("check", {name: ATTACK})
    assert not (runner.workspace / "pwned").exists()


@pytest.mark.parametrize("version", ["1.2.3", ATTACK])
def test_a_version_is_installed_from_the_registry(tmp_path: Path, version: str) -> None:
    runner = Runner(tmp_path)
    recorder = tmp_path / "python"
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)
    runner.outputs["python"]["python-path"] = str(recorder)
    assert runner.run("install", {"version": version}) == 0
    told = (runner.workspace / "asked").read_text().splitlines()
    assert told[-4:] == ["install", "--quiet", "--disable-pip-version-check", f"chunkspec[captures]=={version}"]
    assert not (runner.workspace / "pwned").exists()


def test_no_expression_stands_in_a_script() -> None:
    """GitHub puts the value of an expression into a script as code: values go by the environment instead."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert ("run" in step) == (step.get("shell") == "bash")
    assert set(re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"]))) == set(ACTION["inputs"])


def test_the_job_of_the_readme_passes_inputs_that_there_are(runner: Runner) -> None:
    shown = re.search(r"```yaml\n(- uses: actions/checkout.+?)```", README, re.DOTALL)
    assert shown is not None
    steps = yaml.safe_load(shown[1])
    own = next(step for step in steps if step["uses"].startswith("chunkspec/"))
    assert set(own["with"]) <= set(ACTION["inputs"])
    assert own["uses"] == f"chunkspec/chunkspec@v{VERSION.split('.')[0]}"
    upload = next(step for step in steps if "upload-sarif" in step["uses"])
    assert upload["with"]["sarif_file"] == f"${{{{ steps.{own['id']}.outputs.sarif }}}}"
    assert "sarif" in ACTION["outputs"]
    assert runner.run("check", own["with"]) == 0


@pytest.mark.parametrize(
    ("kind", "file"),
    [("actions", "action.yml"), ("workflows", ".github/workflows/ci.yml")],
    ids=["action", "workflow"],
)
def test_the_files_have_the_form_that_github_wants(kind: str, file: str) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.github-{kind}",
        str(ROOT / file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_ci_runs_the_test_command_on_every_python_that_is_declared() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    workflow = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but text
    job: dict[str, Any] = workflow["jobs"]["test"]
    declared = re.findall(r"Programming Language :: Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert job["strategy"]["matrix"]["python"] == declared
    assert {"run": ".ci/run"} in job["steps"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
