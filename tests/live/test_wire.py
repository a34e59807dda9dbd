"""What goes over the wire: no byte is lost or added, whatever it is cut into, and each fault does what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.live.faults import FAULTS, Unfit
from validator.live.wire import Wire
from validator.live.wish import Wish, wish_of

BLOCKS = [b'data: {"a":"\xc3\xbc \xe2\x98\x83"}\n\n', b'data: {"b":1}\r\n\r\n', b": note\n\n", b"data: [DONE]\n\n"]
BODY = b"".join(BLOCKS)
READS = [[0.5, 10], [0.75, 12], [2.0, len(BODY) - 22], [2.5, 0]]


def pieces(wire: Wire) -> list[bytes]:
    return [one.data for one in wire.pieces()]


def play(query: str, body: bytes = BODY, reads: list[list[float]] | None = None) -> Wire:
    return Wish().changed(query).applied(Wire.of(body, reads or []))


@pytest.mark.parametrize("reads", ["recorded", "event", "byte", "whole", "1", "7", "1000"])
def test_bytes_stay_however_they_are_cut(reads: str) -> None:
    assert b"".join(pieces(play(f"reads={reads}", reads=READS))) == BODY


def test_reads_are_those_that_were_recorded() -> None:
    assert [len(one) for one in pieces(play("", reads=READS))] == [10, 12, len(BODY) - 22]
    assert [len(one) for one in pieces(play("reads=25", reads=READS))] == [25, 25, len(BODY) - 50]
    assert pieces(play("reads=event", reads=READS)) == pieces(play("")) == BLOCKS
    assert pieces(play("reads=whole", reads=READS)) == [BODY]
    assert pieces(play("reads=byte")) == [BODY[at : at + 1] for at in range(len(BODY))]


def test_a_piece_comes_when_its_last_byte_was_read() -> None:
    wire = play("reads=event", reads=READS)
    assert [one.at for one in wire.pieces("recorded")] == [0.75, 2.0, 2.0, 2.0]
    assert [one.at for one in wire.pieces("20")] == [0.0, 0.02, 0.04, 0.06]
    assert {one.at for one in wire.pieces()} == {0.0}
    assert (wire.ends_at("recorded"), wire.ends_at("none")) == (2.5, 0.0)


def test_a_pause_makes_all_that_follows_late() -> None:
    assert [one.at for one in play("fault=pause&at=1&seconds=3").pieces()] == [0.0, 3.0, 3.0, 3.0]
    late = play("fault=pause&at=1&seconds=3", reads=READS)
    assert [one.at for one in late.pieces("recorded")] == [0.5, 0.75, 5.0]
    assert late.ends_at("recorded") == 5.5


def test_characters_fields_and_line_ends_are_split() -> None:
    assert pieces(play("fault=split-character&reads=whole")) == [
        b'data: {"a":"\xc3',
        b"\xbc \xe2",
        b"\x98",
        b'\x83"}\n\n' + b"".join(BLOCKS[1:]),
    ]
    assert [one[:4] for one in pieces(play("fault=split-field&reads=whole"))] == [b"da", b"ta: ", b"ta: ", b"ta: "]
    ends = pieces(play("fault=split-line-end&reads=whole"))
    assert b"".join(one for one in ends if len(one) == 1) == b"\n\n\r\n\r\n\n\n\n\n"
    assert {len(one) for one in pieces(play("fault=byte-by-byte&reads=whole"))} == {1}


@pytest.mark.parametrize(
    ("query", "body", "end", "head"),
    [
        ("fault=no-done", b"".join(BLOCKS[:-1]), "close", True),
        ("fault=no-last-blank-line", BODY[:-1], "close", True),
        ("fault=empty", b"", "close", True),
        ("fault=truncate&at=1", BLOCKS[0], "close", True),
        ("fault=cut&at=1", BLOCKS[0], "cut", True),
        ("fault=cut-inside&at=1", BLOCKS[0] + b'data: {"', "cut", True),
        ("fault=reset&at=0", b"", "reset", True),
        ("fault=stall", BLOCKS[0] + BLOCKS[1], "stall", True),
        ("fault=no-answer", b"", "stall", False),
        ("fault=reset-at-once", b"", "reset", False),
    ],
)
def test_a_fault_takes_what_it_says(query: str, body: bytes, end: str, head: bool) -> None:
    wire = play(query)
    assert (b"".join(pieces(wire)), wire.end, wire.head) == (body, end, head)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_no_byte_that_it_sends(name: str) -> None:
    assert BODY.startswith(b"".join(pieces(play(f"fault={name}&reads=5"))))


def test_faults_go_together_in_whatever_order() -> None:
    one = play("fault=reset&fault=no-done&fault=byte-by-byte&at=3")
    other = play("fault=byte-by-byte,no-done,reset&at=3")
    assert one == other
    assert {len(piece) for piece in pieces(one)} == {1}


@pytest.mark.parametrize(
    ("query", "body", "why"),
    [
        ("fault=split-character", b"data: x\n\n", "several bytes"),
        ("fault=no-done", b"data: x\n\n", "says that it is done"),
        ("fault=split-field", b"\n\n", "no field"),
        ("fault=split-line-end", b"data", "no line end"),
        ("fault=no-last-blank-line", b"data: x", "blank line"),
        ("fault=cut&at=9", b"data: x\n\n", "1 events"),
        ("fault=cut-inside&at=1", b"data: x\n\n", "no event follows"),
    ],
)
def test_a_fault_that_cannot_be_played_says_why(query: str, body: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        play(query, body)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("fault=restet", "did you mean 'reset'"),
        ("reads=0", "at least 1"),
        ("reads=-1", "not '-1'"),
        ("reads=evnt", "not 'evnt'"),
        ("timing=soon", "milliseconds"),
        ("timing=9999999", "at most"),
        ("at=x", "number of events"),
        ("seconds=nan", "from 0 to"),
        ("seconds=1e9", "from 0 to"),
        ("fualt=reset", "did you mean 'fault'"),
    ],
)
def test_an_unknown_wish_is_refused(query: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Wish().changed(query)


def test_a_request_says_otherwise_than_the_server() -> None:
    server = wish_of({"reads": "byte", "timing": "20", "at": None, "seconds": "1"}, ("reset", "no-done"))
    assert server == Wish("byte", "20", ("reset", "no-done"), None, 1.0)
    assert server.changed("fault=none").faults == ()
    assert server.changed("fault=stall").faults == ("stall",)
    assert server.changed("api-version=3", strict=False) == server


@given(
    st.binary(max_size=200),
    st.lists(st.integers(1, 40), max_size=8),
    st.sampled_from(sorted(FAULTS)),
    st.integers(0, 3),
)
def test_any_bytes_can_be_played(data: bytes, sizes: list[int], fault: str, at: int) -> None:
    wire = Wire.of(data, [[0.1 * number, size] for number, size in enumerate(sizes)])
    assert b"".join(one.data for one in wire.read_by("recorded").pieces("recorded")) == data
    try:
        broken = FAULTS[fault].apply(wire, at, 1.0).read_by("recorded")
    except Unfit:
        return
    sent = list(broken.pieces("recorded"))
    assert all(one.data for one in sent)
    assert sorted(one.at for one in sent) == [one.at for one in sent]
    assert len(b"".join(one.data for one in sent)) <= len(data)
