"""A stream that passes, saved and judged as it flows: the reads in, in the end its report.

Theory of the times, as in `validator.watch`: what is known is when a piece was handed to us. That is when it came, as
long as we waited for it. Where the client was slow to take the piece before, and the next one then lay there already,
nobody knows for how long. Then no time of the stream is told, and it is judged again without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from validator.captures.packed import PackedError
from validator.live.coding import Uncoded
from validator.onefile import outcomes
from validator.report import Failure
from validator.sse import BlockTooLong
from validator.stream import StreamValidator
from validator.watch import AWAY, FOUND_THERE
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from validator.judge import Judge
    from validator.live.save import Folder, Saving
    from validator.report import StreamReport
    from validator.trace import Wanted


@dataclass(frozen=True, slots=True)
class Passed:
    """What came of a stream: where it is saved, its report, and what went wrong with either, in words.

    Without a report it is to be judged from its file: `again` does that.
    """

    source: str
    report: StreamReport | None = None
    problems: tuple[str, ...] = ()
    again: Callable[[], StreamReport | str] | None = None


class Tap:
    """One response on its way from the server to the client. None of the methods raises.

    Args:
        folder: where it is saved.
        judge: what it is judged by.
        deliver: is handed what came of it, once.
        name: what to call its capture.
        meta: its sidecar, without what only its end can tell.
        now: when its head came, in seconds since the request was sent.
        secrets: of the request.
        wanted: what to keep of the stream for a report that shows more than findings.

    Raises:
        ConfigError: it cannot be saved.

    """

    def __init__(
        self,
        folder: Folder,
        judge: Judge,
        deliver: Callable[[Passed], object],
        *,
        name: str,
        meta: Mapping[str, Any],
        now: float,
        secrets: Iterable[str] = (),
        wanted: Wanted | None = None,
    ) -> None:
        self._judge, self._deliver, self._wanted = judge, deliver, wanted
        self._saving: Saving = folder.open(name, meta, secrets)
        self._source = str(self._saving.path)
        self._problems: list[str] = []
        self._over = self._blurred = self._damaged = False
        #: since when we have been busy with the last piece, and since when we have waited for the next one
        self._away = self._waiting = now
        self._uncoded = Uncoded()
        self._stream: StreamValidator | None = None
        begun = {**self._saving.meta, "reads": []}
        try:
            self._stream = StreamValidator(
                meta=begun, source=self._source, judge=judge, wanted=wanted, file=self._source
            )
            self._uncoded = Uncoded(meta.get("response", {}).get("headers", {}).get("content-encoding", ""))
        except (ConfigError, PackedError) as error:
            self._fail(f"{self._source}: cannot be judged: {error}")

    def waits(self, now: float) -> None:
        """Note that the next piece is waited for; `now` is seconds since the request was sent, as all times are."""
        self._waiting = now

    def came(self, piece: bytes, now: float) -> None:
        """Take a piece, as it goes to the client; `now` is when it came."""
        if self._waiting - self._away > AWAY and now - self._waiting < FOUND_THERE:
            self._blurred = True
        self._away = now
        if self._damaged:
            return
        try:
            for data in self._uncoded.feed(piece):
                self._take(data, now)
        except PackedError as error:
            self._damaged = True
            self._fail(f"{self._source}: its body {error}")

    def _take(self, data: bytes, now: float) -> None:
        if not data:
            return
        if self._stream is not None:
            self._stream.read(now, len(data))
        self._feed(self._saving.came(data, None if self._blurred else now))

    def _feed(self, data: bytes) -> None:
        if self._stream is None or not data:
            return
        try:
            self._stream.feed(data)
        except BlockTooLong as error:
            self._fail(f"{self._source}: {error} (--limit {error.option})")
        except Exception as error:  # whatever it is, the stream must go on; the report tells
            self._fail(f"{self._source}: cannot be judged: {error}")

    def over(self, ended: str, now: float) -> None:
        """Say how it ended, in the sidecar's words, unless that was said; save that, and deliver what came of it."""
        if self._over:
            return
        self._over = True
        self._feed(self._saving.over("left" if self._damaged else ended, now))
        if self._saving.failure is not None:
            self._problems.append(self._saving.failure)
        report = again = None
        if self._stream is not None and self._blurred and self._saving.failure is None:
            again = self._again
        elif self._stream is not None:
            report = self._closed(self._stream, ended, now)
        self._deliver(Passed(self._source, report, tuple(self._problems), again))

    def _closed(self, stream: StreamValidator, ended: str, now: float) -> StreamReport | None:
        try:
            if ended == "close":
                stream.read(now, 0)
            return stream.close(ended).streams[0]
        except Exception as error:
            self._fail(f"{self._source}: cannot be judged: {error}")
            return None

    def _again(self) -> StreamReport | str:
        """Judge what was saved: the report, or in words why there is none."""
        outcome = next(outcomes(self._judge, self._source, wanted=self._wanted))
        return outcome.reason if isinstance(outcome, Failure) else outcome

    def _fail(self, problem: str) -> None:
        self._problems.append(problem)
        self._stream = None
