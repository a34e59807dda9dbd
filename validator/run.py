"""The run: captures in, a report out; what cannot be judged is told, and the rest is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from validator import captures, catalogue
from validator.meta import have
from validator.plan import Plan
from validator.report import Failure, Report
from validator.sse import BlockTooLong
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from validator.finding import Severity
    from validator.protocol import Protocol
    from validator.report import StreamReport
    from validator.rule import Need, Rule


@dataclass
class Judge:
    """What to judge streams by; plans are compiled when first needed, and shared.

    `profile` is a name or a file (None: what the sidecar says, else the default), and decides the protocol; `more`
    are files of further rules; `severities`, `select` and `ignore` name rules or layers of any protocol.
    """

    profile: str | None = None
    more: tuple[Path, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    _plans: dict[tuple[str | None, frozenset[Need]], Plan] = field(default_factory=dict)
    _rules: dict[str, Mapping[str, Rule]] = field(default_factory=dict)

    def rules(self, protocol: Protocol) -> Mapping[str, Rule]:
        """Return a protocol's rules and the further ones."""
        if protocol.name not in self._rules:
            rules = dict(protocol.rules)
            for path in self.more:
                catalogue.add_rules(rules, catalogue.load_rules(path, "house"))
            self._rules[protocol.name] = rules
        return self._rules[protocol.name]

    def plan(self, profile: str | None = None, held: frozenset[Need] = frozenset({"bytes"})) -> Plan:
        """Return the plan for captures that hold so much.

        Raises:
            ConfigError: the profile, a rule or an option cannot be used.

        """
        return self.plan_of(self.profile or profile, held)

    def plan_of(self, chosen: str | None, held: frozenset[Need]) -> Plan:
        """Return the plan of one profile, None the default one, for captures that hold so much."""
        key = (chosen, held)
        if key not in self._plans:
            protocol, found = catalogue.find_profile(chosen)
            rules = self.rules(protocol)
            self._check_names(rules)
            self._plans[key] = Plan(
                protocol,
                found,
                rules=rules,
                have=held,
                severities=self.severities,
                select=self.select,
                ignore=self.ignore,
            )
        return self._plans[key]

    def _check_names(self, rules: Mapping[str, Rule]) -> None:
        """Refuse options that name what no protocol has; what only another has is for the captures of that one."""
        unknown = {*self.severities, *self.select, *self.ignore} - {*rules, *(rule.layer for rule in rules.values())}
        if unknown:
            known = {*rules, *catalogue.rule_names(), *catalogue.layer_names()}
            for name in sorted(unknown - known):
                raise ConfigError(f"unknown rule or layer {name!r}{nearest(name, sorted(known))}")

    def judge(self, capture: captures.Capture) -> StreamReport:
        """Judge one capture.

        Raises:
            ConfigError: it cannot be read or judged.
            BlockTooLong: a block is longer than the decoder's limit.

        """
        held = have(capture.meta, exact=capture.exact)
        plan = self.plan(capture.meta.get("profile"), held)
        references = [self.plan_of(name, held) for name in plan.protocol.verdicts]
        stream = StreamValidator(meta=capture.meta, source=capture.source, plan=plan, references=references)
        for piece in capture.pieces():
            stream.feed(piece)
        return stream.close().streams[0]


def run(judge: Judge, given: Iterable[str], meta: Path | None = None) -> Report:
    """Judge all captures that the arguments name; what fails is told in the report.

    Raises:
        ConfigError: what to judge by cannot be used, so that nothing can be judged.

    """
    judge.plan()
    streams: list[StreamReport] = []
    failures: list[Failure] = []
    for argument in given:
        for outcome in _outcomes(judge, argument, meta):
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                streams.append(outcome)
    return Report(tuple(streams), tuple(failures))


def _outcomes(judge: Judge, argument: str, meta: Path | None) -> Iterator[StreamReport | Failure]:
    try:
        found = list(captures.find(argument, meta))
    except ConfigError as error:
        yield Failure(argument, str(error))
        return
    for capture in found:
        try:
            yield judge.judge(capture)
        except ConfigError as error:
            yield Failure(capture.source, str(error))
        except BlockTooLong as error:
            yield Failure(capture.source, f"{capture.source}: {error}")
