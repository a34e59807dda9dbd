"""One stream from bytes to verdict: the decoder, the engine, and what the report says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator import outcome
from validator.framing import LONGEST_ORDINARY
from validator.judge import judge_by
from validator.meta import have, load_meta
from validator.panel import Panel
from validator.recognise import AUTO, ENOUGH, recognise
from validator.report import Report, StreamReport
from validator.sse import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.finding import Finding
    from validator.grades import Grades
    from validator.judge import Judge
    from validator.lookalikes import Lookalikes
    from validator.plan import Plan
    from validator.sse import Event
    from validator.trace import Recorder, Wanted

#: How much of a body without any data line is kept, to say what it is.
HEAD = 64 * 1024

#: How many events of a stream are judged in full at first: of a short one it would cost more to find a likeness.
WARM = 8


class StreamValidator:
    """Validates one stream as its bytes come.

    Args:
        profile: the name of a profile, or the path of a YAML file of one; it decides the protocol too. ``auto``: the
            one that the stream itself shows, by its first 256 KiB.
        meta: what is known beside the bytes, in the sidecar's form: `request`, `response` (`status`, `headers`),
            `ended` (``close``, ``reset``, ``timeout``, ``left``), `reads` (pairs of seconds and bytes; a list, empty
            at first, where `read` tells of them).
        source: what to call the stream in the report.
        judge: what to judge by, in place of a profile; streams share the plans that it compiles.
        plan: a compiled plan in place of both.
        wanted: what to keep of the stream for a report that shows more than findings.
        file: the file that it stands in, if any; what the configuration says of that holds for it.
        plain: whether the file is the stream and nothing else.

    Raises:
        ConfigError: there is no such profile, or `meta` is not of the sidecar's form.

    """

    def __init__(
        self,
        profile: str | None = None,
        meta: Mapping[str, Any] | None = None,
        *,
        source: str = "<stream>",
        judge: Judge | None = None,
        plan: Plan | None = None,
        wanted: Wanted | None = None,
        file: str | None = None,
        plain: bool = True,
    ) -> None:
        self._meta = load_meta(meta or {}, source)
        self._source, self._file, self._plain = source, file, plain
        self._head = bytearray()
        self._report: Report | None = None
        self._by = judge or judge_by(profile)
        self._decoder = Decoder(max_block=(plan or self._by).limits.block)
        self._because: str | None = None
        #: the beginning of a stream whose profile it must show itself
        self._unread: bytearray | None = None
        self._wanted = wanted
        self._recorder: Recorder | None = None
        self._likes: Lookalikes | None = None
        #: so many events are judged in full before look-alikes are looked for; 0: all are
        self._in_full = 0
        if plan is not None:
            self._begin(plan, ())
        elif (chosen := self._by.profile_for(file or source, self._meta)) == AUTO:
            self._unread = bytearray()
        else:
            self._open(chosen)

    def _open(self, profile: str | None) -> None:
        self._begin(*self._by.plans(profile, have(self._meta)))

    def _begin(self, plan: Plan, references: Iterable[tuple[Grades, Plan]]) -> None:
        self._plan, self._panel = plan, Panel(plan, references, self._meta)
        if self._wanted is not None:
            from validator.trace import Recorder  # late: only some reports want it

            self._recorder = Recorder(self._wanted, plan.protocol, self._panel.main.at.arrivals)
        watched = self._wanted is not None and self._wanted.watches
        if not watched and plan.by_form and plan.limits.block >= LONGEST_ORDINARY:
            self._in_full = WARM

    def read(self, seconds: float, size: int) -> None:
        """Take the time of a read, in seconds since the request, before its bytes are fed; 0 bytes: the end of all.

        Raises:
            ValueError: `meta` had no `reads`, so that no time is judged.

        """
        if "reads" not in self._meta:
            msg = "the times of reads are judged only where `reads` stands in meta"
            raise ValueError(msg)
        self._meta["reads"].append((seconds, size))

    def feed(self, data: bytes) -> list[Finding]:
        """Take the next bytes, however they are split, and return the findings that they prove.

        Raises:
            BlockTooLong: a block is longer than the decoder's limit.
            ValueError: the stream was closed.

        """
        if self._unread is not None:
            self._unread += data
            return self._recognise() if len(self._unread) >= ENOUGH else []
        if self._decoder.events == 0 and len(self._head) < HEAD:
            self._head += data[: HEAD - len(self._head)]
        return self._judge(self._decoder.read(data))

    def _recognise(self) -> list[Finding]:
        """Choose the profile by what came so far, and judge that."""
        data, self._unread = bytes(self._unread or b""), None
        profile, self._because = recognise(data)
        self._open(profile)
        return self.feed(data)

    def _judge(self, events: Iterable[Event]) -> list[Finding]:
        judge, recorder = self._panel.event, self._recorder
        findings: list[Finding] = []
        if self._likes is not None:
            self._likes.findings = findings
        for event in events:
            if recorder is not None:
                recorder.before(event)
            proven = judge(event)
            if recorder is not None:
                recorder.after(event, telling=bool(proven))
            findings += proven
            if self._in_full and event.number is not None and event.number >= self._in_full:
                self._alike(event, findings)
        return findings

    def _alike(self, event: Event, findings: list[Finding]) -> None:
        """Let look-alikes of an event be judged by what differs in them."""
        if self._likes is None:
            from validator.lookalikes import Lookalikes  # late: a short stream does without

            self._likes = self._decoder.reader = Lookalikes(self._panel.engines)
            self._likes.findings = findings
        self._likes.after(event)

    def leave(self) -> Report:
        """End the reading of a stream that goes on: what came is judged, and that more is missing proves nothing."""
        return self.close("left")

    def close(self, ended: str | None = None) -> Report:
        """End the stream and return its report; further calls return the same one.

        `ended` is how it ended, where `meta` could not tell: ``close``, ``reset``, ``timeout`` or ``left``.
        """
        if self._report is None:
            if ended is not None:
                self._meta["ended"] = ended
            if self._unread is not None:
                self._recognise()
            decoder, engine = self._decoder, self._panel.main
            if self._meta.get("ended") != "left":
                self._judge(decoder.close())
            if not outcome.left(engine):
                self._panel.close(decoder, bytes(self._head) if decoder.events == 0 else None)
            exercised, unexercised, unproven = outcome.exercised(engine)
            stream = StreamReport(
                source=self._source,
                protocol=self._plan.protocol.name,
                profile=self._plan.profile.name,
                because=self._because,
                ending=outcome.ending(engine, decoder),
                findings=engine.findings(),
                exercised=exercised,
                unexercised=unexercised,
                not_judged={**self._plan.not_judged, **unproven},
                stats=outcome.stats(engine, decoder),
                verdicts=self._panel.verdicts(),
                trace=self._recorder.trace(self._plan.grades.rules) if self._recorder is not None else None,
                file=self._file,
                plain=self._plain,
            )
            self._report = Report((stream,))
            self._panel.release()
        return self._report
