"""The command: exit codes, formats, and one clear line for whatever cannot be used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import started as chunkspec
from tests.corpus import CORPUS
from validator.schema import BASE, SchemaSet

GOOD = str(CORPUS / "streams" / "openai" / "hello-world.sse")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a stream whose role stands on two deltas."""
    text = Path(GOOD).read_text()
    file = tmp_path / "role-twice.sse"
    file.write_text(text.replace('{"content":"Hello"}', '{"role":"assistant","content":"Hello"}'))
    return file


def test_a_good_stream_exits_0_and_says_so() -> None:
    code, out, err = chunkspec("check", GOOD)
    assert (code, err) == (0, "")
    assert out.startswith("passed: 1 stream, 0 with errors; 0 errors, 0 warnings, 0 infos.\nEnded: 1 finished.")


def test_findings_exit_1_and_tell_place_text_and_consequence(bad: Path) -> None:
    code, out, err = chunkspec("check", str(bad))
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == f"{bad}: 1 error; profile openai; ending: finished"
    assert "  error role-once  event 2, line 3, column 241, choice 0" in lines
    marked = next(line for line in lines if line.strip("| ^") == "" and "^" in line)
    framed = lines[lines.index(marked) - 1]
    assert framed[marked.index("^") : marked.rindex("^") + 1] == '"assistant"'
    assert any(line.startswith("    see       event 1, line 1, column 241") for line in lines)
    assert any("assistantassistant" in line for line in lines)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--severity", "role-once=warning"], 0),
        (["--severity", "role-once=warning", "--fail-on", "warning"], 1),
        (["--severity", "order=info", "--fail-on", "warning"], 0),
        (["--fail-on", "never"], 0),
        (["--ignore", "role-once"], 0),
        (["--ignore", "order"], 0),
        (["--select", "identity,usage"], 0),
        (["--select", "order"], 1),
    ],
)
def test_options_decide_what_fails(bad: Path, options: list[str], code: int) -> None:
    assert chunkspec("check", str(bad), *options)[0] == code


def test_json_keeps_the_contract(bad: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    code, out, _ = chunkspec("check", str(bad), GOOD, "--format", "json", "--output", str(target))
    assert (code, out) == (1, "")
    report = json.loads(target.read_text())
    schema = SchemaSet().at(f"{BASE}meta/report.json")
    assert list(schema.breaches(report)) == []
    assert report["summary"] == {"streams": 2, "failed": 1, "errors": 1, "warnings": 0, "infos": 0, "suppressed": 0}
    (finding,) = report["streams"][0]["findings"]
    assert finding["rule"] == "role-once"
    assert finding["pointer"] == "/choices/0/delta/role"
    assert finding["choice"] == 0
    start = finding["byte_offset"]
    assert bad.read_bytes()[start : start + finding["byte_length"]] == b'"assistant"'
    assert report["streams"][1]["findings"] == []


def test_standard_input_is_judged(bad: Path) -> None:
    code, out, _ = chunkspec("check", "-", stdin=bad.read_bytes())
    assert code == 1
    assert out.startswith("<stdin>: 1 error")


def test_a_folder_is_walked(bad: Path) -> None:
    (bad.parent / "deeper").mkdir()
    (bad.parent / "deeper" / "good.sse").write_bytes(Path(GOOD).read_bytes())
    code, out, _ = chunkspec("check", str(bad.parent))
    assert code == 1
    assert "failed: 2 streams, 1 with errors" in out


@pytest.mark.parametrize("text", ["\x1b[31mred\x07", "\u202eright to left", "\u2028line", "::error::no"])
def test_text_of_a_stream_never_acts_on_a_terminal(bad: Path, text: str) -> None:
    escaped = json.dumps(text)[1:-1]
    shown = bad.read_text().replace('"role":"assistant","content":"Hello"', f'"role":"{escaped}","content":"{text}"')
    bad.write_text(shown)
    _, out, _ = chunkspec("check", str(bad))
    assert not any(ord(char) < 32 and char != "\n" for char in out)
    assert not any(char in out for char in "\u202e\u2028")
    assert not any(line.startswith("::") for line in out.splitlines())


def unusable(tmp_path: Path) -> list[tuple[str, list[str], str]]:
    """Return names, arguments, and what the line on stderr must say."""
    empty = tmp_path / "empty"
    empty.mkdir()
    binary = tmp_path / "picture.sse"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    broken = tmp_path / "broken.yaml"
    broken.write_text("- id: x\n  on: [\n")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("- id: x\n  on: $\n  chek: {never: {}}\n")
    place = tmp_path / "place.yaml"
    place.write_text("- id: x\n  on: a..b\n  check: {never: {}}\n")
    check = tmp_path / "check.yaml"
    check.write_text("- id: x\n  on: $\n  check: {cont: {max: 1}}\n")
    option = tmp_path / "option.yaml"
    option.write_text("- id: x\n  on: $\n  check: {count: {maximum: 1}}\n")
    pattern = tmp_path / "pattern.yaml"
    pattern.write_text("- id: x\n  on: id\n  check: {matches: {pattern: '['}}\n")
    twice = tmp_path / "twice.yaml"
    twice.write_text("- id: role-once\n  on: $\n  check: {never: {}}\n")
    profile = tmp_path / "profile.yaml"
    profile.write_text(
        "name: mine\nprotocol: chat.completions\nsummary: s\n"
        "patches:\n- {rules: [role-onc], severity: off, source: s, note: n}\n"
    )
    meta = tmp_path / "meta.json"
    meta.write_text('{"respons": {}}')
    return [
        ("missing file", ["no-such.sse"], "no-such.sse: there is no such file"),
        ("empty folder", [str(empty)], f"{empty}: the folder holds no capture"),
        ("binary file", [str(binary)], f"{binary}: is a binary file"),
        ("unknown profile", [GOOD, "--profile", "opena"], "unknown profile 'opena'"),
        ("unknown rule", [GOOD, "--ignore", "role-onec"], "did you mean 'role-once'?"),
        ("unknown layer severity", [GOOD, "--severity", "ordre=off"], "did you mean 'order'?"),
        ("bad severity", [GOOD, "--severity", "role-once=fatal"], "is not RULE=LEVEL"),
        ("unknown option", [GOOD, "--formt", "json"], "--formt"),
        ("missing rules file", [GOOD, "--rules", "none.yaml"], "none.yaml: cannot be read"),
        ("broken YAML", [GOOD, "--rules", str(broken)], f"{broken}:3: not YAML"),
        ("unknown key", [GOOD, "--rules", str(wrong)], f"{wrong}:"),
        ("bad place", [GOOD, "--rules", str(place)], "'a..b' is not a place"),
        ("unknown check", [GOOD, "--rules", str(check)], "unknown check 'cont'; did you mean 'count'?"),
        ("bad check option", [GOOD, "--rules", str(option)], f"{option}: rule x: check count"),
        ("bad pattern", [GOOD, "--rules", str(pattern)], f"{pattern}: rule x: not a usable JSON Schema"),
        ("rule defined twice", [GOOD, "--rules", str(twice)], f"{twice}: rule 'role-once' is already defined"),
        ("profile of unknown rule", [GOOD, "--profile", str(profile)], "'role-onc'; did you mean 'role-once'?"),
        ("bad metadata", [GOOD, "--meta", str(meta)], f"{meta}: the file: unknown key 'respons'; did you"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(18))
def test_what_cannot_be_used_is_one_clear_line_and_exit_2(tmp_path: Path, number: int) -> None:
    name, args, wanted = unusable(tmp_path)[number]
    code, _, err = chunkspec("check", *args)
    assert (name, code) == (name, 2)
    assert wanted in err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_the_other_files_of_a_call_are_still_judged(bad: Path, tmp_path: Path) -> None:
    binary = tmp_path / "x.bin"
    binary.write_bytes(b"\0\1\2")
    code, out, err = chunkspec("check", "nowhere.sse", str(binary), str(bad), "--format", "json")
    report = json.loads(out)
    assert code == 2
    assert [stream["source"] for stream in report["streams"]] == [str(bad)]
    assert report["summary"]["errors"] == 1
    assert [failure["source"] for failure in report["failures"]] == ["nowhere.sse", str(binary)]
    assert len(err.splitlines()) == 2


def test_a_house_rule_of_a_few_lines_works(tmp_path: Path) -> None:
    rules = tmp_path / "house.yaml"
    rules.write_text(
        "- id: fingerprint-on-every-chunk\n"
        "  title: system_fingerprint is present on every chunk\n"
        "  severity: error\n"
        "  on: $\n"
        "  check: {matches: {required: [system_fingerprint]}}\n"
    )
    assert chunkspec("check", GOOD, "--rules", str(rules))[0] == 0
    lacking = tmp_path / "lacking.sse"
    lacking.write_text(Path(GOOD).read_text().replace('"system_fingerprint":"fp_bfa3527827",', "", 2))
    code, out, _ = chunkspec("check", str(lacking), "--rules", str(rules), "--select", "house")
    assert code == 1
    assert "error fingerprint-on-every-chunk  event 1, line 1, column 7, 2 times" in out
    assert "'system_fingerprint' is missing" in out


def test_a_finish_that_is_null_throughout_is_said_to_have_no_value() -> None:
    never = str(CORPUS / "rules" / "finish-exactly-once" / "bad-never.sse")
    assert "choices[].finish_reason never has a value in choice 0" in chunkspec("check", never)[1]


def test_what_lacks_all_that_a_house_rule_requires_is_told_once(tmp_path: Path) -> None:
    rules = tmp_path / "house.yaml"
    rules.write_text("- {id: kettle-and-teapot, on: $, check: {matches: {required: [kettle, teapot]}}}\n")
    out = chunkspec("check", GOOD, "--rules", str(rules), "--format", "concise")[1]
    assert out.count("kettle-and-teapot") == 1
    assert "the payload has none of kettle and teapot (7 times)" in out


def test_an_entry_of_a_rules_file_that_is_empty_lacks_all_its_keys(tmp_path: Path) -> None:
    rules = tmp_path / "house.yaml"
    rules.write_text("- {}\n")
    code, _, said = chunkspec("check", GOOD, "--rules", str(rules))
    assert code == 2
    assert said.endswith("house.yaml:1: /0: none of the keys id, on, check is there\n")


def test_explain_tells_a_rule_with_examples() -> None:
    code, out, _ = chunkspec("explain", "role-once")
    assert code == 0
    assert "role-once: " in out
    assert "A good stream" in out
    assert "A bad stream" in out
    assert re.search(r"^  error role-once  event \d", out, re.MULTILINE)


def test_explain_of_an_unknown_rule_names_the_nearest() -> None:
    code, _, err = chunkspec("explain", "role-onc")
    assert (code, err) == (2, "chunkspec: unknown rule 'role-onc'; did you mean 'role-once'?\n")


def test_a_layer_that_is_asked_for_wrongly_is_named() -> None:
    code, _, err = chunkspec("explain", "order")
    assert (code, err) == (2, "chunkspec: 'order' is no rule but a layer: chunkspec rules --layer order\n")
    code, _, err = chunkspec("rules", "--layer", "ordr")
    assert (code, err.endswith("; did you mean 'order'?\n")) == (2, True)


def test_rules_and_profiles_are_listed() -> None:
    code, out, _ = chunkspec("rules")
    assert code == 0
    assert any(line.split()[:3] == ["role-once", "error", "order"] for line in out.splitlines())
    code, out, _ = chunkspec("profiles")
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} >= {"openai", "compatible"}


def test_a_plain_check_imports_no_more_than_it_needs() -> None:
    late = {
        "click.shell_completion", "importlib.metadata", "jsonschema", "multiprocessing", "rich", "tomllib",
        "validator.baseline", "validator.captures.readers", "validator.parallel", "validator.trace",
    }  # fmt: skip
    program = (
        "import sys; from validator.cli import main\n"
        f"sys.argv = ['chunkspec', 'check', '--no-config', {GOOD!r}]\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert late & set(done.stderr.split()) == set()


@pytest.mark.parametrize("option", ["--select", "--ignore", "--profile"])
def test_an_option_that_names_nothing_is_refused_and_not_taken_for_none(option: str) -> None:
    for value in ("", ",") if option != "--profile" else ("",):
        code, _, err = chunkspec("check", GOOD, option, value)
        assert (code, len(err.splitlines())) == (2, 1)
        assert err.endswith("has a variable no value?\n")


@pytest.mark.parametrize(
    "arguments",
    [("check", GOOD, "{}"), ("check", GOOD, "--format", "text:{}"), ("check", GOOD, "--profile", "{}.yaml"),
     ("convert", GOOD, "-o", "{}"), ("compare", GOOD, "{}"), ("matrix", "a={}"), ("infer", "{}"), ("replay", "{}")],
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_told_as_what_it_is(arguments: tuple[str, ...]) -> None:
    code, _, err = chunkspec(*(one.format("a" * 300) for one in arguments))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "a" * 100 in err
    assert err.endswith("File name too long\n")
