"""What came out of a stream besides its findings: how it ended, what was exercised, the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.checks.claims import SchemaCheck
from validator.protocol import STREAM

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from validator.engine import Engine
    from validator.report import Ending
    from validator.sse import Decoder

#: The rules that had something to judge, those that had not, and why others did not see all.
Exercised = tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]

#: For how many kinds of streams it is known what they exercise.
MOST_KNOWN = 1000

#: Why what only the end can prove is not judged where the reader did not wait for it.
LEFT = "the reader left before the end of the stream"


def left(engine: Engine) -> bool:
    """Whether the reader went before the stream was over: what is missing then proves nothing."""
    return engine.at.meta.get("ended") == "left" and not engine.sentinels


def ending(engine: Engine, decoder: Decoder) -> Ending:
    """Return how the stream ended, as far as its bytes tell."""
    protocol, sentinel = engine.plan.protocol, engine.plan.protocol.sentinel
    if protocol.error is not None and protocol.error in engine.stream.marks:
        return "error"
    if left(engine):
        return "left"
    if decoder.events == 0:
        return "empty"
    finished = _finished(engine)
    if sentinel is not None and not engine.sentinels and not engine.at.meta.get("exact", True):
        sentinel = None  # a list of payloads seldom holds it, so that it is missing says nothing of the stream
    if sentinel is None or engine.sentinels:
        return "finished" if finished else "done-without-finish" if sentinel else "cut"
    return "no-done" if finished else "cut"


def _finished(engine: Engine) -> bool:
    finish = engine.plan.protocol.finish
    if finish is None or finish not in engine.stream.marks:
        return False
    depth = engine.plan.mark_depths[finish]
    return all(finish in scope.marks for scope in engine.instances if scope.depth == depth)


def exercised(engine: Engine) -> Exercised:
    """Return the rules that had something to judge, those that had nothing, and why others did not see all of it.

    Streams in which the same places were visited have the same answer, which is worked out once.
    """
    plan = engine.plan
    payload = plan.roots.get("payload")
    if payload is not None and engine.chunks:
        engine.visited[payload.index] = 1  # of a clean one there is nothing to show, but it was judged
    present = frozenset([scope.name for scope in engine.instances])
    lacking = {**_beyond(engine), **(dict.fromkeys(_at_end(engine), LEFT) if left(engine) else {})}
    if lacking or engine.settled:
        return _exercised(engine, present, lacking)
    applies = tuple([applies(engine.at.meta) for applies in plan.applying])
    key = bytes(engine.visited), bytes(engine.judged), present, applies
    found: Exercised | None = plan.exercised.get(key)
    if found is None:
        if len(plan.exercised) == MOST_KNOWN:
            plan.exercised.clear()
        found = plan.exercised[key] = _exercised(engine, present, lacking)
    return found


def _exercised(engine: Engine, present: Collection[str], lacking: Mapping[str, str]) -> Exercised:
    visited, flags, settled, meta = engine.visited, engine.judged, engine.settled, engine.at.meta
    had: list[str] = []
    had_not: list[str] = []
    unproven: dict[str, str] = {}
    found = {finding.rule for finding in engine.findings()} if settled else ()  # what settles it all was judged
    for rule, index, scope, watch, applies in engine.plan.exercises:
        if rule in lacking:
            unproven[rule] = lacking[rule]
            continue
        judged = flags[index] or scope in present or any(visited[place] for place in watch)
        judged = judged and not settled and (applies is None or applies(meta))
        (had if judged or rule in found else had_not).append(rule)
    return tuple(had), tuple(had_not), unproven


def _beyond(engine: Engine) -> dict[str, str]:
    """Return the rules that did not see all that they judge, as the stream goes beyond a limit, and which limit."""
    limits, stream, plan = engine.at.limits, engine.stream, engine.plan
    found: dict[str, str] = {}
    if engine.crowded:
        why = f"the stream has more parts than {limits.instances}, the limit (--limit instances=NUMBER)"
        found.update((bound.rule.id, why) for bound in plan.bound if bound.scope != STREAM)
    if engine.overrun:
        why = "an event breaks the schema in so many places that only the first were looked at"
        told = {finding.rule for finding in engine.findings()}
        schemas = {bound.rule.id for bound in plan.bound if isinstance(bound.check, SchemaCheck)}
        found.update(dict.fromkeys(schemas - told, why))
    if stream.held > plan.joined:
        why = f"the stream has more text to join than {limits.joined} characters, the limit (--limit joined=SIZE)"
        for bound in plan.bound:
            if any(_full(scope.states[bound.slot]) for scope in stream.each(bound.scope)):
                found[bound.rule.id] = why
    return found


def _full(state: object) -> bool:
    """Whether more text came than the state of a check may keep; of some checks it holds several texts."""
    parts = [getattr(part, "text", None) for part in state.values()] if isinstance(state, dict) else [state]
    return any(getattr(part, "full", False) for part in parts)


def _at_end(engine: Engine) -> frozenset[str]:
    """Return the rules that judge the end of the stream and have found nothing before it."""
    found = {finding.rule for finding in engine.findings()}
    closing = {bound.rule.id for bounds in engine.plan.closing.values() for bound in bounds}
    closing |= {rule.id for rule in engine.plan.grades.needed() if any(place.root == "capture" for place in rule.on)}
    return frozenset(closing - found)


def stats(engine: Engine, decoder: Decoder) -> dict[str, int]:
    """Return the numbers of bytes, events, chunks, and instances of each scope."""
    names = [scope.name for scope in engine.instances]
    counts = {spec.plural: names.count(spec.name) for spec in engine.plan.protocol.scopes}
    return {"bytes": decoder.bytes, "events": decoder.events, "chunks": engine.chunks, **counts}
