"""The assertion that a stream keeps to its protocol: what the pytest fixture `chunkspec` is."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from validator import config, taken
from validator.finding import FailOn
from validator.judge import Judge
from validator.limits import Limits
from validator.report import Report, StreamReport
from validator.reporters import View, writer
from validator.reporters.visible import visible
from validator.reporters.words import lapse_text
from validator.run import run
from validator.sse import BlockTooLong
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError, nearest, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.baseline import Baseline
    from validator.config import Config
    from validator.finding import Severity

    PathLike = str | os.PathLike[str]

#: What may fail a test, the gravest first.
LEVELS = get_args(FailOn)


class StreamError(AssertionError):
    """A capture breaks its protocol, or cannot be judged; the message is all that there is to say."""


class Chunkspec:
    """Judges streams, and fails the test that is running with the report of one that breaks its protocol.

    What a configuration (``chunkspec.yaml``, or ``[tool.chunkspec]`` of ``pyproject.toml``) says upwards from the
    root folder of pytest holds here too, where a call does not say otherwise.

    Args:
        profile: the profile where a call names none.
        root: where to look for the configuration.

    """

    def __init__(self, profile: str | None = None, root: Path | None = None) -> None:
        self._profile = profile
        self._config = config.find(root)
        self._accepted = _baseline(self._config)
        self._judges: dict[str, Judge] = {}

    def __call__(
        self,
        stream: Any,
        *,
        profile: str | None = None,
        meta: Mapping[str, Any] | PathLike | None = None,
        severity: Mapping[str, Severity] | None = None,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        rules: Iterable[PathLike] = (),
        fail_on: FailOn | None = None,
        source: str | None = None,
    ) -> Report:
        """Judge a stream; return the report, or fail the test with it.

        Args:
            stream: the bytes of a stream; the path of a capture or of a folder of them; a response of httpx or
                requests, read or not; an iterable of bytes, of lines of text, of payloads (dict, JSON text) or of an
                SDK's chunks (of which framing is not judged); or reports, such as those of a ValidatingTransport.
            profile: a profile's name or file, or ``auto``.
            meta: what is known beside the bytes, in the sidecar's form, or its path; goes before what the response
                itself says.
            severity: severities by rule or layer.
            select: rules or layers to judge, all if empty.
            ignore: rules or layers not to judge.
            rules: files of further rules.
            fail_on: the mildest finding that fails: error (the default), warning, info or never.
            source: what to call the stream in the report.

        """
        __tracebackhide__ = True
        try:
            judge = self._judge(profile, severity, select, ignore, rules)
            report = self._report(stream, judge, meta, source)
            told = self._told(report, fail_on)
        except (ConfigError, BlockTooLong) as error:
            told = f"chunkspec: {visible(str(error))}"
        return report if told is None else _fail(told)

    async def acheck(self, stream: Any, **options: Any) -> Report:
        """Do the same with what has to be read asynchronously; all else it takes too."""
        __tracebackhide__ = True
        told = None
        try:
            stream = await taken.read(stream)
        except ConfigError as error:
            told = f"chunkspec: {visible(str(error))}"
        return self(stream, **options) if told is None else _fail(told)

    def file(self, path: Path) -> list[str]:
        """Judge a capture; return what is to be told of its baseline, a line each.

        Raises:
            StreamError: with the report, or with the reason why it cannot be judged.

        """
        try:
            report = run(self._judge(None, None, (), (), ()), [_short(path)])
            if self._accepted is not None:
                report = self._accepted.applied(report)
            told = self._told(report, None)
        except ConfigError as error:
            told = visible(str(error))
        if told is not None:
            raise StreamError(told)
        return [visible(lapse_text(lapse)) for lapse in report.lapses]

    def _judge(
        self,
        profile: str | None,
        severity: Mapping[str, Severity] | None,
        select: Iterable[str],
        ignore: Iterable[str],
        rules: Iterable[PathLike],
    ) -> Judge:
        """Return what to judge by, the same for the same options: its plans are compiled once."""
        more, chosen, ignored = tuple(map(Path, rules)), _names(select), _names(ignore)
        key = repr((profile, severity, chosen, ignored, more))
        if key not in self._judges:
            profile = profile or self._profile
            limits = self._config.limits if self._config else Limits()
            self._judges[key] = Judge(profile, more, severity or {}, chosen, ignored, limits, self._config)
        return self._judges[key]

    def _report(self, stream: Any, judge: Judge, meta: Any, source: str | None) -> Report:
        if isinstance(stream, Report):
            return stream
        if isinstance(stream, StreamReport):
            return Report((stream,))
        if isinstance(stream, str | os.PathLike):
            file = Path(meta) if isinstance(meta, str | os.PathLike) else None
            if meta is None or file is not None:
                return run(judge, [taken.path(stream)], file)
            stream, source = taken.file(taken.path(stream)), source or os.fspath(stream)
        known = parse_json(Path(meta)) if isinstance(meta, str | os.PathLike) else meta or {}
        got = taken.take(stream)
        if got.reports:
            return _together(got.reports)
        judge.ready()
        validator = StreamValidator(meta={**got.meta, **known}, source=source or got.source, judge=judge)
        validator.feed(got.body)
        return validator.close()

    def _told(self, report: Report, fail_on: FailOn | None) -> str | None:
        """Return what to say of a report that fails, None of one that passes."""
        fail_on = fail_on or (self._config and self._config.fail_on) or "error"
        if fail_on not in LEVELS:
            raise ConfigError(f"fail_on={fail_on!r} is none of {', '.join(LEVELS)}{nearest(fail_on, list(LEVELS))}")
        if not report.failures and not report.fails(fail_on):
            return None
        told = [visible(failure.reason) for failure in report.failures]
        if report.streams:
            out = io.StringIO()
            writer("text")(replace(report, failures=()), out, View(fail_on=fail_on))
            told.append(out.getvalue().rstrip())
        return "\n\n".join(told)


def _baseline(found: Config | None) -> Baseline | None:
    if found is None or found.baseline is None:
        return None
    from validator.baseline import Baseline  # late: few projects have one

    return Baseline.load(found.baseline, datetime.now(UTC).date())


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _together(reports: Sequence[Report]) -> Report:
    return Report(
        tuple(stream for report in reports for stream in report.streams),
        tuple(failure for report in reports for failure in report.failures),
    )


def _fail(told: str) -> NoReturn:
    """Fail the test that is running with a text and the place of the call, and no traceback."""
    __tracebackhide__ = True
    import pytest

    frame = sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("validator."):
        frame = frame.f_back
    pytest.fail(f"{told}\n\n{_short(Path(frame.f_code.co_filename))}:{frame.f_lineno}: checked here", pytrace=False)


def _short(path: Path) -> str:
    """Return a path as it is from the working directory, unless that leads out of it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)
