"""What an answer means, the protocol alone says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.compare.answers import compared
from tests.corpus import CORPUS
from tests.rechunked import payloads, stream
from validator import catalogue
from validator.compare import compare
from validator.meaning import meaning

MADE_UP = """
name: railway
title: Railway streams
default_profile: plain
scopes:
  lane: {in: stream, each: "lanes[]", key: number, plural: lanes}
shows: [{name: load, on: "lanes[].load", says: what goes}]
meaning:
  joined: ["lanes[].load"]
  last: [weather]
  varies: [stamp]
  identity: {lane: called}
  whole:
    where: {required: [timetable]}
    needs: {"lanes[]": {platform: null}}
    set: {timetable: complete}
    keyless: [lane]
"""


def test_what_is_a_piece_of_what_says_the_protocol_alone(tmp_path: Path) -> None:
    (tmp_path / "protocol.yaml").write_text(MADE_UP)
    protocol = catalogue.load_protocol(tmp_path)
    pieces = [
        {"stamp": 1, "weather": "fair", "lanes": [{"number": 3, "called": "north", "load": "co"}]},
        {"stamp": 2, "weather": "rain", "lanes": [{"number": 3, "load": "al"}, {"number": 5, "load": "wood"}]},
    ]
    streamed = meaning(stream(pieces), protocol=protocol)
    assert streamed.body() == {
        "stamp": 2,
        "weather": "rain",
        "lanes": [{"called": "north", "load": "coal", "platform": None}, {"load": "wood", "platform": None}],
    }
    whole = {"timetable": "complete", **streamed.body()}
    assert compare(streamed, meaning(json.dumps(whole).encode(), protocol=protocol)) == []
    whole["lanes"][0]["load"] = "cool"
    (found,) = compare(streamed, meaning(json.dumps(whole).encode(), protocol=protocol))
    assert found.message == "lane 3: load: differs from character 3 on"
    assert (found.place, found.a.value, found.b.value) == ("lanes[].load", "coal", "cool")


def test_no_code_names_what_a_protocol_has() -> None:
    package = Path(catalogue.__file__).parent
    files = [package / "compare.py", package / "difference.py", *sorted((package / "meaning").glob("*.py"))]
    assert [one.name for one in files if re.search(r"choices|delta|DONE|tool_calls", one.read_text())] == []


def test_every_protocol_says_what_comes_in_pieces() -> None:
    for protocol in catalogue.protocol_folders():
        assert meaning(b"", protocol=protocol).places.joined, protocol


def test_the_example_of_both_forms_is_the_same() -> None:
    data = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
    body = meaning(data).body()
    assert body["object"] == "chat.completion"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "Hello, world!", "refusal": None}
    assert "obfuscation" not in json.dumps(body)
    assert payloads(data)[0]["object"] == "chat.completion.chunk"
    assert compared(data, json.dumps(body).encode()) == []
