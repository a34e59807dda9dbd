"""The tally: turns what checks say into findings, each defect once with a count of its occurrences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from validator.finding import Finding, Related, fingerprint
from validator.place import ITEMS, general
from validator.where import Locator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from validator.checks.base import Breach
    from validator.finding import Where
    from validator.node import Bound
    from validator.plan import Plan
    from validator.rule import Rule
    from validator.scope import Scope, Spot


@dataclass(slots=True)
class _Defect:
    finding: Finding
    count: int = 1
    places: tuple[Where, ...] = ()


def _names(rule: Rule, breach: Breach) -> Iterator[str]:
    """Yield by what other rules can yield to this: the rule, and the rule with the case of its breach."""
    yield rule.id
    if breach.case is not None:
        yield f"{rule.id}.{breach.case}"


class Tally:
    """The findings of one stream so far.

    Args:
        plan: its rules give the words, its marks the excuses, its limits how much is told.

    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._limits = plan.limits
        self._defects: dict[tuple[str, str], _Defect] = {}
        self._kinds: dict[str, list[tuple[str, str]]] = {}
        self._spoken: set[str] = set()
        self._waiting: list[Finding] = []
        self._released = False
        self._locator = Locator()

    def add(self, said: Sequence[tuple[Bound, Breach]], *, at_end: bool = False) -> bool:
        """Take what was said of one event, or at the end; return whether it settles the stream.

        A rule yields to what is said of the same event; at the end, to what was said of the whole stream; and where
        it says so, to what was said before. Once findings were released, nothing settles a stream any more.
        """
        counting = [(bound, breach) for bound, breach in said if not self._excused(bound, breach)]
        speaking = {name for bound, breach in counting for name in _names(bound.rule, breach)}
        self._spoken |= speaking
        if at_end:
            speaking = self._spoken
        heard = [
            (bound, breach)
            for bound, breach in counting
            if speaking.isdisjoint(bound.rule.yields_to) and self._spoken.isdisjoint(bound.rule.yields_after)
        ]
        settling = None if self._released else next((one for one in heard if one[0].rule.settles), None)
        if settling is not None:
            self._defects.clear()
            self._waiting.clear()
            heard = [settling]
        for bound, breach in heard:
            if bound.severity != "off":
                self._add(bound, breach)
        return settling is not None

    def _excused(self, bound: Bound, breach: Breach) -> bool:
        rule = bound.rule
        if not rule.requires and not rule.unless:
            return False
        assert breach.spot is not None  # noqa: S101 - the engine fills it in
        scope = breach.spot.scope
        if any(self._mark(mark, scope) for mark in rule.unless):
            return True
        return not all(self._mark(mark, scope) for mark in rule.requires)

    def _mark(self, name: str, scope: Scope) -> Spot | None:
        return scope.met(name, self._plan.mark_depths[name])

    def _add(self, bound: Bound, breach: Breach) -> None:
        rule = bound.rule
        key = (rule.id, breach.key)
        kinds = self._kinds.setdefault(rule.id, [])
        defect = self._defects.get(key)
        if defect is None and len(kinds) == self._limits.findings:
            defect = self._defects.get(kinds[-1])
        spot = breach.spot
        assert spot is not None  # noqa: S101 - the engine fills it in
        if defect is not None:
            defect.count += 1
            if len(defect.places) < self._limits.places:
                defect.places = (*defect.places, self._locator.locate(spot))
            return
        from validator.cover import covered_text  # late: only findings need it

        where = self._locator.locate(spot)
        case = breach.case
        for mark in rule.severity_after:
            if self._mark(mark, spot.scope):
                case = mark
        severity = rule.severity_in(case)
        if severity == "off":
            return
        message = breach.message
        if rule.message is not None:
            message = rule.message.format(got=breach.got or "", place=" or ".join(map(str, rule.on)))
        finding = Finding(
            rule=rule.id,
            layer=rule.layer,
            severity=severity,
            title=rule.title,
            message=covered_text(message),
            expected=rule.expect,
            got=None if breach.got is None else covered_text(breach.got),
            where=where,
            scope=self._keys(spot),
            related=tuple(Related(covered_text(text), self._locator.locate(other)) for text, other in breach.related),
            breaks=rule.breaks,
            fix=rule.fix,
            case=case,
            places=(where,),
            fingerprint=fingerprint(rule.id, spot.root, ".".join(general(spot.path)) or ITEMS, breach.key),
        )
        self._defects[key] = _Defect(finding, places=(where,))
        kinds.append(key)
        self._waiting.append(finding)

    def _keys(self, spot: Spot) -> dict[str, int | str | None]:
        keys: dict[str, int | str | None] = {spec.name: None for spec in self._plan.protocol.scopes}
        for scope in spot.scope.chain():
            if scope.outer is not None:
                keys[scope.name] = scope.key
        return keys

    def release(self) -> list[Finding]:
        """Return the findings that are new since the last time."""
        self._released = True
        if not self._waiting:
            return []
        waiting, self._waiting = self._waiting, []
        return waiting

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings with their counts, by position in the stream."""
        if not self._defects:
            return ()
        found: Iterable[Finding] = (
            replace(defect.finding, count=defect.count, places=defect.places) for defect in self._defects.values()
        )
        return tuple(sorted(found, key=lambda one: (one.where.byte_offset, one.rule, one.message)))
