"""The engine: it knows no protocol, and what it finds does not depend on how bytes came."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus import Case, cases
from tests.recordings import Recording, judge, recordings
from validator import StreamReport, StreamValidator, catalogue
from validator.grades import Grades
from validator.judge import judge_by
from validator.meta import have, load_meta, sidecar
from validator.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

RAILWAY = catalogue.load_protocol(Path(__file__).parent / "made_up")
RAILWAY_PLAN = Plan(Grades(RAILWAY, catalogue.profile(RAILWAY, "plain")))


def railway(*payloads: str) -> StreamReport:
    stream = StreamValidator(plan=RAILWAY_PLAN)
    stream.feed("".join(f"data: {payload}\n\n" for payload in payloads).encode())
    return stream.close().streams[0]


def told(report: StreamReport) -> list[tuple[str, int | None, Any]]:
    return [(finding.rule, finding.where.event, dict(finding.scope)) for finding in report.findings]


def test_a_made_up_protocol_of_files_alone_is_judged() -> None:
    report = railway(
        '{"track":{"lanes":[{"number":4,"signal":"green","wagons":[{"name":"a","colour":"red"}]}]}}',
        '{"track":{"lanes":[{"number":7,"signal":"green"},{"number":4,"closed":true}]}}',
        '{"track":{"lanes":[{"number":7,"wagons":[{"name":"a","colour":"blue"}],"closed":true}]}}',
        "<<end of line>>",
    )
    assert told(report) == []
    assert report.ending == "finished"
    assert report.stats == {"bytes": 303, "events": 4, "chunks": 3, "lanes": 2, "wagons": 2}
    assert set(report.exercised) >= {rule.id for rule in RAILWAY.rules.values() if rule.layer == "traffic"}


def test_a_made_up_protocol_is_found_broken_by_its_own_words() -> None:
    report = railway(
        '{"track":{"lanes":[{"number":4,"wagons":[{"name":"a","colour":"red"}],"closed":true}]}}',
        '{"track":{"lanes":[{"number":4,"wagons":[{"name":"a","colour":"blue"}]}]}}',
    )
    assert sorted(told(report)) == [
        ("end-present", 2, {"lane": None, "wagon": None}),
        ("lane-signal-once", 2, {"lane": 4, "wagon": None}),
        ("nothing-after-closing", 2, {"lane": 4, "wagon": "a"}),
        ("wagon-colour-constant", 2, {"lane": 4, "wagon": "a"}),
    ]
    assert report.ending == "no-done"


def test_a_made_up_protocol_s_schema_speaks_through_its_rule() -> None:
    report = railway(
        '{"track":{"departs":"noon","lanes":[{"number":4,"signal":"green","closed":1}]}}', "<<end of line>>"
    )
    assert [(one.rule, one.where.pointer, one.got) for one in report.findings] == [
        ("timetable", "/track/departs", '"noon"'),
    ]


def test_a_mark_excuses_a_rule_and_names_the_ending() -> None:
    report = railway('{"derailed":"at km 12"}')
    assert told(report) == []
    assert report.ending == "error"


PROTOCOL_WORDS = re.compile(
    r"choices|delta|finish_reason|tool_calls|\[DONE\]|chat\.completion\.chunk|text[._]completion|text_offset"
)


def code_strings(path: Path) -> Iterator[str]:
    """Yield every string of a module's code that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


PACKAGE = Path(catalogue.__file__).parent
#: All but the providers to play: a server of a protocol has to speak it.
KNOWS_NONE = [path for path in sorted(PACKAGE.glob("**/*.py")) if PACKAGE / "providers" not in path.parents]


@pytest.mark.parametrize("path", KNOWS_NONE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_code_names_a_protocol_s_parts(path: Path) -> None:
    assert [text for text in code_strings(path) if PROTOCOL_WORDS.search(text)] == []


def plan_of(case: Case) -> tuple[Plan, dict[str, Any]]:
    beside = sidecar(case.path)
    meta = load_meta(beside, case.id) if beside.is_file() else {}
    return judge_by(case.profile).plans(meta.get("profile"), have(meta))[0], meta


def verdict(pieces: list[bytes], plan: Plan, meta: dict[str, Any]) -> dict[str, Any]:
    stream = StreamValidator(meta=meta, plan=plan)
    for piece in pieces:
        stream.feed(piece)
    return stream.close().streams[0].to_dict()


DEFAULTS = {None, *(catalogue.protocol(name).default_profile for name in catalogue.protocol_folders())}
ALL = [case for case in cases("rules") + cases("streams") if case.profile in DEFAULTS]


#: Streams of so many bytes are split at every place; longer ones byte by byte, and at random.
SHORT = 600


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_findings_do_not_depend_on_how_the_bytes_are_split(case: Case) -> None:
    plan, meta = plan_of(case)
    data = case.path.read_bytes()
    whole = verdict([data], plan, meta)
    assert verdict([data[place : place + 1] for place in range(len(data))], plan, meta) == whole
    for place in range(1, len(data) if len(data) <= SHORT else 0):
        assert verdict([data[:place], data[place:]], plan, meta) == whole


@settings(max_examples=60, deadline=None)
@given(draw=st.data())
def test_findings_do_not_depend_on_random_splits(draw: st.DataObject) -> None:
    case = draw.draw(st.sampled_from(ALL))
    data = case.path.read_bytes()
    places = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=12)))
    plan, meta = plan_of(case)
    pieces = [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
    assert verdict(pieces, plan, meta) == verdict([data], plan, meta)


FAITHFUL = [one for one in recordings() if one.provider == "openai" and one.faithful]


@pytest.mark.skipif(not FAITHFUL, reason="the recordings are not beside the project")
@pytest.mark.parametrize("recording", FAITHFUL, ids=lambda one: one.path)
def test_what_openai_sends_passes_without_error_or_warning(recording: Recording) -> None:
    report = judge(recording)
    found = [(finding.rule, finding.message) for finding in report.findings if finding.severity != "info"]
    if report.ending == "error":
        assert [rule for rule, _ in found] == ["in-band-error"]
    else:
        assert found == []
        assert report.ending == "finished"
