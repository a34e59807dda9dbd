"""Shell completion, and help that begins with examples which are so."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.command import chunkspec
from validator.cli import VERBS, group

#: Words of a command line, the last one to be completed, and what must be proposed.
CASES = [
    (["chunkspec", "che"], {"check"}),
    (["chunkspec", "explain", "role-o"], {"role-once"}),
    (["chunkspec", "check", "--basel"], {"--baseline"}),
    (["chunkspec", "check", "--profile", "openai"], {"openai", "openai-completions"}),
    (["chunkspec", "check", "--select", "order,identi"], {"order,identity"}),
    (["chunkspec", "check", "--ignore", "role-o"], {"role-once"}),
    (["chunkspec", "profiles", "vl"], {"vllm"}),
    (["chunkspec", "check", "--format", "js"], {"json", "jsonl"}),
    (["chunkspec", "matrix", "--format", "j"], {"json"}),
    (["chunkspec", "rules", "--layer", "tool"], {"tool-calls"}),
    (["chunkspec", "rules", "--protocol", "text"], {"text.completion"}),
]


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def run(command: list[str]) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_bash_completes() -> None:
    tries = "\n".join(
        f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; COMPREPLY=()\n"
        '_chunkspec_completion chunkspec; echo "${COMPREPLY[*]}"'
        for words, _ in CASES
    )
    out = run([shell("bash"), "--norc", "-c", f'eval "$(chunkspec completion bash)"\n{tries}'])
    assert [set(line.split()) for line in out.splitlines()] == [wanted for _, wanted in CASES]


def test_fish_completes() -> None:
    cases = [
        one for one in CASES if "," not in one[0][-1]
    ]  # click's script for fish splits its own answers at commas
    tries = "\n".join(f"echo (complete -C {shlex.quote(shlex.join(words))})" for words, _ in cases)
    out = run([shell("fish"), "--no-config", "-c", f"chunkspec completion fish | source\n{tries}"])
    for line, (_, wanted) in zip(out.splitlines(), cases, strict=True):
        assert wanted <= set(line.split())


def test_zsh_takes_what_it_is_given(tmp_path: Path) -> None:
    file = tmp_path / "_chunkspec"
    file.write_text(chunkspec("completion", "zsh")[1])
    start = f"autoload -U compinit && compinit -u -d {tmp_path / 'dump'} && source {file}"
    assert run([shell("zsh"), "-f", "-c", f"{start} && print $_comps[chunkspec]"]) == "_chunkspec_completion\n"


def test_an_unknown_shell_is_refused() -> None:
    code, _, err = chunkspec("completion", "tcsh")
    assert (code, len(err.splitlines())) == (2, 1)


@pytest.mark.parametrize("verb", VERBS)
def test_help_begins_with_examples_whose_options_exist(verb: str) -> None:
    code, out, _ = chunkspec(verb, "--help")
    assert code == 0
    before, _, after = out.partition("\nOptions:")
    usage, says, first, *_ = before.split("\n\n")
    assert usage.startswith(f"Usage: chunkspec {verb} ")
    assert len(says.split()) > 2
    examples = re.findall(rf"^ {{4}}.*?(chunkspec {verb}\b.*)$", first, re.MULTILINE)
    assert examples
    command = group.get_command(click.Context(group), verb)
    assert command is not None
    known = {name for one in command.params for name in one.opts}
    for example in examples:
        words = shlex.split(re.split(r" [|>]", example)[0])
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)} <= known
    assert "\n  -h, --help" in after


def test_the_command_says_how_to_begin() -> None:
    code, out, _ = chunkspec("--help")
    assert code == 0
    assert out.index("chunkspec check stream.sse") < out.index("Options:")
    assert set(VERBS) <= set(re.findall(r"^  ([a-z]+)  ", out, re.MULTILINE))
