"""What a report may keep of a stream: within bounds, and only when it asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.streams import BAD, GOOD, answer, chunk, stream
from validator import StreamValidator, check
from validator.room import Room
from validator.trace import RAW, SHOWN, VALUES, Trace, Wanted

if TYPE_CHECKING:
    from validator.report import StreamReport


def judged(data: bytes, wanted: Wanted | None) -> StreamReport:
    validator = StreamValidator(wanted=wanted)
    validator.feed(data)
    return validator.close().streams[0]


def trace(data: bytes, events: int = 100) -> Trace:
    found = judged(data, Wanted(events=events)).trace
    assert found is not None
    return found


def test_nothing_is_kept_unless_it_is_asked_for() -> None:
    assert check(BAD).streams[0].trace is None
    assert check(BAD).findings[0].where.extent is None
    kept = judged(BAD.read_bytes(), Wanted(rules=True)).trace
    assert kept is not None
    assert kept.events == ()
    assert "role-once" in kept.rules


def test_asking_changes_nothing_that_is_found() -> None:
    asked, plain = (judged(BAD.read_bytes(), wanted) for wanted in (Wanted(True, True, 100), None))
    bare = tuple(replace(one, where=replace(one.where, extent=None), places=(), related=()) for one in asked.findings)
    assert bare == tuple(replace(one, places=(), related=()) for one in plain.findings)
    assert replace(asked, trace=None, findings=()) == replace(plain, findings=())


def test_of_a_long_stream_the_first_the_last_and_the_telling_events_are_kept() -> None:
    texts = [str(number) for number in range(1000)]
    bad = [
        chunk({"content": text}, system_fingerprint="fp_other" if text == "500" else "fp_d38cc003e7")
        for text in texts
    ]
    kept = trace(stream([chunk({"role": "assistant", "content": ""}), *bad, chunk({}, "stop")]), 40)
    numbers = [seen.number for seen in kept.events]
    assert numbers[:20] == list(range(1, 21))
    assert numbers[-10:] == list(range(994, 1004))
    assert 502 in numbers
    assert len(numbers) <= 40
    assert kept.blocks == 1003


def test_of_a_long_event_the_beginning_is_kept() -> None:
    kept = trace(answer("x" * 100_000))
    (long,) = (seen for seen in kept.events if seen.cut)
    assert len(long.text) == RAW
    assert [len(one.text) for one in long.shows] == [SHOWN]


def test_of_very_many_values_the_first_are_kept() -> None:
    wide = chunk({"content": "a"})
    wide["choices"] = [{**wide["choices"][0], "index": number} for number in range(500)]
    assert len(trace(stream([wide])).events[0].shows) == VALUES


def test_events_say_what_they_are() -> None:
    data = b': keep-alive\n\nretry: 5\n\ndata: [1]\n\ndata: {"a":\n\ndata: {}\n\ndata: [DONE]\n\ndata: {"b"'
    kept = trace(data)
    assert [(seen.form, seen.terminated) for seen in kept.events] == [
        ("comment", True), ("no-data", True), ("other-data", True), ("other-data", True), ("payload", True),
        ("sentinel", True), ("other-data", False),
    ]  # fmt: skip
    assert b"".join(seen.text.encode() for seen in kept.events) == data


def test_what_is_shown_is_what_the_protocol_names() -> None:
    shown = [(one.name, one.text, one.of) for seen in trace(GOOD.read_bytes()).events for one in seen.shows]
    assert shown[:3] == [("role", "assistant", "choice 0"), ("text", "Hello", "choice 0"), ("text", ",", "choice 0")]
    assert [name for name, _, _ in shown[-2:]] == ["finish", "usage"]
    assert set(trace(GOOD.read_bytes()).says) >= {name for name, _, _ in shown}


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_can_be_kept(data: bytes) -> None:
    for start in (b"", b'data: {"choices":'):
        kept = trace(start + data + b"\n\n")
        assert sum(seen.size for seen in kept.events) <= len(start + data) + 2


def test_the_room_of_a_run_is_bounded() -> None:
    room = Room(400_000)
    plain = judged(answer(*["word"] * 200), Wanted(events=300))
    broken = judged(BAD.read_bytes() * 50, Wanted(events=300))
    kept = [room.admit(plain).trace for _ in range(20)] + [room.admit(broken).trace for _ in range(20)]
    counts = [len(one.events) for one in kept if one is not None]
    assert counts[0] == 203
    assert Room.FEW in counts
    assert counts[-1] == 0
    assert sum(counts) * 300 < 2 * 400_000


def test_a_deep_or_odd_payload_is_kept_too() -> None:
    deep = b'data: {"usage":' + b"[" * 300 + b"]" * 300 + b"}\n\n"
    odd = b'data: {"usage":NaN,"error":1e400,"choices":{"delta":3}}\n\ndata: {"usage":"\\ud800"}\n\n'
    assert [seen.form for seen in trace(deep + odd).events] == ["payload"] * 3
