"""Masked captures: nobody can read their texts, and all that is found in them is what was found before."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from tests.corpus import Case, cases
from tests.recordings import Recording, recordings
from validator import StreamValidator, captures, catalogue
from validator.judge import Judge
from validator.masking import Unmaskable, mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CASES = {part: cases(part) for part in ("rules", "streams")}
FOLDERS = {name: list(some) for part in CASES.values() for name, some in groupby(part, lambda case: case.folder)}
RECORDED = {name: list(some) for name, some in groupby(recordings(), lambda one: one.path.split("/")[0])}

#: Members whose strings are read by programs, and those below which there is nothing else: they stay.
NAMES = frozenset(
    """id model object type role code status format event system_fingerprint service_tier obfuscation param
    finish_reason native_finish_reason stop_reason matched_stop severity name tool_call_id channel tool_choice
    modalities mode voice required enum const $ref $schema reasoning_effort verbosity arguments""".split()  # noqa: SIM905 - a list would be three times as long
)
BELOW = frozenset(("provider", "usage", "results", "prompt_filter_results", "content_filter_results", "stop"))
#: What chat templates and JSON consist of stays too.
TEMPLATE = re.compile(
    r"</?[a-z_:]+>?|<[|\uff5c][^|\uff5c]*[|\uff5c]>|<(?:function|parameter)=|\[/?[A-Z_]+\]|true|false|null|NaN"
)


@cache
def by(profile: str | None) -> Judge:
    return Judge(profile)


@cache
def by_every_rule(profile: str | None) -> Judge:
    """Return a judge by which every rule counts, those too that the profile leaves out."""
    protocol, _ = catalogue.find_profile(profile)
    return Judge(profile, severities=dict.fromkeys(protocol.rules, "warning"))


def told(data: bytes, meta: Mapping[str, Any], judge: Judge) -> dict[str, Any]:
    """Return the report as a program reads it, without the words that quote the stream."""
    stream = StreamValidator(meta=meta, judge=judge)
    stream.feed(data)
    report = stream.close().streams[0].to_dict()
    for finding in report["findings"]:
        for one in (finding, *finding["related"]):
            one.pop("message")
        finding.pop("got")
        if report["protocol"] == "text.completion":  # tokens are keys there
            finding.pop("fingerprint")
            for one in (finding, *finding["places"], *finding["related"]):
                one.pop("pointer")
    return report


def left(old: Any, new: Any, name: str = "") -> Iterator[str]:
    """Yield the words of four letters and more that people wrote and that still stand at their places."""
    assert type(old) is type(new)
    if type(old) is dict and old.keys() == new.keys():  # else they are text, as where they are tokens
        for key, member in old.items():
            if key not in BELOW:
                yield from left(member, new[key], key)
    elif type(old) is list:
        for item, other in zip(old, new, strict=True):
            yield from left(item, other, name)
    elif type(old) is str and (name not in NAMES or " " in old) and not re.search(r'[{":]', old):
        kept = TEMPLATE.sub(lambda found: " " * len(found[0]), old)
        yield from (word[0] for word in re.finditer(r"[^\W\d_]{4,}", kept) if word[0] == new[slice(*word.span())])


def payloads(data: bytes) -> Iterator[Any]:
    for line in re.split(rb"[\r\n]+", data):
        if line.startswith(b"data:"):
            try:
                yield json.loads(line[5:])
            except ValueError:
                continue


def hold(data: bytes, meta: Mapping[str, Any], profile: str | None, where: str) -> None:
    """Hold the masking of one stream to what it promises."""
    masked = mask(data, meta, by(profile))
    assert len(masked.data) == len(data), where
    assert re.sub(rb"[^\r\n]", b"", masked.data) == re.sub(rb"[^\r\n]", b"", data), where
    strict = by_every_rule(profile)
    before, after = told(data, meta, strict), told(masked.data, masked.meta, strict)
    before, after = ({**one, "findings": sorted(one["findings"], key=str)} for one in (before, after))
    assert after == before, where
    pairs = zip(payloads(data), payloads(masked.data), strict=True)
    still = {word for old, new in pairs for word in left(old, new)}
    assert still <= {*kept(data), *re.findall(r"\w+", str(meta.get("request", {}).get("stop")))}, where
    assert list(left(meta.get("request"), masked.meta.get("request"))) == [], where


def kept(data: bytes) -> Iterator[str]:
    """Yield the keys of the JSON, and the names of the tags, that the pieces of a text make."""
    texts: dict[Any, str] = {}
    for payload in payloads(data):
        for choice in (payload.get("choices") if type(payload) is dict else None) or ():
            delta = choice.get("delta") if type(choice) is dict else None
            if type(delta) is dict and type(delta.get("content")) is str:
                index = str(choice.get("index"))
                texts[index] = texts.get(index, "") + delta["content"]
    for text in texts.values():
        for name in re.findall(r'(?<=["</])\w+(?="\s*:|>)', text):
            yield from re.findall("[A-Z]?[a-z]+", name)


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_found_in_the_corpus_is_found_in_it_masked(folder: str) -> None:
    for case in FOLDERS[folder]:
        hold_case(case)


def hold_case(case: Case) -> None:
    for capture in captures.read(str(case.path)):
        data = b"".join(capture.pieces())
        if data.startswith(b"\x1f\x8b"):
            with pytest.raises(Unmaskable, match="is compressed data"):
                mask(data, capture.meta, by(case.profile))
            continue
        hold(data, capture.meta, case.profile, case.id)


@pytest.mark.skipif(not RECORDED, reason="there are no recordings beside the project")
@pytest.mark.parametrize("folder", RECORDED or ["none"])
def test_what_is_found_in_recordings_is_found_in_them_masked(folder: str) -> None:
    for one in RECORDED[folder]:
        hold(one.read(), one.meta(), profile_of(one), one.path)


def profile_of(recording: Recording) -> str | None:
    protocol = catalogue.protocol(recording.protocol)
    return None if protocol.name == catalogue.DEFAULT_PROTOCOL else protocol.default_profile
