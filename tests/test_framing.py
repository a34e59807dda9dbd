"""The tree of a block that rules of framing look at, and the way back from it to the bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator import framing
from validator.protocol import Sentinel
from validator.sse import events

END = Sentinel("<<end>>", r"(?i)\s*<*end>*\s*")


def tree(data: bytes, position: int = 0) -> dict[str, Any]:
    return framing.describe(events(data)[position], END)


def place(data: bytes, *path: str | int, position: int = 0) -> bytes:
    """Return the bytes of the stream that a path in the tree of a block leads to."""
    offset, length = framing.locate(events(data)[position], path)
    return data[offset : offset + length]


def test_a_usual_block_is_described() -> None:
    assert tree(b'data: {"a":1}\n\n') == {
        "lines": [{"end": "LF", "length": 13, "text": 'data: {"a":1}'}],
        "blank": "LF",
        "fields": [{"name": "data", "value": '{"a":1}', "text": 'data: {"a":1}', "end": "LF", "holds": None}],
        "comments": [],
        "data_lines": 1,
        "values": [None],
        "terminated": True,
        "last": None,
        "invalid": None,
        "data": '{"a":1}',
        "start": {"bom": False, "encoding": "UTF-8"},
    }


def test_all_parts_of_a_block_are_described() -> None:
    told = tree(b": note\r\nevent: x\r\nid: 7\nretry: 5\rdata: [1]\r\n\r\n")
    assert [line["end"] for line in told["lines"]] == ["CRLF", "CRLF", "LF", "CR", "CRLF"]
    assert told["blank"] == "CRLF"
    assert told["comments"] == [" note"]
    assert [field["name"] for field in told["fields"]] == ["event", "id", "retry", "data"]
    assert (told["name"], told["id"], told["retry"], told["data"]) == ("x", "7", "5", "[1]")
    assert (told["json"], told["members"]) == ("array", {})


def test_the_members_of_a_named_event_are_told_by_their_types() -> None:
    told = tree(b'event: e\ndata: {"a":{},"b":[],"c":"","d":1,"e":1.5,"f":true,"g":null}\n\n')
    types = {"a": "object", "b": "array", "c": "string", "d": "number", "e": "number", "f": "boolean", "g": "null"}
    assert (told["json"], told["members"]) == ("object", types)
    assert "json" not in tree(b"event: e\ndata: {\n\n")
    assert "json" not in tree(b'data: {"a":1}\n\n')


def test_only_the_first_block_of_a_stream_tells_how_it_starts() -> None:
    data = b"\xef\xbb\xbfdata: 1\n\ndata: 2\n\n"
    assert tree(data)["start"] == {"bom": True, "encoding": "UTF-8"}
    assert "start" not in tree(data, 1)


@pytest.mark.parametrize(("codec", "name"), [("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE")])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["without a mark", "with a mark"])
def test_utf_16_is_known_by_its_first_bytes(codec: str, name: str, mark: str) -> None:
    data = (mark + "data: {}\n\n").encode(codec)
    assert tree(data)["start"] == {"bom": False, "encoding": name}
    assert place(data, "start", "encoding") == data[:2]


@pytest.mark.parametrize("data", [b"\n\n", b"d", b"d\0", b"\0\0\0\0\n\n", b":\0\n\n"])
def test_little_is_not_taken_for_utf_16(data: bytes) -> None:
    assert tree(data)["start"]["encoding"] == "UTF-8"


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        (b"data: {}", None),  # the only data line: how it decodes is told elsewhere
        (b"data: <<end>>", "sentinel"),
        (b"data: END", "sentinel"),
        (b'{"a": 1}', "object"),
        (b' \t{"a": 1} ', "object"),
        (b"<<end>>", "sentinel"),
        (b" <<end>>", "sentinel"),
        (b"end", None),  # on a line of its own only the exact word counts
        (b"[1]", None),
        (b'{"a": 1', None),
        (b'error: {"a": 1}', None),
        (b"Data: {}", None),
    ],
)
def test_what_a_line_holds(line: bytes, holds: str | None) -> None:
    assert [field["holds"] for field in tree(line + b"\n\n")["fields"]] == [holds]


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ([b"{}", b"[]", b'""', b"1", b"true", b"null"], ["object", "array", "string", "number", "boolean", "null"]),
        ([b"{}", b"<<end>>"], ["object", "sentinel"]),
        ([b"{", b'"a": 1', b"}"], [None, None, None]),
        ([b"", b""], [None, None]),
    ],
)
def test_what_several_data_lines_hold(lines: list[bytes], values: list[str | None]) -> None:
    assert tree(b"".join(b"data: " + line + b"\n" for line in lines) + b"\n")["values"] == values


def test_a_last_line_that_is_cut_before_its_colon_is_no_field() -> None:
    assert tree(b"data: 1\nfiel")["fields"] == tree(b"data: 1\n: ")["fields"]
    assert [field["name"] for field in tree(b"data: 1\nfield:")["fields"]] == ["data", "field"]
    assert [field["name"] for field in tree(b"data: 1\nfield\n")["fields"]] == ["data", "field"]
    assert [field["holds"] for field in tree(b"<<end>>")["fields"]] == ["sentinel"]


def test_the_first_bytes_that_are_not_utf_8_are_told() -> None:
    data = b"data: \xc3\xa9 \xff\xfe\n\n"
    assert tree(data)["invalid"] == "ff"
    assert place(data, "invalid") == b"\xff"
    cut_short = b"data: 1\n\ndata: \xe2\x82\n\n"
    assert tree(cut_short, 1)["invalid"] == "e2 82"
    assert place(cut_short, "invalid", position=1) == b"\xe2\x82"


def test_a_character_cut_by_the_end_of_the_stream_is_not_wrong() -> None:
    assert tree(b"data: \xe2\x82")["invalid"] is None
    assert tree(b"data: \xff\xe2\x82")["invalid"] == "ff"
    assert tree(b"data: \xe2\x82\n")["invalid"] == "e2 82"


@given(st.text(max_size=8))
def test_a_part_of_a_last_character_is_left_out_and_nothing_else(text: str) -> None:
    data = text.encode()
    assert framing.whole_characters(data) == data
    for end in range(len(data)):
        assert framing.whole_characters(data[:end]) == data[:end].decode(errors="ignore").encode()


STREAM = (
    b'\xef\xbb\xbf: hm\r\nevent: a\nevent: b\nid: 7\nretry: 5\nx: y\ndata: {"a":\ndata: 1}\n\n\ndata: [1]\r\n\r\n'
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("start", "bom"), b"\xef\xbb\xbf"),
        (("lines", 0), b": hm"),
        (("lines", 0, "text"), b": hm"),
        (("lines", 0, "length"), b": hm"),
        (("lines", 0, "end"), b"\r\n"),
        (("comments", 0), b": hm"),
        (("fields", 0), b"event: a"),
        (("fields", 4, "name"), b"x"),
        (("fields", 4, "value"), b"y"),
        (("fields", 4, "holds"), b"x: y"),
        (("name",), b"event: b"),
        (("id",), b"id: 7"),
        (("retry",), b"retry: 5"),
        (("data",), b'data: {"a":'),
        (("json",), b'data: {"a":'),
        (("members", "a"), b'data: {"a":'),
        (("values",), b"data: 1}"),
        (("terminated",), b"data: 1}"),
        (("blank",), b"\n"),
        ((), b": hm"),
        (("nothing",), b": hm"),
    ],
)
def test_a_path_leads_back_to_its_bytes(path: tuple[str | int, ...], text: bytes) -> None:
    assert place(STREAM, *path) == text


def test_a_path_in_a_block_without_lines_leads_to_its_line_end() -> None:
    assert place(STREAM, "data", position=1) == b"\n"
    assert place(STREAM, position=1) == b"\n"


def test_a_path_to_what_is_not_there_leads_to_the_first_line() -> None:
    assert place(STREAM, "name", position=2) == b"data: [1]"
    assert place(b"id: 1\nretry: 5\n\n", "data") == b"id: 1"
    assert place(b"id: 1\nretry: 5\n\n", "values") == b"id: 1"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b'data: {"a":1}\n\n', "LF"),
        (b'data: {"a":1}\r\n\r\n', "CRLF"),
        (b"data: [1]\n\n", "LF"),
        ('data: {"a":"é東🙂"}\n\n'.encode(), "LF"),
        (b'data: {"a":1}\n\r\n', None),
        (b'data: {"a":1}\r\n\n', None),
        (b'data: {"a":1}\r\r', None),
        (b'data: {"a":1}\n', None),
        (b'data: {"a":1}', None),
        (b'data:{"a":1}\n\n', None),
        (b'data:  {"a":1}\n\n', None),
        (b'Data: {"a":1}\n\n', None),
        (b'data: data: {"a":1}\n\n', None),
        (b"data: 1\n\n", None),
        (b"data: \n\n", None),
        (b"data\n\n", None),
        (b": c\n\n", None),
        (b"\n", None),
        (b'event: x\ndata: {"a":1}\n\n', None),
        (b'event: x\r\ndata: {"a":1}\r\n\r\n', None),
        (b'data: {"a":"\xe9"}\n\n', None),
        ('data: {"a":"\u2028"}\n\n'.encode(), None),
        ('data: {"a":"\u2029"}\n\n'.encode(), None),
        ('data: {"a":"\u0085"}\n\n'.encode(), None),
        (b'data: {"a":"' + b"b" * framing.LONGEST_ORDINARY + b'"}\n\n', None),
    ],
)
def test_which_blocks_are_ordinary(data: bytes, form: str | None) -> None:
    assert framing.ordinary(events(data)[0]) == form


def test_of_a_block_of_very_many_lines_only_the_first_are_described() -> None:
    assert len(tree(b"a\n" * (framing.MOST_LINES + 1))["fields"]) == framing.MOST_LINES


@given(st.binary(max_size=60))
def test_any_bytes_are_described_and_every_path_leads_into_the_stream(data: bytes) -> None:
    for event in events(data):
        told = framing.describe(event, END)
        for key in ("lines", "fields", "comments", "values"):
            for position in range(len(told[key])):
                for below in ("name", "value", "text", "end", "holds"):
                    offset, length = framing.locate(event, (key, position, below))
                    assert event.offset <= offset <= offset + length <= event.offset + len(event.raw)
        for key in told:
            offset, length = framing.locate(event, (key,))
            assert event.offset <= offset <= offset + length <= event.offset + len(event.raw)
