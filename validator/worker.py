"""A process that judges captures for another: what it is handed, and what it answers.

As little travels as can be: names of files, or the parts of captures with their bytes; and reports without the rules
that they were judged by, which travel once.
"""

from __future__ import annotations

import gc
import signal
import traceback
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from validator.captures import Capture
from validator.onefile import outcome, outcomes
from validator.report import Failure, StreamReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from pathlib import Path

    from validator.judge import Judge
    from validator.rule import Rule
    from validator.trace import Wanted

Outcomes = list[StreamReport | Failure]


class Given(Protocol):
    """What a batch is made of: `given` is the name of a file, or the parts of a Capture with its bytes."""

    given: Any


G = TypeVar("G", bound=Given)


class Worker(Generic[G]):
    """One process, and what it has to judge.

    Args:
        context: how to start it.
        task: what to judge by, the metadata of every capture in place of its sidecar, and what to keep of streams.
        same: what many streams have alike, kept once for all workers.

    Attributes: `pipe`, through which it answers; `batches`, what it was handed and has not answered, in the order in
    which it will.

    """

    def __init__(self, context: BaseContext, task: tuple[Any, ...], same: dict[Any, Any]) -> None:
        self.pipe, theirs = context.Pipe()
        self.batches: deque[list[G]] = deque()
        self._process = context.Process(target=_serve, args=(theirs, *task), daemon=True)  # type: ignore[attr-defined]  # all have it
        with _uninterrupted():
            self._process.start()
        theirs.close()
        self._same = same
        #: the rules that it sent, by what it calls them
        self._rules: dict[int, Mapping[str, Rule]] = {}

    def hand(self, batch: list[G]) -> None:
        """Have a batch judged."""
        self.batches.append(batch)
        with suppress(OSError):  # if it has ended, that is seen when its answer is waited for
            self.pipe.send([one.given for one in batch])

    def take(self) -> list[Outcomes] | None:
        """Return what was found in each of its first batch; None if it has ended."""
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(found, str):
            raise RuntimeError(found)
        return [[self._whole(*one) for one in of_it] for of_it in found]

    def _whole(self, one: StreamReport | Failure, key: int, rules: Mapping[str, Rule] | None) -> Any:
        if isinstance(one, Failure):
            return one
        if rules is not None:
            self._rules[key] = rules
        one = _sharing(one, self._same)
        return one if one.trace is None else replace(one, trace=replace(one.trace, rules=self._rules[key]))

    def end(self) -> str:
        """End the process and say how it ended."""
        self.pipe.close()
        self._process.terminate()
        self._process.join()
        code = self._process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, from their first moment on: it is for this process to end them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, judge: Judge, meta: Path | None, wanted: Wanted | None) -> None:
    """Judge the batches that come through a pipe until it is closed; the answer to each is what was found in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what came along by a fork stays: who looks through it for garbage makes a copy of it
    sent: dict[int, Mapping[str, Rule]] = {}
    same: dict[Any, Any] = {}
    with suppress(EOFError, OSError):
        while True:
            answer: Any = []
            for given in pipe.recv():
                try:
                    found = (
                        outcomes(judge, given, meta, wanted)
                        if type(given) is str
                        else [_judged(judge, given, wanted)]
                    )
                    answer.append([_slim(one, sent, same) for one in found])
                except Exception:
                    answer = f"{given if type(given) is str else given[0]}: {traceback.format_exc()}"
                    break
            pipe.send(answer)


def _judged(judge: Judge, given: Any, wanted: Wanted | None) -> StreamReport | Failure:
    source, body, meta, file, plain = given
    return outcome(judge, Capture(source, lambda: iter((body,)), meta, file, plain), wanted)


def _slim(
    one: StreamReport | Failure, sent: dict[int, Mapping[str, Rule]], same: dict[Any, Any]
) -> tuple[StreamReport | Failure, int, Mapping[str, Rule] | None]:
    """Return an outcome as it travels, without the rules that it was judged by, and these apart the first time.

    What many have alike is one object, which travels once in a batch.
    """
    if isinstance(one, Failure):
        return one, 0, None
    one = _sharing(one, same)
    if one.trace is None:
        return one, 0, None
    rules = one.trace.rules
    new = id(rules) not in sent
    sent[id(rules)] = rules
    return replace(one, trace=replace(one.trace, rules={})), id(rules), rules if new else None


def _sharing(one: StreamReport, same: dict[Any, Any]) -> StreamReport:
    """Return a report that has what many have alike as one object with them; `same` keeps these."""
    return replace(
        one,
        exercised=same.setdefault(one.exercised, one.exercised),
        unexercised=same.setdefault(one.unexercised, one.unexercised),
        not_judged=same.setdefault(tuple(one.not_judged.items()), one.not_judged),
    )
