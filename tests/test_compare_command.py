"""``chunkspec compare``: its inputs, its reports, its exit codes."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.command import chunkspec
from tests.compare.answers import THINKS, UPSTREAM
from tests.corpus import CORPUS
from tests.formats.streams import HOSTILE, chunk, stream
from tests.rechunked import stream as answer
from validator.meaning import meaning
from validator.schema import BASE, SchemaSet

GOOD = CORPUS / "streams" / "openai" / "hello-world.sse"


@pytest.fixture
def both(tmp_path: Path) -> tuple[str, str]:
    """Return the two ends of a gateway that drops the reasoning."""
    a, b = tmp_path / "up.sse", tmp_path / "down.sse"
    a.write_bytes(answer(UPSTREAM))
    b.write_bytes(
        answer([one if isinstance(one, str) else {**one, "id": "x"} for one in UPSTREAM if one not in THINKS])
    )
    return str(a), str(b)


def test_what_was_lost_is_told_with_its_places(both: tuple[str, str]) -> None:
    code, out, err = chunkspec("compare", *both)
    assert (code, err) == (1, "")
    assert "  lost    choice 0: reasoning is lost\n" in out
    assert (
        "    A  event 2, line 3, column 139, byte 318, /choices/0/delta/reasoning_content\n       | It is far.\n"
        in out
    )
    assert "/choices/0/delta\n       nothing\n" in out
    assert "different: 1 difference in meaning (chat.completions).\n" in out
    assert "Minor, as two captures of one answer may have them: id (--verbose tells them).\n" in out
    assert "changed id: c1 became x (two captures" in chunkspec("compare", *both, "--verbose")[1]


def test_a_capture_is_the_same_as_its_answer_not_streamed(tmp_path: Path) -> None:
    body = meaning(GOOD.read_bytes()).body()
    for name, text in (("one-line.json", json.dumps(body)), ("lines.json", json.dumps(body, indent=2))):
        file = tmp_path / name
        file.write_text(text)
        assert chunkspec("compare", str(GOOD), str(file))[::2] == (0, "")
        assert chunkspec("compare", str(file), str(GOOD))[::2] == (0, "")
        assert "\nsame: both mean the same" in chunkspec("compare", str(file), str(file))[1]
    packed = tmp_path / "packed.sse.gz"
    packed.write_bytes(gzip.compress(GOOD.read_bytes()))
    assert chunkspec("compare", str(GOOD), str(packed))[0] == 0


def test_a_place_of_a_body_is_one_in_its_file(tmp_path: Path) -> None:
    body = meaning(GOOD.read_bytes()).body()
    body["choices"][0]["message"]["content"] = "Hello, wörld!"
    file = tmp_path / "answer.json"
    file.write_text("\n" + json.dumps(body, indent=2, ensure_ascii=False), encoding="utf-8")
    code, out, _ = chunkspec("compare", str(GOOD), str(file), "--format", "json")
    (found,) = (one for one in json.loads(out)["differences"] if not one["minor"])
    assert code == 1
    place = found["b"]
    line = file.read_text(encoding="utf-8").splitlines()[place["line"] - 1]
    assert line[place["column"] - 1] == "ö"
    data = file.read_bytes()
    assert data[place["byte_offset"] : place["byte_offset"] + place["byte_length"]] == "ö".encode()
    assert (place["event"], place["pointer"]) == (None, "/choices/0/message/content")


def test_an_answer_that_a_probe_kept_is_compared_with_its_twin(tmp_path: Path) -> None:
    streamed = tmp_path / "twin.sse"
    streamed.write_bytes(answer([one for one in UPSTREAM if "usage" not in one]))
    body = meaning(answer(UPSTREAM)).body()
    body["choices"][0]["message"]["content"] = "I look it down."
    kept = tmp_path / "twin.answer.json"
    request = {"model": "m", "stream_options": {"include_usage": False}}
    kept.write_text(json.dumps({"request": request, "response": {"status": 200}, "body": body}))
    code, out, _ = chunkspec("compare", str(kept), str(streamed), "--format", "json")
    found = [one for one in json.loads(out)["differences"] if not one["minor"]]
    assert code == 1
    assert [(one["name"], one["a"]["pointer"]) for one in found] == [("text", "/body/choices/0/message/content")]


def test_json_is_by_its_schema(both: tuple[str, str]) -> None:
    code, out, _ = chunkspec("compare", *both, "--format", "json")
    told = json.loads(out)
    assert code == 1
    assert list(SchemaSet().at(f"{BASE}meta/comparison.json").breaches(told)) == []
    assert told["summary"] == {"differences": 1, "minor": 1}
    assert [one["what"] for one in told["differences"]] == ["changed", "lost"]


def test_several_formats_go_to_files(both: tuple[str, str], tmp_path: Path) -> None:
    files = tmp_path / "out.json", tmp_path / "out.md"
    code, out, _ = chunkspec("compare", *both, "--format", f"json:{files[0]}", "--format", f"markdown:{files[1]}")
    assert (code, out) == (1, "")
    assert json.loads(files[0].read_text())["same"] is False
    assert "| lost | `choice 0: reasoning is lost` | `It is far.` | nothing |" in files[1].read_text()


def test_what_does_not_count_fails_nothing(both: tuple[str, str]) -> None:
    code, out, _ = chunkspec("compare", *both, "--ignore", "choices[].delta.reasoning_content", "--ignore", "id")
    assert code == 0
    assert "Minor" not in out


def test_text_of_a_stream_is_text(tmp_path: Path) -> None:
    a, b = tmp_path / "a.sse", tmp_path / "b.sse"
    a.write_bytes(stream([chunk({"content": HOSTILE, HOSTILE: HOSTILE}, HOSTILE)]))
    b.write_bytes(stream([chunk({"content": "x"}, "stop")]))
    for form in ("text", "markdown"):
        code, out, _ = chunkspec("compare", str(a), str(b), "--verbose", "--format", form)
        assert code == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2028\u2066-\u2069]", out)
        assert not re.search(r"^\s*::|##\[|##vso\[", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.sse"], "nowhere.sse: there is no such file"),
        (["empty.sse"], "empty.sse: has no event with data, and is no JSON object: nothing to compare"),
        (["words.txt"], "words.txt: has no event with data, and is no JSON object: nothing to compare"),
        (
            ["more"],
            "more: names 2 streams, such as more/a.sse and more/b.sse; compare takes two, each by its own name",
        ),
        (["legacy.sse"], "legacy.sse of text.completion: they can only be compared by one --protocol"),
        (["good.sse", "--protocol", "chat"], "unknown protocol 'chat'"),
        (["good.sse", "--ignore", "a b"], "--ignore 'a b' is not a place"),
        (["good.sse", "--format", "html"], "unknown format 'html': known are text, json, markdown"),
        (["good.sse", "--output", "good.sse"], "good.sse: is one of the captures; these are never written to"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.sse").write_bytes(GOOD.read_bytes())
    (tmp_path / "empty.sse").write_bytes(b"")
    (tmp_path / "words.txt").write_text("only words")
    (tmp_path / "legacy.sse").write_bytes((CORPUS / "streams" / "openai-completions" / "text.sse").read_bytes())
    (tmp_path / "more").mkdir()
    for name in "ab":
        (tmp_path / "more" / f"{name}.sse").write_bytes(GOOD.read_bytes())
    code, out, err = chunkspec("compare", "good.sse", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert told in err
    assert (tmp_path / "good.sse").read_bytes() == GOOD.read_bytes()


def test_an_error_body_is_compared_by_the_protocol_of_the_other(tmp_path: Path) -> None:
    error = tmp_path / "error.json"
    error.write_text('{"error": {"message": "overloaded", "type": "server_error"}}')
    legacy = CORPUS / "streams" / "openai-completions" / "text.sse"
    code, out, err = chunkspec("compare", str(legacy), str(error), "--format", "json")
    assert (code, err) == (1, "")
    told = json.loads(out)
    assert told["protocol"] == "text.completion"
    assert ("added", "error") in {(one["what"], one["name"]) for one in told["differences"]}


def test_what_the_readme_shows_works(both: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(r"^    chunkspec (compare .+)$", readme, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    for given, name in zip(both, ("upstream.sse", "downstream.sse"), strict=True):
        Path(given).rename(tmp_path / name)
    assert chunkspec(*first.split())[0] == 1
    (tmp_path / "streamed.sse").write_bytes(GOOD.read_bytes())
    (tmp_path / "answer.json").write_text(json.dumps(meaning(GOOD.read_bytes()).body()))
    assert chunkspec(*second.split())[0] == 0
