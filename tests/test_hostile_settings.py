"""What strangers and mistakes put into settings, sidecars, rules, profiles, baselines: one line and exit code 2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import validator
from tests.command import chunkspec
from tests.corpus import CORPUS
from validator.meta import load_meta
from validator.yamlfile import ConfigError, load_plain

if TYPE_CHECKING:
    from pathlib import Path

STREAM = str(CORPUS / "streams" / "openai" / "hello-world.sse")

#: Nine names, each ten times the one before: a thousand million texts in 300 bytes.
LAUGHS = "\n".join(
    ['a0: &a0 ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]']
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
)

YAML = {
    "billion-laughs": LAUGHS,
    "long-text-often": f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 2000)}]",
    "alias-in-itself": "&a [*a]",
    "alias-in-its-own-mapping": "&a {b: [*a]}",
    "alias-of-nothing": "[*a]",
    "python-tag": "!!python/object/apply:os.system ['true']",
    "unknown-tag": "!thing {}",
    "no-bool": "!!bool maybe",
    "no-int": "!!int ''",
    "no-float": "!!float '-'",
    "no-timestamp": "!!timestamp never",
    "no-date": "!!timestamp 2026-99-99",
    "no-binary": "!!binary '*'",
    "base-60": f"!!int 1{':0' * 200_000}",
    "digits": "9" * 5000,
    "set": "!!set {a}",
    "bytes": "!!binary aGVsbG8=",
    "key-is-number": "1: 2",
    "key-is-null": "? \n: 1",
    "key-is-list": "? [a]\n: 1",
    "key-is-long": f"{'x' * 900}: 1",
    "deep": "[" * 100_000,
    "deep-block": "- " * 5000,
    "anchor-twice": "a: &a 1\nb: &a 2",
    "two-documents": "a: 1\n---\nb: 2",
    "control-characters": '"\x1b[31m"',
    "nothing": "",
    "number": "3",
}


@pytest.mark.parametrize("name", YAML)
@pytest.mark.parametrize("kind", ["config", "rules", "profile", "baseline"])
def test_yaml_of_any_kind_is_refused_in_a_line(kind: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{kind}.yaml"
    file.write_text(YAML[name])
    option = {"config": "--config", "rules": "--rules", "profile": "--profile", "baseline": "--baseline"}[kind]
    code, out, err = chunkspec("check", STREAM, *(() if kind == "config" else ("--no-config",)), option, str(file))
    if kind == "config" and name == "nothing":  # a file of settings that sets nothing
        assert (code, err) == (0, "")
        return
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert str(file) in err
    assert len(err) < len(str(file)) + 600
    assert err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    "name", [one for one in YAML if one not in ("set", "bytes", "nothing", "number", "long-text-often")]
)
def test_a_cassette_of_such_a_part_is_refused_or_read_without_it(name: str, tmp_path: Path) -> None:
    inner = "\n".join("    " + line for line in YAML[name].splitlines())
    file = tmp_path / "cassette.yaml"
    file.write_text(f"interactions:\n- response:\n    status: {{code: 200}}\n    headers:\n{inner}\n")
    code, _, err = chunkspec("check", "--no-config", str(file))
    assert code in (1, 2)
    assert len(err.splitlines()) <= 1


def test_a_cassette_may_repeat_itself_within_reason() -> None:
    data = b"a: &a {b: [1, 2]}\nc: [*a, *a]"
    assert load_plain(data, "x") == {"a": {"b": [1, 2]}, "c": [{"b": [1, 2]}] * 2}
    many = b"a: &a [" + b"1, " * 1000 + b"]\nb: [" + b"*a, " * 900 + b"]"
    assert len(load_plain(many, "x")["b"]) == 900
    with pytest.raises(ConfigError, match=r"^x:2: not YAML: aliases make it too large$"):
        load_plain(many.replace(b"*a, ", b"*a, *a, "), "x")


def test_what_looks_like_a_time_of_day_is_text() -> None:
    assert load_plain(b"[12:30:45, 1:30.5, 0x1f, 017, 1_000, -3, 1e3, 1.5, .inf, 1.5e3]", "x") == [
        "12:30:45", "1:30.5", 31, 15, 1000, -3, 1e3, 1.5, float("inf"), 1500.0,
    ]  # fmt: skip


@pytest.mark.parametrize("depth", [126, 318, 319, 600, 900, 2000, 100_000])
def test_a_sidecar_may_nest_as_deep_as_a_payload(depth: int, tmp_path: Path) -> None:
    stream, beside = tmp_path / "a.sse", tmp_path / "a.meta.json"
    stream.write_bytes((CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes())
    beside.write_text('{"request": {"a": ' + "[" * depth + "]" * depth + "}}")
    code, _, err = chunkspec("check", "--no-config", str(stream))
    assert code == (2 if depth > 318 else 0), err
    assert len(err.splitlines()) == (depth > 318)


def test_metadata_from_python_may_not_be_deeper_either() -> None:
    deep: object = 1
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(ConfigError, match="nests deeper than 320"):
        load_meta({"request": deep}, "a")


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{",
        '{"a": 1}',
        '{"request": []}',
        '{"reads": [[1]]}',
        '{"reads": [[-1, 2]]}',
        "\xff",
        '{"ended": "\\ud83d"}',
        '{"profile": "nobody"}',
        '{"profile": 3}',
        '{"response": {"status": 1e400}}',
        '{"response": {"headers": {"a": null}}}',
    ],
)
def test_a_sidecar_that_is_none_is_refused_in_a_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes((CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes())
    (tmp_path / "a.meta.json").write_text(text, encoding="latin-1")
    code, _, err = chunkspec("check", "--no-config", str(tmp_path / "a.sse"))
    assert code == 2
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("key", ["rules", "baseline", "profile", "format"])
def test_a_name_that_no_file_can_have_is_refused(key: str, tmp_path: Path) -> None:
    value = {"rules": ["a\0b.yaml"], "baseline": "a\0b.yaml", "profile": "a\0b.yaml", "format": "json:a\0b"}[key]
    (tmp_path / "chunkspec.yaml").write_text(json.dumps({key: value}))
    code, _, err = chunkspec("check", STREAM, "--config", str(tmp_path / "chunkspec.yaml"))
    assert code == 2
    assert len(err.splitlines()) == 1


def test_a_payload_that_nests_deep_is_judged_below_a_deep_stack_too() -> None:
    data = b'data: {"choices":' + b"[" * 319 + b"]" * 319 + b"}\n\n"

    def deeper(levels: int) -> set[str]:
        return deeper(levels - 1) if levels else {one.rule for one in validator.check(data).streams[0].findings}

    assert "json-depth" in deeper(400)
    refused = validator.check(b'data: {"choices":' + b"[" * 320 + b"]" * 320 + b"}\n\n").streams[0].findings
    assert "data-valid-json" in {one.rule for one in refused}


def _profile(folder: Path, fields: str) -> str:
    """Return the file of a profile that gives a chunk such members."""
    file = folder / "mine.yaml"
    file.write_text(
        "{name: mine, protocol: chat.completions, summary: mine, patches: [{note: mine, source: mine, "
        f"schema: chat_completions/chunk.json, fields: {fields}}}]}}"
    )
    return str(file)


@pytest.mark.parametrize(
    "fields", ["{x: {type: string, pattern: '^(a+)+$'}}", "{y: {propertyNames: {pattern: '^(a+)+$'}}}"]
)
def test_a_pattern_of_a_profile_takes_no_time_to_explain(fields: str, tmp_path: Path) -> None:
    data = b'data: {"x":"%b!","y":{"%b!":1}}\n\n' % (b"a" * 200, b"a" * 200)
    assert validator.check(data, _profile(tmp_path, fields)).findings  # where it does, beyond all time


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("{x: {type: strin}}", "not a usable JSON Schema"),
        ("{x: {pattern: '('}}", "not a usable JSON Schema"),
        ("{x: {$ref: '#/$defs/no'}}", "not a usable JSON Schema"),
        ("{x: {$ref: nowhere.json}}", "refers to what is not there"),
        ("{x: {patternProperties: {'^(a+)+$': {type: string}}}}", "uses patternProperties"),
        ("{x: 5}", "expected object or boolean"),
    ],
)
def test_a_profile_whose_members_have_no_usable_schema_is_refused_in_a_line(
    fields: str, said: str, tmp_path: Path
) -> None:
    file = _profile(tmp_path, fields)
    code, _, err = chunkspec("check", STREAM, "--profile", file)
    assert (code, len(err.splitlines())) == (2, 1)
    assert file in err
    assert said in err
