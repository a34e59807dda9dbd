"""What a proxy tells of the streams that pass: of each as soon as it is over, and of all of them in the end.

All of it is done in a thread of its own: whoever reads our output, or a disk, may be slow, and no stream waits for
them.
"""

from __future__ import annotations

import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from validator.cli import FOUND, OK, UNUSABLE, complain, outputs
from validator.report import Failure, Report
from validator.reporters import concise_, text_
from validator.reporters.visible import inert, visible
from validator.reporters.words import counts, gravest_first, lapse_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from validator.baseline import Baseline
    from validator.cli.outputs import Output
    from validator.finding import FailOn
    from validator.live.tap import Passed
    from validator.report import StreamReport
    from validator.trace import Wanted

#: The formats that tell of a stream when it is over, where they go to standard output.
_AT_ONCE = ("text", "concise")


class Passing:
    """The listener of a proxy; a context, at whose end all has been told of what passed, but for the whole report.

    Args:
        reports: what is written, and where.
        wanted: what these want kept of streams.
        fail_on: the mildest finding that fails.
        accepted: the findings that are accepted, if any are.
        verbose: whether responses that are no streams are told of too.

    """

    def __init__(
        self,
        reports: Sequence[Output],
        wanted: Wanted | None,
        fail_on: FailOn,
        accepted: Baseline | None = None,
        *,
        verbose: bool,
    ) -> None:
        self._at_once = next((one.form for one in reports if one.file is None and one.form in _AT_ONCE), None)
        self._later = [one for one in reports if one.file is not None or one.form not in _AT_ONCE]
        self._fail_on, self._accepted, self._verbose = fail_on, accepted, verbose
        self._streams: list[StreamReport] = []
        self._failures: list[Failure] = []
        self._room = None
        if wanted is not None:
            from validator.room import Room  # late: only some reports want it

            self._room = Room()
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Passing:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def stream(self, passed: Passed) -> None:
        """Be told of a stream that is over."""
        self._queue.put(lambda: self._take(passed))

    def other(self, what: str, status: int) -> None:
        """Be told of a response that is no event stream."""
        if self._verbose:
            self._queue.put(lambda: complain(f"{what}: {status}, no event stream"))

    def problem(self, what: str, why: str) -> None:
        """Be told of a request that the server did not answer, or whose answer cannot be saved."""
        self._queue.put(lambda: self._fail(what, f"{what}: {why}"))

    def _work(self) -> None:
        while (task := self._queue.get()) is not None:
            task()

    def _fail(self, source: str, reason: str) -> None:
        self._failures.append(Failure(source, reason))
        complain(reason)

    def _take(self, passed: Passed) -> None:
        for problem in passed.problems:
            self._fail(passed.source, problem)
        report = passed.report
        if report is None and passed.again is not None:
            judged = passed.again()
            if isinstance(judged, str):
                self._fail(passed.source, judged)
            else:
                report = judged
        if report is None:
            return
        if self._accepted is not None:
            report = self._accepted.marked(report)
        self._streams.append(report if self._room is None else self._room.admit(report))
        if self._at_once is not None:
            self._print(_lines(report, self._at_once))

    def _print(self, lines: Iterator[str]) -> None:
        text = "".join(f"{inert(line)}\n" for line in lines)
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except (OSError, ValueError):  # nobody reads it any more; the captures and the exit code are there
            self._at_once = None

    def finish(self) -> int:
        """Write the reports on all streams, and return the exit code."""
        report = Report(tuple(self._streams), tuple(self._failures))
        if self._accepted is not None:
            report = self._accepted.applied(report)
        if self._at_once == "text":
            self._print(text_.summary_lines(report, fail_on=self._fail_on))
        for lapse in report.lapses:
            complain(lapse_text(lapse))
        outputs.write(self._later, report, verbose=self._verbose, fail_on=self._fail_on)
        if not report.streams and not report.failures:
            complain("no event stream passed, so nothing was judged")
        if not report.streams or report.failures:
            return UNUSABLE
        return FOUND if report.fails(self._fail_on) else OK


def _lines(stream: StreamReport, form: str) -> Iterator[str]:
    """Yield what is told of a stream once it is over."""
    if form == "concise":
        yield from (concise_.line(stream.source, finding) for finding in stream.counting)
        return
    yield f"{visible(stream.source)}: {counts(stream)}; profile {visible(stream.profile)}; ending: {stream.ending}"
    for finding in gravest_first(stream.counting):
        yield ""
        yield from text_.finding_lines(finding)
    if stream.counting:
        yield ""
