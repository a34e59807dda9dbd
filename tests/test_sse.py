from __future__ import annotations

import re
import tracemalloc
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from validator.sse import BlockTooLong, Decoder, Event, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BOM = b"\xef\xbb\xbf"


def decode(reads: Iterable[bytes]) -> list[Event]:
    decoder = Decoder()
    events = [event for read in reads for event in decoder.feed(read)]
    return events + decoder.close()


def splits(stream: bytes) -> Iterator[list[bytes]]:
    """Whole, one byte a read (also with empty reads between), and in two reads cut at every place."""
    yield [stream]
    yield [stream[i : i + 1] for i in range(len(stream))]
    yield [read for i in range(len(stream)) for read in (b"", stream[i : i + 1])]
    yield from ([stream[:i], stream[i:]] for i in range(1, len(stream)))


def seen(event: Event) -> tuple[object, ...]:
    """All that an event says, to compare."""
    fields = (event.data, event.event, event.id, event.retry, event.comments)
    shape = (event.offset, event.line, event.last_line, event.number, event.terminated, event.plain)
    return event.raw, *shape, event.lines, event.blank_end, *fields


def decode_each_way(stream: bytes) -> list[Event]:
    """The events of a stream, which must be the same however it is read, and hold every byte of it."""
    events = decode([stream])
    assert b"".join(event.raw for event in events) == stream.removeprefix(BOM)
    for reads in splits(stream):
        assert [seen(event) for event in decode(reads)] == [seen(event) for event in events]
    return events


# What EventSource makes of the blocks ---------------------------------------------------------------------------


@dataclass
class EventSource:
    """The part of a browser's EventSource that works on blocks: which messages arrive, with which last id."""

    last_id: str = ""
    retry: int | None = None

    def dispatch(self, events: Iterable[Event]) -> list[tuple[str, str, str]]:
        return [message for event in events if event.terminated for message in self._dispatch(event)]

    def _dispatch(self, event: Event) -> Iterator[tuple[str, str, str]]:
        for line in event.lines:
            if line.name == b"id" and b"\0" not in line.value:
                self.last_id = line.value.decode(errors="replace")
            if line.name == b"retry" and re.fullmatch(rb"[0-9]+", line.value):
                self.retry = int(line.value)
        if event.data is not None:
            kind = (event.event or b"message").decode(errors="replace")
            yield kind, event.data.decode(errors="replace"), self.last_id


def messages(stream: bytes) -> list[tuple[str, str, str]]:
    return EventSource().dispatch(decode_each_way(stream))


# The platform tests of eventsource/format-*.any.js. Those on MIME types and the charset parameter judge response
# headers, and that a stream is asked for again after `retry` ms judges the connection: both are not the decoder's.
# Where the platform's reconnects to see a stream twice, it is decoded once here.
@pytest.mark.parametrize(
    ("stream", "data"),
    [
        pytest.param(BOM + b"data:1\n\n" + BOM + b"data:2\n\ndata:3\n\n", ["1", "3"], id="bom"),
        pytest.param(BOM + BOM + b"data:1\n\ndata:2\n\ndata:3\n\n", ["2", "3"], id="bom-2"),
        pytest.param(BOM + b"data:1\n\ndata:2\n\n", ["1", "2"], id="bom-split"),
        pytest.param(b"\xff\xfedata:1\n\ndata:2\n\n", ["2"], id="bom-utf-16-le"),
        pytest.param(b"\xfe\xffdata:1\n\ndata:2\n\n", ["2"], id="bom-utf-16-be"),
        pytest.param("data:ok…\n\n".encode(), ["ok…"], id="utf-8"),
        pytest.param(
            b"data:1\r:\0\n:\r\ndata:2\n:" + b"x" * 2049 + b"\rdata:3\n:data:fail\r:xxx\ndata:4\n\n",
            ["1\n2\n3\n4"],
            id="comments",
        ),
        pytest.param(b"retry:1000\ndata:test1\n\nid:test\ndata:test2", ["test1"], id="data-before-final-empty-line"),
        pytest.param(b"data:\n\ndata\ndata\n\ndata:test\n\n", ["", "\n", "test"], id="field-data"),
        pytest.param(
            b"data:\0\ndata: 2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\n"
            b"data:4\n\n",
            ["\0\n2\n1\n3\n\n4"],
            id="field-parsing",
        ),
        pytest.param(b"data:\0\ndata:  2\n\n", ["\0\n 2"], id="field-parsing-only-one-space-goes"),
        pytest.param(b"data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisis\ndata:test\n\n", ["test\n\ntest"],
                     id="field-unknown"),
        pytest.param(b"data:\ttest\rdata: \ndata:test\n\n", ["\ttest\n\ntest"], id="leading-space"),
        pytest.param(b"data:test\r\ndata\ndata:test\r\n\r", ["test\n\ntest"], id="newlines"),
        pytest.param(b"data:\0\n\n\n\n", ["\0"], id="null-character"),
        pytest.param(b"data:msg\ndata: msg\n\n:\n\ndata:msg\n\ndata: end\n\n", ["msg\nmsg", "msg", "end"],
                     id="event-data"),
    ],
)  # fmt: skip
def test_data_arrives_as_in_a_browser(stream: bytes, data: list[str]) -> None:
    assert [data for _, data, _ in messages(stream)] == data


@pytest.mark.parametrize(
    ("stream", "kinds"),
    [
        pytest.param(b"event:test\ndata:x\n\ndata:x\n\n", ["test", "message"], id="field-event"),
        pytest.param(b"event: \ndata:data\n\n", ["message"], id="field-event-empty"),
        pytest.param(b"event\ndata:data\n\n", ["message"], id="field-event-no-colon"),
        pytest.param(b"event:a\nevent: b\ndata\n\n", ["b"], id="the-last-one-counts"),
        pytest.param(b"event:a\ndata\nevent:\n\n", ["message"], id="the-last-one-counts-when-empty"),
        pytest.param(b"event:a\n\ndata:x\n\n", ["message"], id="no-data-fires-nothing-and-resets-the-type"),
        pytest.param(b"Event:a\nevent :b\ndata:x\n\n", ["message"], id="names-are-literal"),
    ],
)
def test_types_are_as_in_a_browser(stream: bytes, kinds: list[str]) -> None:
    assert [kind for kind, _, _ in messages(stream)] == kinds


@pytest.mark.parametrize(
    ("stream", "ids"),
    [
        pytest.param(b"id: 1\ndata:x\n\ndata:x\n\n", ["1", "1"], id="field-id-is-kept"),
        pytest.param(b"id: 1\ndata:x\n\nid:2\ndata:x\n\n", ["1", "2"], id="field-id-2-changes"),
        pytest.param(b"id: 1\ndata:x\n\nid\ndata:x\n\n", ["1", ""], id="field-id-3-reset-without-colon"),
        pytest.param(b"id: 1\ndata:x\n\nid:\ndata:x\n\n", ["1", ""], id="field-id-3-reset-with-colon"),
        pytest.param(b"id: 1\0x\ndata:x\n\n", [""], id="field-id-null-is-ignored"),
        pytest.param(b"id: 1\nid: 2\0\ndata:x\n\n", ["1"], id="field-id-null-keeps-the-one-before"),
        pytest.param("id: …\ndata:x\n\n".encode(), ["…"], id="field-id-not-ascii"),
        pytest.param(b"id: 1\n\ndata:x\n\n", ["1"], id="published-without-data"),
        pytest.param(b"data:x\n\nid:test\ndata:x", [""], id="unterminated-is-not-published"),
    ],
)
def test_last_event_ids_are_as_in_a_browser(stream: bytes, ids: list[str]) -> None:
    assert [last_id for _, _, last_id in messages(stream)] == ids


def test_the_last_id_stays_when_the_stream_ends_within_a_block() -> None:
    source = EventSource()
    source.dispatch(decode_each_way(b"id:1\ndata:x\n\nid:2\ndata:y\n"))
    assert source.last_id == "1"


@pytest.mark.parametrize(
    ("stream", "retry"),
    [
        pytest.param(b"retry:3000\n\ndata:x\n\n", 3000, id="field-retry"),
        pytest.param(b"retry:3000\n\nretry:1000x\ndata:x\n\n", 3000, id="field-retry-bogus"),
        pytest.param(b"retry:3000\n\nretry\ndata:test\n\n", 3000, id="field-retry-empty"),
        pytest.param(b"retry:3000\n\nretry:1000", 3000, id="unterminated"),
        pytest.param("retry:٣\n\n".encode(), None, id="digits-are-ascii"),
    ],
)
def test_retry_is_as_in_a_browser(stream: bytes, retry: int | None) -> None:
    source = EventSource()
    source.dispatch(decode_each_way(stream))
    assert source.retry == retry


# What a linter needs beside the messages ------------------------------------------------------------------------


def test_fields_are_reported_even_where_a_browser_ignores_them() -> None:
    (event,) = decode_each_way(b"id: a\nid: b\0\nretry: 1\nretry: soon\nevent: a\nevent\n\n")
    assert (event.id, event.retry, event.event) == (b"b\0", b"soon", b"")
    assert (event.data, event.number) == (None, None)


def test_fields_that_are_not_there_are_none() -> None:
    for event in decode_each_way(b"data: x\n\ndata:x\n\n"):
        assert (event.event, event.id, event.retry, event.comments) == (None, None, None, ())
        assert event.data == b"x"


def test_comments_keep_their_space() -> None:
    (event,) = decode_each_way(b": ping\ndata:1\n:\n::\n\n")
    assert event.comments == (b" ping", b"", b":")
    assert [(line.is_comment, line.name, line.value) for line in event.lines] == [
        (True, b"", b" ping"),
        (False, b"data", b"1"),
        (True, b"", b""),
        (True, b"", b":"),
    ]
    assert event.lines[0].value_offset == 1


def test_ill_formed_utf_8_is_kept() -> None:
    (event,) = decode_each_way(b"data: \xff\xc3\nd\xc3\xa4ta\xed\xa0\x80\n\n")
    assert event.data == b"\xff\xc3"
    assert event.lines[1].name == b"d\xc3\xa4ta\xed\xa0\x80"


@pytest.mark.parametrize("odd", ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\0"])
def test_only_cr_and_lf_end_a_line(odd: str) -> None:
    (event,) = decode_each_way(f"data: a{odd}{odd}b\n\n".encode())
    assert event.data == f"a{odd}{odd}b".encode()
    assert event.plain


def test_offsets_lines_and_numbers_of_plain_blocks() -> None:
    events = decode_each_way(b"data: a\n\ndata: b\n\n\ndata: c\n\n")
    assert [(e.offset, e.line, e.last_line, e.number) for e in events] == [
        (0, 1, 2, 1),
        (9, 3, 4, 2),
        (18, 5, 5, None),
        (19, 6, 7, 3),
    ]
    assert events[3].lines == (Line(b"data: c", 19, 6, b"\n"),)


def test_offsets_lines_and_numbers_of_a_mixed_stream() -> None:
    stream = BOM + b"data: a\r\n\r\n\n: c\r\revent: e\ndata:b\ndata\n\ndata: z"
    events = decode_each_way(stream)
    assert [(e.raw, e.offset, e.line, e.last_line, e.number) for e in events] == [
        (b"data: a\r\n\r\n", 3, 1, 2, 1),
        (b"\n", 14, 3, 3, None),
        (b": c\r\r", 15, 4, 5, None),
        (b"event: e\ndata:b\ndata\n\n", 20, 6, 9, 2),
        (b"data: z", 42, 10, 10, 3),
    ]
    assert [(e.terminated, e.blank_end) for e in events] == [
        (True, b"\r\n"), (True, b"\n"), (True, b"\r"), (True, b"\n"), (False, b""),
    ]  # fmt: skip
    assert events[0].lines == (Line(b"data: a", 3, 1, b"\r\n"),)
    assert events[1].lines == ()
    assert events[3].lines == (
        Line(b"event: e", 20, 6, b"\n"),
        Line(b"data:b", 29, 7, b"\n"),
        Line(b"data", 36, 8, b"\n"),
    )
    assert events[4].lines == (Line(b"data: z", 42, 10, b""),)
    assert [line.value_offset for line in events[3].lines] == [27, 34, 40]


@pytest.mark.parametrize(
    ("tail", "terminated", "last_end"),
    [
        (b"data: x", False, b""),
        (b"data: x\n", False, b"\n"),
        (b"data: x\r", False, b"\r"),
        (b"data: x\r\n", False, b"\r\n"),
        (b"data: x\n\r", True, b"\n"),
        (b"data: x\r\r", True, b"\r"),
        (b"data: x\r\n\r", True, b"\r\n"),
    ],
)
def test_the_tail_at_the_end_of_a_stream(tail: bytes, terminated: bool, last_end: bytes) -> None:
    *_, event = decode_each_way(b"data: w\n\n" + tail)
    assert (event.terminated, event.number, event.data) == (terminated, 2, b"x")
    assert [line.end for line in event.lines] == [last_end]


def test_no_mix_of_line_ends_shows_how_it_was_split() -> None:
    for length in range(1, 7):
        for pieces in product((b"\r", b"\n", b":"), repeat=length):
            decode_each_way(b"".join(pieces))


def test_a_last_cr_alone_is_a_blank_line() -> None:
    events = decode_each_way(b"\r")
    assert [(event.lines, event.terminated, event.blank_end) for event in events] == [((), True, b"\r")]


def test_a_block_that_a_cr_closes_waits_for_the_next_byte_and_no_other_does() -> None:
    decoder = Decoder()
    assert len(decoder.feed(b"data: x\r\n\n")) == 1
    assert decoder.feed(b"data: x\r\n\r") == []
    assert [event.blank_end for event in decoder.feed(b"d")] == [b"\r"]
    assert decoder.feed(b"ata\n\r") == []
    assert [event.blank_end for event in decoder.feed(b"\n")] == [b"\r\n"]


@pytest.mark.parametrize(
    ("stream", "bom"),
    [
        (BOM, True),
        (BOM + b"\n", True),
        (BOM[:2], False),
        (BOM[:2] + b"\n", False),
        (b"\n" + BOM, False),
        (b"", False),
    ],
)
def test_a_byte_order_mark_is_one_only_when_whole_and_first(stream: bytes, bom: bool) -> None:
    events = decode_each_way(stream)
    for reads in splits(stream):
        decoder = Decoder()
        for read in reads:
            decoder.feed(read)
        decoder.close()
        assert (decoder.bom, decoder.bytes) == (bom, len(stream))
    assert [event.offset for event in events][:1] == ([3 * bom] if events else [])


@pytest.mark.parametrize(
    ("block", "plain"),
    [
        (b"data: x\n\n", True),
        (b"data: \n\n", True),
        (b"data: \tx y \n\n", True),
        (b"data:  x\n\n", False),
        (b"data:x\n\n", False),
        (b"data\n\n", False),
        (b"data: x\r\n\n", False),
        (b"data: x\n\r\n", False),
        (b"data: x\n\r", False),
        (b"data: x\rdata: y\n\n", False),
        (b"data: x\ndata: y\n\n", False),
        (b"event: x\n\n", False),
        (b"\n", False),
        (b"data: x\n", False),
        (b"data: x", False),
    ],
)
def test_plain_is_one_data_line_with_one_space_and_line_feeds(block: bytes, plain: bool) -> None:
    events = decode_each_way(b"data: first\n\n" + block)
    assert [event.plain for event in events] == [True, plain]
    events = decode_each_way(block)
    assert [event.plain for event in events] == [plain]


@pytest.mark.parametrize(
    ("block", "carries"),
    [
        (b"data\n\n", True),
        (b"data", True),
        (b":x\rdata\r\r", True),
        (b"xdata: 1\ndatax: 1\n:data: 1\n data: 1\n\n", False),
        (b"datadata:\n\n", False),
        (b"data data:\n\n", False),
    ],
)
def test_only_blocks_with_a_data_field_are_numbered(block: bytes, carries: bool) -> None:
    first, event = decode_each_way(b"data: 1\n\n" + block)
    assert (first.number, event.number) == (1, 2 if carries else None)
    assert (event.data is not None) == carries


# Places ---------------------------------------------------------------------------------------------------------


def test_a_span_within_a_plain_block_starts_after_the_field_name() -> None:
    _, event = decode_each_way(b"\n" + b'data: {"a":1}\n\n')
    assert event.plain
    assert event.data_span(1, 3) == (1 + 6 + 1, 3)
    assert event.data_span(0, 7) == (7, 7)
    assert event.data_span(7, 0) == (14, 0)


def test_a_span_within_a_long_block_is_found_without_copying_the_block() -> None:
    (event,) = decode([b'data: "' + b"x" * 2**20 + b'"\n\n'])
    assert event.data_span(0, 1) == (6, 1)
    tracemalloc.start()
    try:
        assert event.data_span(2**20, 5) == (6 + 2**20, 2)
        assert tracemalloc.get_traced_memory()[1] < 2**16
    finally:
        tracemalloc.stop()


def test_a_span_over_data_lines_runs_to_the_end_of_its_last_byte() -> None:
    stream = b"data:ab\r\n:c\ndata: cd\ndata\n\n"
    (event,) = decode_each_way(stream)
    assert event.data == b"ab\ncd\n"
    assert event.data_span(0, 2) == (5, 2)
    assert event.data_span(2, 1) == (7, 1)  # the joining LF is the CR LF's first byte
    assert event.data_span(3, 2) == (18, 2)
    assert event.data_span(1, 3) == (6, 13)
    assert stream[6 : 6 + 13] == b"b\r\n:c\ndata: c"
    assert event.data_span(6, 0) == (25, 0)


def test_a_span_beyond_the_data_is_cut_off() -> None:
    for stream in (b"data: abc\n\n", b"data:  abc\n\n", b"data:\n\n"):
        (event,) = decode_each_way(stream)
        size = len(event.data or b"")
        end = stream.index(b"\n")
        assert event.data_span(0, 99) == (end - size, size)
        assert event.data_span(99, 1) == (end, 0)
        assert event.data_span(-1, -1) == (end - size, 0)


def test_a_block_without_data_has_no_spans() -> None:
    (event,) = decode_each_way(b":x\n\n")
    with pytest.raises(ValueError, match="byte 0 has no data"):
        event.data_span(0, 1)


def test_every_byte_is_in_a_line() -> None:
    stream = BOM + b"data: a\r\n\r\n\n: c\r\rdata:b\r\ndata\n\n"
    held = {
        offset: event.line_at(offset)
        for event in decode_each_way(stream)
        for offset in range(event.offset, event.offset + len(event.raw))
    }
    lines = stream[3:].splitlines(keepends=True)
    numbers = [number for number, line in enumerate(lines, 1) for _ in line]
    assert [held[offset].number for offset in range(3, len(stream))] == numbers
    assert all(line.offset <= offset < line.offset + len(line.raw + line.end) for offset, line in held.items())
    assert all(lines[line.number - 1] == line.raw + line.end for line in held.values())


def test_the_end_of_the_stream_is_in_the_last_line_of_an_unterminated_block() -> None:
    for stream in (b'data: {"a', b'data: {"a\n'):
        (event,) = decode_each_way(stream)
        assert event.line_at(len(stream)) == event.lines[-1]


@pytest.mark.parametrize("offset", [0, 1, 10, 11])
def test_a_byte_outside_the_block_is_in_no_line_of_it(offset: int) -> None:
    _, _, event, _ = decode_each_way(b"\n\ndata:b\n\n\n")
    with pytest.raises(ValueError, match=f"byte {offset} is not in the event of bytes 2 to 10"):
        event.line_at(offset)


# Limits and the life of a decoder -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [b"data: 78\n\n", b"data: 789", b"data: 7\r\n\r\n", b"data:\ndat\n", b":9012345\r\r", b"id: 90123\n"],
)
def test_a_block_longer_than_the_limit_is_too_long_however_it_is_read(block: bytes) -> None:
    before = b"data: 1\n\n:\n\n"
    for reads in splits(before + block + b"\n\ndata: 2\n\n"):
        decoder = Decoder(max_block=9)
        events: list[Event] = []
        with pytest.raises(BlockTooLong) as raised:
            events.extend(event for read in reads for event in decoder.feed(read))
        error = raised.value
        assert [event.raw for event in events + error.events] == [b"data: 1\n\n", b":\n\n"]
        assert (error.offset, error.line, error.limit) == (12, 5, 9)
        assert "byte 12 (line 5)" in str(error)
        assert "within 9 bytes" in str(error)
        assert decoder.events == 1
        with pytest.raises(ValueError, match="closed"):
            decoder.feed(b"\n")
        assert decoder.close() == []


@pytest.mark.parametrize(
    "block", [b"data: 7\n\n", b"data:7\r\n\r", b"data:\r\n\r\n", b"\ndata:67\r\r", b"data: 789", BOM + b"data: 7\n\n"]
)
def test_a_block_as_long_as_the_limit_is_not_too_long(block: bytes) -> None:
    for reads in splits(block):
        decoder = Decoder(max_block=9)
        events = [event for read in reads for event in decoder.feed(read)] + decoder.close()
        assert len(events[-1].raw) == 9
        assert [seen(event) for event in events] == [seen(event) for event in decode([block])]


def test_an_unfinished_block_is_too_long_at_the_first_byte_over_the_limit() -> None:
    decoder = Decoder(max_block=9)
    decoder.feed(b"data: 1\n\n")
    for byte in b"data: 789":
        decoder.feed(bytes([byte]))
    with pytest.raises(BlockTooLong):
        decoder.feed(b"0")


def test_a_stream_is_not_limited_by_the_limit_of_a_block() -> None:
    stream = b"data: 1\n\n" * 5
    assert len(Decoder(max_block=9).feed(stream)) == 5


def test_feeding_a_closed_decoder_is_an_error() -> None:
    decoder = Decoder()
    decoder.close()
    with pytest.raises(ValueError, match="closed"):
        decoder.feed(b"")


def test_closing_twice_gives_the_tail_once() -> None:
    decoder = Decoder()
    decoder.feed(b"data: x")
    assert [event.raw for event in decoder.close()] == [b"data: x"]
    assert decoder.close() == []
    assert decoder.events == 1


def test_the_decoder_counts_bytes_and_events() -> None:
    decoder = Decoder()
    decoder.feed(BOM + b"data: x\n\n:\n\ndata:y\r\n\r")
    assert (decoder.bytes, decoder.events) == (24, 1)
    decoder.feed(b"\n")
    assert (decoder.bytes, decoder.events) == (25, 2)


# Any bytes ------------------------------------------------------------------------------------------------------

ENDS = [b"\r", b"\n", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n"]
WORDS = [b":", b" ", b"data", b"data: x", b"event", b"id", b"retry", BOM, b"\xef", b"x", b"\0"]
BLOCKS = [b"data: x\n\n", b"data: yy\r\n\r\n", b"event: e\ndata: {}\n\n"]
PIECE = st.sampled_from(ENDS) | st.sampled_from(WORDS) | st.sampled_from(BLOCKS) | st.binary(max_size=2)
STREAMS = st.lists(PIECE, max_size=40).map(b"".join)


@settings(deadline=None, max_examples=300)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 200), max_size=12))
@example(stream=b"data: x\n\r\ndata: y\r\rdata: z\n\n", cuts=[8, 9, 10])
def test_the_same_bytes_give_the_same_events_however_they_are_split(stream: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reads = [stream[a:b] for a, b in pairwise(edges)]
    whole = decode([stream])
    assert [seen(event) for event in decode(reads)] == [seen(event) for event in whole]
    assert b"".join(event.raw for event in whole) == stream.removeprefix(BOM)


@settings(deadline=None, max_examples=300)
@given(stream=STREAMS)
def test_blocks_and_lines_are_those_of_a_second_reading(stream: bytes) -> None:
    """Read the stream again in the plainest way: split into lines, then close a block at each blank one."""
    offset = len(stream) - len(stream.removeprefix(BOM))
    blocks: list[list[Line]] = [[]]
    for number, whole in enumerate(stream[offset:].splitlines(keepends=True), 1):
        text = whole.strip(b"\r\n")
        blocks[-1].append(Line(text, offset, number, whole.removeprefix(text)))
        offset += len(whole)
        if not text:
            blocks.append([])
    count = 0
    events = decode([stream])
    assert len(events) == len([lines for lines in blocks if lines])
    for event, lines in zip(events, blocks, strict=False):
        closed = not lines[-1].raw
        assert event.terminated == closed
        assert event.blank_end == (lines[-1].end if closed else b"")
        assert event.lines == tuple(lines[:-1] if closed else lines)
        assert (event.offset, event.line, event.last_line) == (lines[0].offset, lines[0].number, lines[-1].number)
        values = [re.sub(rb"\Adata(:[ ]?)?", b"", line.raw) for line in lines if re.match(rb"data(:|\Z)", line.raw)]
        assert event.data == (b"\n".join(values) if values else None)
        count += bool(values)
        assert event.number == (count if values else None)
        assert event.plain == bool(closed and re.fullmatch(rb"data: (?! )[^\r\n]*\n\n", event.raw))
        for name, got in ((b"event", event.event), (b"id", event.id), (b"retry", event.retry)):
            found = [line.value for line in lines if line.raw and line.name == name]
            assert got == (found[-1] if found else None)
        assert event.comments == tuple(line.raw[1:] for line in lines if line.raw[:1] == b":")


@settings(deadline=None, max_examples=300)
@given(stream=STREAMS)
def test_every_byte_of_data_is_found_in_the_stream(stream: bytes) -> None:
    for event in decode([stream]):
        for position, byte in enumerate(event.data or b""):
            offset, length = event.data_span(position, 1)
            assert length == 1
            there = stream[offset : offset + 1]
            assert there == bytes([byte]) or (byte == 0x0A and there == b"\r")
            line = event.line_at(offset)
            assert line.name == b"data"
            assert offset >= line.value_offset


@settings(deadline=None, max_examples=300)
@given(raw=st.lists(st.sampled_from([b":", b" ", b"data", b"x", b"\t"])).map(b"".join))
def test_a_line_is_its_name_a_colon_and_its_value(raw: bytes) -> None:
    line = Line(raw, 10, 1, b"\n")
    name, colon, rest = raw.partition(b":")
    assert line.name == name
    assert line.is_comment == (raw[:1] == b":")
    assert line.value == (rest if line.is_comment else rest.removeprefix(b" "))
    assert raw[line.value_offset - 10 :] == line.value
    assert line.value_offset > 10 or not (name or colon)
