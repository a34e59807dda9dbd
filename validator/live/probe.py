"""The probe: a running server is asked scenario by scenario, its answers are saved, and judged as they were saved.

So a later check of the folder says the same of them by the rules. What only asking can tell (a wrong key is refused,
an answer is the same when it is not streamed) are findings of the layer ``asked``, beside those of the rules.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from validator.live.answer import Answer, Question
from validator.live.ask import Unreachable
from validator.live.budget import Spent
from validator.live.expect import Context, described, held, missing
from validator.live.remarks import Remarks
from validator.live.scores import cells, scores
from validator.mediatype import EVENT_STREAM
from validator.onefile import outcomes
from validator.probed import ASKED, Outcome, Probed
from validator.report import Failure, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.judge import Judge
    from validator.live.ask import Asker
    from validator.live.asking import Asking
    from validator.live.expect import Held
    from validator.live.keep import Kept
    from validator.live.scenario import Ask, Scenario
    from validator.protocol import Protocol
    from validator.report import StreamReport
    from validator.run import Listener
    from validator.trace import Wanted

#: How many seconds a server is given to notice that a reader has left, before it is asked again.
NOTICE = 0.3

#: Statuses by which a server says to the first request that no other will be answered either.
_NEVER = {401: "it asks for a key", 403: "it refuses the key", 404: "there is no such model, or no such path",
          405: "it takes no requests there", 407: "a proxy asks for a password"}  # fmt: skip


class Probe:
    """Asks a server, and can be asked for its report at any moment.

    Args:
        asker: sends the requests.
        asking: how the protocol is asked for.
        protocol: of the answers.
        judge: what to judge them by.
        kept: where they are saved.
        profile: the profile that answers which are no stream are said to be judged by; None: the default one.
        model: the model to ask for.
        without: the capabilities that the server does not have.
        wanted: what to keep of streams beside their findings.
        watch: whom to tell how far it is.

    """

    def __init__(
        self,
        asker: Asker,
        asking: Asking,
        protocol: Protocol,
        judge: Judge,
        kept: Kept,
        *,
        profile: str | None,
        model: str,
        without: Iterable[str] = (),
        wanted: Wanted | None = None,
        watch: Listener | None = None,
    ) -> None:
        self._asker, self._asking, self._protocol = asker, asking, protocol
        self._judge, self._kept, self._model = judge, kept, model
        self._without = frozenset(without)
        self._wanted, self._watch = wanted, watch
        self._remarks = Remarks(protocol, judge, profile, wanted)
        self._layers = {name: rule.layer for name, rule in judge.rules(protocol).items()}
        self._order = (*dict.fromkeys(self._layers.values()), ASKED)
        self._outcomes: list[Outcome] = []
        self._streams: list[StreamReport] = []
        self._failures: list[Failure] = []
        self._reached = False
        self._gone: str | None = None
        #: what the server was found to be unable to do
        self._lacks: dict[str, str] = {}

    async def run(self, scenarios: Sequence[Scenario]) -> None:
        """Ask all scenarios, one after the other.

        Raises:
            Unreachable: nothing can be asked there.
            ConfigError: an answer cannot be saved.

        """
        if self._watch is not None:
            self._watch.begin(len(scenarios))
        async with self._asker:
            for scenario in scenarios:
                if self._watch is not None:
                    self._watch.read(scenario.id, 0)
                self._outcomes.append(await self._scenario(scenario))
                if self._watch is not None:
                    self._watch.done(scenario.id)

    def report(self, *, interrupted: bool = False) -> Report:
        """Return what was found so far; `interrupted` says that this is not all."""
        failures = list(self._failures)
        if interrupted:
            failures.append(Failure("interrupted", f"interrupted: {len(self._outcomes)} scenarios were judged"))
        probed = Probed(
            url=self._asker.endpoint.url,
            model=self._asker.endpoint.key.clean_text(self._model),
            profile=self._remarks.profile,
            layers=self._order,
            outcomes=tuple(self._outcomes),
            scores=scores(self._streams, self._remarks.expected),
            rules=len(self._layers),
            requests=self._asker.budget.asked,
            tokens=self._asker.budget.allowed,
            expected=tuple(sorted(self._remarks.expected)),
        )
        if self._outcomes and not probed.judged and not failures:
            reason = self._outcomes[0].skipped
            failures.append(Failure("probe", f"{probed.url}: no scenario was judged: {reason}"))
        return Report(tuple(self._streams), tuple(failures), interrupted=interrupted, probe=probed)

    async def _scenario(self, scenario: Scenario) -> Outcome:
        reason = self._left_out(scenario)
        if reason is not None:
            return Outcome(scenario.id, scenario.title, skipped=reason)
        try:
            self._asker.budget.afford(
                len(scenario.requests), sum(self._question(ask).tokens for ask in scenario.requests)
            )
            answers = await self._answers(scenario)
        except Spent as error:
            return Outcome(scenario.id, scenario.title, skipped=str(error))
        except Unreachable as error:
            if not self._reached:
                raise
            self._gone = str(error)
            self._failures.append(Failure(scenario.id, f"{error} (scenario {scenario.id})"))
            return Outcome(scenario.id, scenario.title, skipped="the server cannot be reached any more")
        return await self._judged(scenario, answers)

    def _left_out(self, scenario: Scenario) -> str | None:
        """Return why a scenario is not asked, if it is not."""
        if self._gone is not None:
            return "the server cannot be reached any more"
        for name in scenario.asks:
            if name in self._without:
                return f"left out by --without {name}"
            if name in self._lacks:
                return self._lacks[name]
        return None

    def _question(self, ask: Ask) -> Question:
        how: dict[str, Any] = {"key": ask.key, "leave": ask.leave}
        if ask.raw is not None:
            return Question(ask.raw.encode(), None, 0, **how)
        body = self._asking.body(ask.members, self._model, ask.tokens, stream=ask.stream)
        return self._asking.question(body, ask.tokens, **how)

    async def _answers(self, scenario: Scenario) -> dict[str, Answer]:
        """Return what came of the requests of a scenario, by their names."""
        if scenario.together:
            came = await asyncio.gather(*(self._ask(ask) for ask in scenario.requests), return_exceptions=True)
            together: dict[str, Answer] = {}
            for ask, one in zip(scenario.requests, came, strict=True):
                if isinstance(one, BaseException):
                    raise one
                together[ask.name] = one
            return together
        answers: dict[str, Answer] = {}
        for ask in scenario.requests:
            if any(one.ended == "left" for one in answers.values()):
                await asyncio.sleep(NOTICE)
            try:
                answers[ask.name] = await self._ask(ask, plain=not scenario.refused(ask))
            except Unreachable as error:
                if not scenario.tells_of_life(ask):
                    raise
                answers[ask.name] = Answer(self._question(ask), None, {}, b"", (), "reset", str(error))
                self._gone = str(error)
        return answers

    async def _ask(self, ask: Ask, *, plain: bool = True) -> Answer:
        answer = await self._asker.ask(self._question(ask))
        if ask.raw is None and self._asking.gives_way(answer):
            answer = await self._asker.ask(self._question(ask))
        if plain and not self._reached:
            self._look(answer)
            self._reached = True
        return answer

    def _look(self, first: Answer) -> None:
        """Refuse a server whose first answer says that there is nothing to judge there.

        Raises:
            Unreachable: it does.

        """
        url, status = self._asker.endpoint.url, first.status
        if status is None and not first.body:
            raise Unreachable(f"{url}: cannot be probed: {first.trouble}")
        if status in _NEVER:
            raise Unreachable(f"{url}: cannot be probed: {_NEVER[status]} ({described(first)})")
        if status is not None and 300 <= status < 400:
            to = first.headers.get("location", "nowhere")
            raise Unreachable(f"{url}: cannot be probed: HTTP {status} leads on to {to}; that is not followed")

    async def _judged(self, scenario: Scenario, answers: Mapping[str, Answer]) -> Outcome:
        """Save the answers of a scenario and say what is wrong with them."""
        reason = self._shows_nothing(scenario, answers)
        found: dict[str, Held] = {}
        idle = None
        if reason is None:
            context = Context(scenario, answers, self._asking, self._protocol, self._ask)
            for expectation in scenario.expect:
                if expectation.severity == "off":
                    continue
                try:
                    found[expectation.id] = one = await held(expectation, context)
                except (Spent, Unreachable) as error:
                    idle = str(error)
                else:
                    idle, reason = idle or one.idle, reason or one.moot
        reports = self._reports(scenario, answers, usable=reason is None)
        if reason is not None:
            return Outcome(scenario.id, scenario.title, skipped=reason)
        for expectation in scenario.expect:
            came = found.get(expectation.id)
            if came is None or came.idle is not None:
                continue
            came = self._remarks.left(came, reports[came.of])
            idle = idle or came.idle
            if came.idle is None:
                report = reports[came.of] or self._unjudged(scenario, came.of, answers)
                reports[came.of] = self._remarks.noted(report, scenario, expectation, came)
        if idle is None and scenario.exercised is not None and missing(scenario.exercised, answers, self._protocol):
            idle = scenario.exercised.otherwise
        told = [one for one in reports.values() if one is not None]
        self._streams += told
        sources = tuple(one.source for one in told)
        return Outcome(scenario.id, scenario.title, sources, cells(told, self._layers, self._order), idle=idle)

    def _shows_nothing(self, scenario: Scenario, answers: Mapping[str, Answer]) -> str | None:
        """Return why answers cannot be judged: the server lacks what was asked for, or is busy."""
        for ask in scenario.requests:
            answer = answers[ask.name]
            if answer.later:
                reason = f"the server is busy ({described(answer)})"
                self._failures.append(Failure(scenario.id, f"scenario {scenario.id}: not judged: {reason}"))
                return reason
            if scenario.refused(ask):
                continue
            lacking = self._asking.lacking(answer, scenario.asks)
            if lacking is not None:
                reason = f"not supported: {lacking.says} ({described(answer)})"
                self._lacks[lacking.name] = f"not supported: {lacking.says}, as scenario {scenario.id} showed"
                return reason
        return None

    def _reports(
        self, scenario: Scenario, answers: Mapping[str, Answer], *, usable: bool
    ) -> dict[str, StreamReport | None]:
        """Save the answers, and return what the rules say of those that are streams or should be; None for others."""
        found: dict[str, StreamReport | None] = {}
        for ask in scenario.requests:
            answer = answers[ask.name]
            gone = answer.status is None and scenario.tells_of_life(ask)
            # what must be a refusal is one or is not: the rules of streams say nothing of it
            judged = usable and not gone and not scenario.refused(ask)
            stream = judged and (ask.stream or _is_stream(answer))
            name = self._kept.save(scenario.file(ask), answer, stream=stream, refused=scenario.refused(ask))
            found[ask.name] = None
            if stream:
                for one in outcomes(self._judge, str(name), None, self._wanted):
                    if isinstance(one, Failure):
                        self._failures.append(one)
                    else:
                        found[ask.name] = self._kept.named(one)
            elif scenario.refused(ask) or gone:
                found[ask.name] = self._remarks.bare(self._kept.source(name), self._kept.file(name), answer)
            if answer.problem is not None:
                reason = f"{self._kept.source(name)}: {answer.problem}"
                self._failures.append(Failure(self._kept.source(name), reason))
        return found

    def _unjudged(self, scenario: Scenario, name: str, answers: Mapping[str, Answer]) -> StreamReport:
        """Return the report of an answer that no rule judges."""
        path = self._kept.path(scenario.file(scenario.request(name)), answers[name], stream=False)
        return self._remarks.bare(self._kept.source(path), self._kept.file(path), answers[name])


def _is_stream(answer: Answer) -> bool:
    """Whether an answer is an event stream, whatever was asked for."""
    return answer.status == 200 and answer.kind == EVENT_STREAM
