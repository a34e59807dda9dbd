"""Protocols beside one another: a profile decides which one judges, and a protocol is made of files alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from validator import StreamValidator, catalogue, check
from validator.judge import Judge
from validator.run import run
from validator.yamlfile import PROTOCOLS, ConfigError, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

HELLO = CORPUS / "streams" / "openai" / "hello-world.sse"
COMPLETION = (
    b'data: {"id":"cmpl-Q7m2","object":"text_completion","created":1780000000,"choices":[{"text":" blue","index":0,'
    b'"logprobs":null,"finish_reason":null}],"model":"gpt-3.5-turbo-instruct"}\n\n'
    b'data: {"id":"cmpl-Q7m2","object":"text_completion","created":1780000000,"choices":[{"text":"","index":0,'
    b'"logprobs":null,"finish_reason":"stop"}],"model":"gpt-3.5-turbo-instruct"}\n\n'
    b"data: [DONE]\n\n"
)


@pytest.fixture
def completion(tmp_path: Path) -> Path:
    """Return a legacy completion, with a sidecar that names its profile."""
    file = tmp_path / "completion.sse"
    file.write_bytes(COMPLETION)
    (tmp_path / "completion.meta.json").write_text('{"profile": "openai-completions"}')
    return file


def test_a_profile_s_name_is_that_of_its_file_and_no_other_protocol_has_it() -> None:
    files = sorted(PROTOCOLS.glob("*/profiles/*.yaml"))
    assert len({path.stem for path in files}) == len(files)
    for path in files:
        entry = read_yaml(path, "profile")
        assert (entry["name"], entry["protocol"].replace(".", "_")) == (path.stem, path.parents[1].name)


def test_the_default_profile_of_each_protocol_is_there() -> None:
    for name in catalogue.protocol_folders():
        profile = catalogue.protocol(name).default_profile
        assert catalogue.find_profile(profile)[0].name == name


def test_without_a_name_the_default_profile_of_the_default_protocol_judges() -> None:
    protocol, profile = catalogue.find_profile()
    assert (protocol.name, profile.name) == (catalogue.DEFAULT_PROTOCOL, protocol.default_profile)


def test_a_profile_of_a_file_is_of_the_protocol_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nprotocol: text.completion\nextends: openai-completions\nsummary: s\npatches: []\n")
    protocol, profile = catalogue.find_profile(str(file))
    assert (protocol.name, profile.name) == ("text.completion", "mine")


def test_an_unknown_profile_s_error_names_all_and_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        catalogue.find_profile("openai-completion")
    for name in catalogue.profile_files():
        assert name in str(caught.value)
    assert str(caught.value).endswith("did you mean 'openai-completions'?")


def test_a_profile_of_an_unknown_protocol_is_refused_by_the_name_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nprotocol: text.completions\nsummary: s\npatches: []\n")
    with pytest.raises(ConfigError, match=r"mine.yaml: unknown protocol 'text.completions'.*mean 'text.completion'"):
        catalogue.find_profile(str(file))


def test_a_stream_is_judged_by_the_protocol_of_its_profile() -> None:
    report = check(COMPLETION, profile="openai-completions").streams[0]
    assert (report.protocol, report.ending, report.findings) == ("text.completion", "finished", ())
    stream = StreamValidator(meta={"profile": "openai-completions"})
    stream.feed(COMPLETION)
    assert stream.close().streams[0].protocol == "text.completion"


def test_streams_of_both_protocols_are_judged_in_one_run(completion: Path) -> None:
    report = run(Judge(), [str(HELLO), str(completion)])
    assert [(one.protocol, one.profile, one.ok) for one in report.streams] == [
        ("chat.completions", "openai", True),
        ("text.completion", "openai-completions", True),
    ]
    assert report.failures == ()


def test_an_option_may_name_what_only_another_protocol_has(completion: Path) -> None:
    report = run(Judge(ignore=("role-once",)), [str(HELLO), str(completion)])
    assert report.failures == ()
    selected = run(Judge(select=("role-once",)), [str(completion)])
    assert selected.streams[0].exercised == ()


def test_the_command_chooses_the_protocol_by_the_profile(completion: Path) -> None:
    code, out, err = chunkspec("check", str(completion), "--profile", "openai-completions", "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["streams"][0]["protocol"] == "text.completion"
    assert chunkspec("check", str(completion), "--profile", "openai")[0] == 1


def test_the_command_lists_profiles_and_rules_of_every_protocol() -> None:
    code, out, _ = chunkspec("profiles")
    listed = {tuple(line.split()[:2]) for line in out.splitlines()}
    assert code == 0
    assert listed >= {("openai", "chat.completions"), ("openai-completions", "text.completion")}
    assert {name for name, _ in listed} == set(catalogue.profile_files())
    for name in catalogue.protocol_folders():
        code, out, _ = chunkspec("rules", "--protocol", name)
        assert code == 0
        assert {line.split()[0] for line in out.splitlines()} == set(catalogue.protocol(name).rules)


@pytest.mark.parametrize("name", catalogue.protocol_folders())
def test_a_protocol_is_data_and_no_code(name: str) -> None:
    folder = catalogue.protocol_folders()[name]
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} <= {".yaml", ".json", ".md"}


def made(folder: Path, amends: str) -> Path:
    """Write a protocol that extends another and amends what that one says."""
    for name, more in (("base", ""), ("above", f"extends: base\n{amends}")):
        (folder / name / "rules").mkdir(parents=True)
        (folder / name / "protocol.yaml").write_text(f"name: {name}\ntitle: {name}\ndefault_profile: plain\n{more}")
    rule = (
        "- {id: gate-shut, severity: error, on: gate, check: {never: {}}, why: w, breaks: {a 1: b}, "
        "yields_to: [bell]}\n"
        "- {id: bell, on: bell, check: {never: {}}}\n- {id: whistle, on: whistle, check: {never: {}}}\n"
    )
    (folder / "base" / "rules" / "gates.yaml").write_text(rule)
    return folder / "above"


def test_a_protocol_can_say_otherwise_what_it_inherits(tmp_path: Path) -> None:
    above = catalogue.load_protocol(
        made(tmp_path, "amends: {gate-shut: {severity: info, breaks: {}, yields_to: [whistle]}}\n")
    )
    rule = above.rules["gate-shut"]
    assert (rule.severity, rule.breaks, rule.why) == ("info", {}, "w")
    assert rule.yields_to == ("bell", "whistle")
    assert catalogue.load_protocol(tmp_path / "base").rules["gate-shut"].severity == "error"


def test_a_protocol_can_not_amend_what_it_does_not_inherit(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="amends: unknown rule 'gate-shot'; did you mean 'gate-shut'"):
        catalogue.load_protocol(made(tmp_path, "amends: {gate-shot: {severity: info}}\n"))


def test_a_case_that_rules_yield_to_is_one_that_the_corpus_shows() -> None:
    said: set[str] = set()
    for folder in sorted((CORPUS / "rules").iterdir()):
        report = check(folder)
        said |= {f"{one.rule}.{one.case}" for one in report.findings if one.case is not None}
    named = {
        name
        for protocol in map(catalogue.protocol, catalogue.protocol_folders())
        for rule in protocol.rules.values()
        for name in (*rule.yields_to, *rule.yields_after)
        if "." in name
    }
    assert named
    assert named <= said
