"""The pytest plugin as its users have it: installed, and loaded by pytest itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.corpus import CORPUS

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

BODY = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
WRONG = (CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse").read_bytes()


def test_a_failing_stream_fails_its_test_with_the_report_and_no_traceback(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=f"""
        def test_gateway(chunkspec):
            chunkspec({WRONG!r})
    """
    )
    result = pytester.runpytest("-q")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "<stream>: 1 error; profile openai; ending: finished",
        "  error role-once  event 2, line 3, column 242, choice 0, 3 times",
        "    choices[[]].delta.role comes again: first \"assistant\", now \"assistant\"",
        "*openai-python*assistantassistant*",
        "*.py:2: checked here",
        "FAILED *::test_gateway - Failed: <stream>: 1 error; *",
    ])  # fmt: skip
    assert not any("Traceback" in line or "def test_gateway" in line or line[:1] == ">" for line in result.outlines)


def test_captures_below_the_configured_paths_are_tests(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nchunkspec_paths = captures more/*.sse\ntestpaths = tests\n")
    for name, body in {
        "captures/deep/good": BODY,
        "captures/wrong": WRONG,
        "more/also": WRONG,
        "other/x": WRONG,
    }.items():
        path = pytester.path / f"{name}.sse"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    (pytester.path / "captures" / "deep" / "good.meta.json").write_text('{"ended": "close"}')
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests" / "test_own.py").write_text("def test_own(): pass\n")
    result = pytester.runpytest("-v")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines([
        "tests/test_own.py::test_own PASSED*",
        "captures/deep/good.sse::chunkspec PASSED*",
        "captures/wrong.sse::chunkspec FAILED*",
        "more/also.sse::chunkspec FAILED*",
        "captures/wrong.sse: 1 error; profile openai; ending: finished",
        "  error role-once  event 2, *",
    ])  # fmt: skip
    assert not any("Traceback" in line for line in result.outlines)
    pytester.runpytest("captures/deep/good.sse").assert_outcomes(passed=1)
    pytester.runpytest("tests").assert_outcomes(passed=1)
    pytester.runpytest("other", "-o", "chunkspec_paths=other", "-k", "sse and x").assert_outcomes(failed=1)


def test_profile_and_configuration_hold_for_captures_and_the_fixture(pytester: pytest.Pytester) -> None:
    lacking = BODY.replace(b"data: [DONE]\n\n", b"")
    (pytester.path / "lacking.sse").write_bytes(lacking)
    (pytester.path / "wrong.sse").write_bytes(WRONG)
    pytester.makepyfile(
        test_it=f"""
        def test_done(chunkspec): chunkspec({lacking!r})
        def test_role(chunkspec): chunkspec({WRONG!r})
        def test_said(chunkspec): chunkspec({WRONG!r}, severity={{"role-once": "error"}})
    """
    )
    pytester.runpytest("-o", "chunkspec_paths=.").assert_outcomes(failed=5)
    pytester.runpytest("-o", "chunkspec_paths=.", "-o", "chunkspec_profile=compatible").assert_outcomes(
        passed=2, failed=3
    )
    config = "severity: {role-once: info, done-present: warning}\n"
    (pytester.path / "chunkspec.yaml").write_text(config)
    pytester.runpytest("-o", "chunkspec_paths=.").assert_outcomes(passed=4, failed=1)
    (pytester.path / "chunkspec.yaml").write_text(
        "severity: {role-once: info, done-present: warning}\nfail-on: warning\n"
    )
    pytester.runpytest("-o", "chunkspec_paths=.").assert_outcomes(passed=2, failed=3)


def test_an_accepted_finding_fails_no_capture_and_one_that_is_gone_is_told(pytester: pytest.Pytester) -> None:
    (pytester.path / "wrong.sse").write_bytes(WRONG)
    (pytester.path / "chunkspec.yaml").write_text("baseline: accepted.yaml\n")
    pytester.makeini("[pytest]\nchunkspec_paths = .\n")
    assert pytester.run(sys.executable, "-m", "validator", "baseline", "wrong.sse").ret == 0
    pytester.runpytest("-W", "error").assert_outcomes(passed=1)
    (pytester.path / "wrong.sse").write_bytes(BODY)
    result = pytester.runpytest("-W", "default")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*the baseline accepts role-once (*wrong.sse, which is no longer found*"])
    assert "chatcmpl" not in result.stdout.str()


def test_what_cannot_be_judged_fails_in_one_line(pytester: pytest.Pytester) -> None:
    (pytester.path / "binary.sse").write_bytes(b"\x89PNG\r\n\0\0")
    pytester.makeini("[pytest]\nchunkspec_paths = .\n")
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["FAILED binary.sse::chunkspec - *binary file*"])
    result = pytester.runpytest("-o", "chunkspec_profile=opena")
    result.stdout.fnmatch_lines(["unknown profile 'opena'*did you mean 'openai'?"])
    assert not any("Traceback" in line for line in result.outlines)


def test_text_of_a_stream_does_not_act_on_the_terminal(pytester: pytest.Pytester) -> None:
    (pytester.path / "wrong.sse").write_bytes(WRONG.replace(b'"assistant"', '"\\u001b[2J\u202e::error::"'.encode()))
    result = pytester.runpytest("-o", "chunkspec_paths=.", "--color=no")
    result.assert_outcomes(failed=1)
    assert not any(char in line for line in result.outlines for char in "\x1b\u202e")
    assert any(r'"\u001b[2J\u202e::error::"' in line for line in result.outlines)


def test_a_run_that_does_not_use_it_imports_nothing_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_none():
            ours = {name for name in sys.modules if name.partition(".")[0] == "validator"}
            assert ours <= {"validator", "validator.pytest_plugin"}
            assert not {"jsonschema", "jsonschema_rs", "orjson", "yaml", "click", "httpx"} & set(sys.modules)
    """)
    (pytester.path / "stray.sse").write_bytes(WRONG)
    result = pytester.runpytest_subprocess("-W", "error")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    pytester.runpytest_subprocess("-p", "no:chunkspec").assert_outcomes(passed=1)
