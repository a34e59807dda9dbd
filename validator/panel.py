"""The panel: one stream judged by several profiles in one run.

Profiles that differ only in severities share an engine: what it finds is graded anew for each. A profile that
changes what is found, by options or wider schemas, needs an engine of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from validator.engine import Engine
from validator.report import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.finding import Finding
    from validator.grades import Grades
    from validator.plan import Plan
    from validator.sse import Decoder, Event


class Panel:
    """Judges a stream by a plan, and gives the verdicts of further grades.

    Args:
        plan: the plan whose findings are reported.
        references: grades whose verdicts are given beside it, each with the plan to find by: one that covers them.
        meta: what is known beside the bytes.

    """

    def __init__(self, plan: Plan, references: Iterable[tuple[Grades, Plan]], meta: Mapping[str, Any]) -> None:
        self.main = Engine(plan, meta)
        engines = {plan: self.main}
        self._references: list[tuple[Grades, Engine]] = []
        for grades, finder in references:
            if finder not in engines:
                engines[finder] = Engine(finder, meta)
            self._references.append((grades, engines[finder]))
        self._others = [engine for engine in engines.values() if engine is not self.main]

    @property
    def engines(self) -> list[Engine]:
        """The engines, that of the plan first."""
        return [self.main, *self._others]

    def event(self, event: Event) -> list[Finding]:
        """Judge one block and return the findings of the plan that it proves."""
        for engine in self._others:
            engine.event(event)
        return self.main.event(event)

    def close(self, decoder: Decoder, head: bytes | None) -> None:
        """Judge what only the end of the stream can prove."""
        for engine in self.engines:
            engine.close(decoder, head)

    def release(self) -> None:
        """Let go of what was kept of the stream, once all was asked."""
        for engine in self.engines:
            for scope in engine.instances:
                scope.release()

    def verdicts(self) -> dict[str, Verdict]:
        """Return what each of the references makes of the stream, by the names of their profiles."""
        return {
            grades.profile.name: Verdict.of(grades.regrade(engine.findings())) for grades, engine in self._references
        }
