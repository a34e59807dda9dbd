"""What must hold of every stream: one report, whatever else is judged, in whatever order, by whichever engine."""

from __future__ import annotations

import io
import json
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import chunkspec
from tests.corpus import CORPUS, Case, cases
from tests.fuzz.mutations import stream_changed, value_changed
from tests.fuzz.streams import seeds
from tests.properties import DEEP, examples
from tests.recordings import recordings
from tests.schemas.documents import ENGINES, pointer
from validator import StreamValidator, catalogue, reporters
from validator.judge import Judge
from validator.meta import load_meta, sidecar
from validator.payload import Json, decode, legible
from validator.run import Run
from validator.sse import BlockTooLong, Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from validator import Report, StreamReport
    from validator.schema import Schema, SchemaBreach

CASES = [*cases("rules"), *cases("streams")]
SEEDS = list(seeds())
RANDOM = st.randoms(use_true_random=False)


def known(case: Case) -> dict[str, Any]:
    beside = sidecar(case.path)
    return load_meta(beside, case.id) if beside.is_file() else {}


def report(data: bytes, judge: Judge, meta: dict[str, Any] | None = None, **more: Any) -> Report:
    one = StreamValidator(meta=meta, judge=judge, **more)
    one.feed(data)
    return one.close()


# Any bytes --------------------------------------------------------------------------------------------------------


@examples(15)
@given(
    data=st.binary(max_size=400) | st.sampled_from(SEEDS), name=st.sampled_from(["a.sse", "a.har", "a.gz", "a.txt"])
)
def test_any_bytes_give_a_report_or_exit_code_2(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    file = tmp_path_factory.mktemp("any") / name
    file.write_bytes(data)
    code, out, err = chunkspec("check", str(file), "--no-config", "--format", "json")
    told = json.loads(out)
    assert code in (0, 1, 2)
    assert (code == 2) == bool(told["failures"]) == bool(err)
    assert len(told["streams"]) + len(told["failures"]) >= 1
    assert len(err.splitlines()) == len(told["failures"])


# The same report --------------------------------------------------------------------------------------------------


@cache
def _all() -> Judge:
    return Judge()


@examples(15)
@given(data=st.sampled_from(SEEDS), random=RANDOM)
def test_judging_twice_gives_the_same_bytes_in_every_format(data: bytes, random: Random) -> None:
    data = stream_changed(data, random)
    wanted = reporters.wanted(reporters.FORMATS)

    def written() -> list[str]:
        outs = []
        one = report(data, Judge(), wanted=wanted, source="a.sse")
        for name in reporters.FORMATS:
            out = io.StringIO()
            reporters.writer(name)(one, out, reporters.PLAIN)
            outs.append(out.getvalue())
        return outs

    assert written() == written()


def _by_source(paths: list[str], jobs: int) -> dict[str, dict[str, Any]]:
    run = Run(_all(), jobs=jobs)
    run.judge(paths)
    return {one.source: one.to_dict() for one in run.report().streams}


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_order_of_files_changes_no_stream_s_report(jobs: int) -> None:
    paths = [str(one) for one in sorted(CORPUS.rglob("*.sse"))[:: 1 if DEEP else 12]]
    wanted = _by_source(paths, 1)
    assert len(wanted) == len(paths)
    Random(1).shuffle(paths)  # noqa: S311 - it keeps no secret
    assert _by_source(paths, jobs) == wanted
    assert _by_source(paths[::-1], jobs) == wanted
    for path in paths[:20]:
        assert _by_source([path], 1) == {path: wanted[path]}


# A rule switched off ----------------------------------------------------------------------------------------------


@cache
def _without(rule: str, profile: str | None) -> Judge:
    return Judge(profile, ignore=(rule,))


def _told(of: StreamReport) -> list[dict[str, Any]]:
    return [{**one.to_dict(), "case": one.case} for one in of.findings]


def _switched_off(data: bytes, meta: dict[str, Any], profile: str | None = None) -> int:
    """Hold a stream's findings to what they are without each rule that has one; return how many rules these are."""
    before = report(data, Judge(profile) if profile else _all(), meta).streams[0]
    rules = {one.rule for one in before.findings}
    for rule in rules:
        without = report(data, _without(rule, profile), meta).streams[0]
        assert _told(without) == [one for one in _told(before) if one["rule"] != rule], rule
        assert without.ending == before.ending
    return len(rules)


@pytest.mark.parametrize("part", range(8))
def test_a_rule_switched_off_changes_no_other_finding_of_the_corpus(part: int) -> None:
    chosen = [one for one in CASES if one.profile is None or not one.profile.endswith(".yaml")]
    chosen = chosen[part::8] if DEEP else chosen[part :: 8 * 6]
    assert sum(_switched_off(one.path.read_bytes(), known(one), one.profile) for one in chosen) > 0


@examples(8)
@given(data=st.sampled_from(SEEDS), random=RANDOM)
def test_a_rule_switched_off_changes_no_other_finding_of_a_broken_stream(data: bytes, random: Random) -> None:
    for _ in range(random.choice((1, 3))):
        data = stream_changed(data, random)
    _switched_off(data, {})


@pytest.mark.skipif(not recordings(), reason="the recordings are not there")
def test_a_rule_switched_off_changes_no_other_finding_of_a_recording() -> None:
    for one in recordings()[:: 5 if DEEP else 150]:
        _switched_off(one.read(), one.meta(), None if one.protocol == "chat.completions" else "openai-completions")


# The two engines of schemas ---------------------------------------------------------------------------------------


def _values(data: bytes) -> Iterator[dict[str, Any]]:
    decoder = Decoder()
    try:
        events = [*decoder.feed(data), *decoder.close()]
    except BlockTooLong:
        return
    for event in events:
        decoded = decode(event.data) if event.data is not None else None
        if isinstance(decoded, Json) and type(decoded.value) is dict:
            yield legible(decoded.value)


@cache
def _schemas(protocol: str) -> list[tuple[str, Schema]]:
    """Return what payloads are held to: the schema of each kind, with the name of its document."""
    plan, _ = Judge(catalogue.protocol(protocol).default_profile).plans()
    return [(kind.schema, schema) for kind, (_, schema) in zip(plan.protocol.kinds, plan.kinds, strict=True)]


def _said(breach: SchemaBreach) -> tuple[str, str]:
    return pointer(breach.path[:-1] if breach.missing else breach.path), breach.keyword


def _agree(values: Iterator[dict[str, Any]], protocol: str) -> int:
    count = 0
    seen: set[str] = set()
    for value in values:
        try:
            shape = json.dumps(value, sort_keys=True, allow_nan=False)
        except ValueError:  # it is no JSON, which a rule of its own tells; to the compiled engine NaN is a null
            continue
        if shape in seen:
            continue
        seen.add(shape)
        for name, schema in _schemas(protocol):
            breaches = {_said(one) for one in schema.breaches(value)}
            assert schema.is_valid(value) == (not breaches), (name, breaches)
            assert breaches == set(ENGINES["jsonschema"](name, value)), name  # which looks at all, and we do not
            count += 1
    return count


def _protocol_of(path: Path) -> str:
    return "text.completion" if "completion" in path.parent.name else "chat.completions"


def test_both_engines_agree_on_every_payload_of_the_corpus() -> None:
    files = sorted(CORPUS.rglob("*.sse"))[:: 1 if DEEP else 10]
    assert sum(_agree(_values(file.read_bytes()), _protocol_of(file)) for file in files) > 100


@pytest.mark.skipif(not recordings(), reason="the recordings are not there")
def test_both_engines_agree_on_the_payloads_of_recordings() -> None:
    for one in recordings()[:: 1 if DEEP else 100]:
        values = list(_values(one.read()))
        assert _agree(iter(values if DEEP else values[:3] + values[-3:]), one.protocol) >= 0


@examples(60)
@given(data=st.sampled_from(SEEDS), random=RANDOM, protocol=st.sampled_from(["chat.completions", "text.completion"]))
def test_both_engines_agree_on_payloads_that_were_made_up(data: bytes, random: Random, protocol: str) -> None:
    values = list(_values(data))[:2]
    changed = (legible(value_changed(value, random)) for value in values)
    _agree(iter([one for one in changed if type(one) is dict]), protocol)
