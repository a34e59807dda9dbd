"""Targets that read a stream: the decoder, the JSON of a payload, the engine, reports, masking, minimizing."""

from __future__ import annotations

import io
import json
import unicodedata
import zlib
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from xml.etree import ElementTree

from tests.corpus import CORPUS
from tests.fuzz.mutations import json_changed, stream_changed
from tests.fuzz.target import Target
from validator import StreamValidator, jsontext, reporters
from validator.compare import compare
from validator.comparison import Compared, Comparison
from validator.judge import Judge
from validator.limits import Limits
from validator.masking import Unmaskable, mask
from validator.meaning import meaning
from validator.payload import Malformed, decode, legible
from validator.reporters import comparison
from validator.schema import BASE, SchemaSet
from validator.sse import BlockTooLong, Decoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from validator import Report

_BLOCK = 4096


def seeds() -> Iterator[bytes]:
    """Yield some of the small streams of the corpus."""
    for file in sorted(CORPUS.rglob("*.sse"))[::4]:
        data = file.read_bytes()
        if len(data) <= 8192:
            yield data


def few() -> Iterator[bytes]:
    """Yield fewer of them, for what is slow."""
    yield from islice(seeds(), 0, None, 6)


def reads(data: bytes) -> Iterator[list[bytes]]:
    """Yield the bytes as a whole, one by one, and in pieces of sizes that they decide themselves."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    size = 2 + zlib.crc32(data) % 61
    yield [data[at : at + size] for at in range(0, len(data), size)]


# The decoder ------------------------------------------------------------------------------------------------------


def decoder(data: bytes) -> None:
    """Events are all the bytes, wherever they are split; what an event says of its places is so."""
    told = [_decoded(pieces) for pieces in reads(data)]
    assert told[0] == told[1] == told[2]


def _decoded(pieces: Iterable[bytes]) -> list[Any]:
    inner, events = Decoder(max_block=_BLOCK), []
    told: list[Any] = []
    whole = b"".join(pieces)
    try:
        for piece in pieces:
            events += inner.feed(piece)
        events += inner.close()
    except BlockTooLong as error:
        events += error.events
        told.append((error.offset, error.line))
    else:
        assert b"".join(event.raw for event in events) == whole[3 if inner.bom else 0 :]
    for event in events:
        assert whole.startswith(event.raw, event.offset)
        for line in event.lines:
            assert whole.startswith(line.raw + line.end, line.offset)
        data = event.data
        if data is not None:
            start, length = event.data_span(0, len(data))
            assert event.offset <= start <= start + length <= event.offset + len(event.raw)
            assert event.line_at(start).number <= event.last_line
        told.append(
            (event.raw, event.offset, event.line, event.last_line, event.number, event.terminated, event.plain)
        )
    return told


# The payload ------------------------------------------------------------------------------------------------------


def payload(data: bytes) -> None:
    """A text is JSON exactly where the standard library says so; each issue and each value stands in it."""
    decoded = decode(data)
    assert decoded == decode(data) or "nan" in repr(decoded)
    try:
        theirs, valid = json.loads(data.decode(), parse_int=lambda one: jsontext.number(one.encode())), True
    except (ValueError, RecursionError):
        theirs, valid = None, False
    if isinstance(decoded, Malformed):
        assert 0 <= decoded.offset <= len(data)
        assert not valid or decoded.reason.startswith(("nested deeper", "a byte order mark", "not a number"))
    else:
        assert valid
        assert repr(_known(decoded.value)) == repr(_known(theirs))
        json.dumps(legible(decoded.value)).encode()
        for path in _paths(decoded.value):
            found = jsontext.span(data, path)
            assert found is not None
            at, length = found
            assert 0 <= at < at + length <= len(data)
    for issue in decoded.issues:
        assert 0 <= issue.offset < issue.offset + issue.length <= len(data)


def _known(value: Any) -> Any:
    """Return a value with its objects in one order."""
    if isinstance(value, dict):
        return {key: _known(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return value


def _paths(value: Any) -> Iterator[tuple[str | int, ...]]:
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    for _ in range(10):
        if not pending:
            return
        path, inner = pending.pop()
        yield path
        if isinstance(inner, dict):
            pending += [((*path, key), member) for key, member in inner.items()]
        elif isinstance(inner, list):
            pending += [((*path, at), member) for at, member in enumerate(inner)]


def payload_seeds() -> Iterator[bytes]:
    """Yield a payload of each of these streams."""
    for data in seeds():
        lines = [line[6:] for line in data.splitlines() if line.startswith(b"data: ")]
        yield from lines[1:2]


# The engine -------------------------------------------------------------------------------------------------------

_PROFILES = (
    "openai",
    "compatible",
    "auto",
    "vllm",
    "azure",
    "gemini",
    "openai-completions",
    "compatible-completions",
)
_SMALL = Limits().changed({"block": 2048, "joined": 64, "findings": 2, "places": 2, "instances": 3}, "small")
_META: tuple[dict[str, Any], ...] = (
    {},
    {"response": {"status": 200, "headers": {"content-type": "text/event-stream", "date": "now"}}, "ended": "reset"},
    {"request": {"model": "m", "stream": True, "stream_options": {"include_usage": True}, "n": 2, "logprobs": True,
                 "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
                 "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": []}}}},
     "reads": [[0.1, 100], [0.2, 1], [0.2, 100000], [9.5, 0]], "ended": "close"},
)  # fmt: skip


@cache
def _judge(profile: str, *, small: bool) -> Judge:
    return Judge(profile, limits=_SMALL if small else Limits())


def judged(data: bytes, pieces: Iterable[bytes], **more: Any) -> Report | None:
    """Judge a stream by what its bytes decide: profile, limits, what is known; None where an event is too long."""
    choice = zlib.crc32(data)
    judge = _judge(_PROFILES[choice % len(_PROFILES)], small=choice % 3 == 0)
    stream = StreamValidator(meta=_META[choice // 7 % len(_META)], judge=judge, **more)
    try:
        for piece in pieces:
            stream.feed(piece)
        return stream.leave() if choice % 11 == 0 else stream.close()
    except BlockTooLong:
        return None


@cache
def _form() -> Any:
    return SchemaSet().at(f"{BASE}meta/report.json")


def engine(data: bytes) -> None:
    """A stream has one report, however it came; it has the form of one, and its places are in the stream."""
    first = judged(data, [data])
    texts = [None if one is None else one.to_dict() for one in (first, *(judged(data, way) for way in reads(data)))]
    assert texts[0] == texts[1] == texts[2] == texts[3]
    if first is None:
        return
    assert _form().is_valid(json.loads(json.dumps(texts[0])))
    for finding in first.findings:
        for where in (finding.where, *finding.places, *(other.where for other in finding.related)):
            assert 0 <= where.byte_offset <= where.byte_offset + where.byte_length <= max(len(data), 1)
            assert where.line >= 1
            assert where.column >= 1


# Reports ----------------------------------------------------------------------------------------------------------


def reports(data: bytes) -> None:
    """Each report is of its format, and no text of the stream acts in it."""
    wanted = reporters.wanted(reporters.FORMATS)
    report = judged(data, [data], wanted=wanted, source=data[:60].decode("latin-1"))
    if report is None:
        return
    for name in reporters.FORMATS:
        out = io.StringIO()
        reporters.writer(name)(report, out, reporters.View(verbose=True))
        text = out.getvalue()
        text.encode()
        acts = {char for char in set(text) if char != "\n" and unicodedata.category(char) in ("Cc", "Cs")}
        match name:
            case "text" | "concise" | "github" | "markdown":
                hidden = {char for char in set(text) if unicodedata.category(char) == "Cf"}
                assert not acts | hidden, (name, acts | hidden)
                lines = text.splitlines()
                assert name == "github" or not any(line.lstrip().startswith("::") for line in lines), name
            case "junit":
                ElementTree.fromstring(text)  # noqa: S314 - it is ours
            case "html":
                assert text.count("<script") == text.count("</script") <= 2, text.count("<script")
            case "jsonl":
                for line in text.split("\n"):
                    json.loads(line or "0")
            case _:
                json.loads(text)


# What makes streams of streams ------------------------------------------------------------------------------------


def masking(data: bytes) -> None:
    """A masked stream is as long, has the same findings (masking holds that itself), and is always the same."""
    choice = zlib.crc32(data)
    judge = _judge(_PROFILES[choice % 3], small=False)
    meta = _META[choice // 7 % len(_META)]
    try:
        masked = mask(data, meta, judge)
    except Unmaskable:
        return
    assert len(masked.data) == len(data)
    assert mask(data, meta, judge) == masked


def minimizing(data: bytes) -> None:
    """What is left still has the finding, and no finding of another rule that the stream kept."""
    import validator.minimize as module

    judge = _judge("openai", small=False)
    report = StreamValidator(judge=judge)
    report.feed(data)
    rules = [one.rule for one in report.close().findings]
    if not rules:
        return
    rule = rules[zlib.crc32(data) % len(rules)]
    with patch.object(module, "MAX_RUNS", 40):
        small = module.minimize(data, {}, judge, rule, sound=True)
        assert small == module.minimize(data, {}, judge, rule, sound=True)
    assert len(small.data) <= len(data)
    again = StreamValidator(meta=small.meta, judge=judge)
    again.feed(small.data)
    left = {one.rule for one in again.close().findings}
    assert rule in left
    assert left <= set(rules)


def comparing(data: bytes) -> None:
    """A stream means the same as itself, and can be compared with another one, in every report."""
    choice = zlib.crc32(data)
    protocol = ("chat.completions", "text.completion", None)[choice % 3]
    meta = _META[choice // 7 % len(_META)]
    mine, again = meaning(data, meta, protocol), meaning(data, meta, protocol)
    assert compare(mine, again) == []
    other = meaning(_other(), None, protocol)
    for one, two in ((mine, other), (other, mine)):
        found = tuple(compare(one, two, separate=choice % 2 == 0))
        sides = (Compared("a.sse", one.whole, len(data)), Compared("b.sse", two.whole, len(data)))
        for form in comparison.FORMATS:
            out = io.StringIO()
            comparison.write(form, Comparison(*sides, "chat.completions", found), out, reporters.PLAIN)
            assert not {char for char in set(out.getvalue()) if unicodedata.category(char) == "Cc"} - {"\n"}


@cache
def _other() -> bytes:
    return (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()


TARGETS = (
    Target("decoder", "bytes to events, in every split", decoder, seeds, stream_changed),
    Target("payload", "the JSON of an event", payload, payload_seeds, json_changed),
    Target("engine", "a stream, judged in several splits", engine, seeds, stream_changed),
    Target("reports", "a stream in every report", reports, seeds, stream_changed),
    Target("masking", "a stream with its texts masked", masking, few, stream_changed),
    Target("minimize", "a stream made small", minimizing, few, stream_changed),
    Target("compare", "what a stream means, beside another", comparing, few, stream_changed),
)
