"""The engine: walks what a stream consists of and hands each value to the checks planned for its place.

For each event it walks the block (root ``@event``), then how its data decoded (``@payload``) or the sentinel
(``@sentinel``), then the payload itself, and asks the schema of the payload's kind. What the checks say is gathered
per event, so that of two rules that speak of the same defect one can yield; then it becomes findings.

Until the first event with data has been judged, findings are held back: the stream may still turn out not to be of
the protocol at all, which is then the one thing said of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from validator import body, framing
from validator.checks.claims import in_words
from validator.forms import Form, NotByForm
from validator.payload import Json, Malformed, decode, legible
from validator.scope import Scope, Spot
from validator.tally import Tally
from validator.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.arrival import Arrivals
    from validator.finding import Finding
    from validator.node import Node
    from validator.plan import Plan
    from validator.schema import SchemaBreach
    from validator.sse import Decoder, Event


#: In how many places a payload may break its schema; to name one takes some hundred times as long as to read it.
MOST_BREACHES = 1000


class Engine(Walk):
    """Judges one stream, event by event.

    Args:
        plan: what to judge.
        meta: what is known beside the bytes, as the sidecar has it.

    """

    def __init__(self, plan: Plan, meta: Mapping[str, Any]) -> None:
        super().__init__(plan, meta)
        self._tally = Tally(plan)
        #: whether a payload breaks its schema in more places than are looked at
        self.overrun = False
        self._json = plan.roots.get("json")
        self._sentinel = plan.protocol.sentinel
        #: the forms of blocks that came
        self._forms: set[str] = set()
        self.settled = False
        #: whether the first event with data was judged
        self.known = False
        #: how often the sentinel came, and how many payloads were objects
        self.sentinels = 0
        self.chunks = 0
        for root in ("request", "response"):
            if root in meta:
                self._walk_root(root, meta[root], (0, 0))

    def event(self, event: Event) -> list[Finding]:
        """Judge one block and return the findings that it proves."""
        if self.settled:
            return []
        at = self.at
        if not event.plain or len(event.raw) > at.limits.line:
            at.limits.check(event)
        at.event = event
        if at.arrivals is not None:
            self._reads(at.arrivals, event.offset + len(event.raw))
        self._block(event)
        data = event.data
        if data is not None:
            self._data(event, data)
            self.known = True
        self.stream.last = event
        return self.conclude()

    def _reads(self, arrivals: Arrivals, end: int | None) -> None:
        for read, span in arrivals.until(end):
            self._walk_root("read", read, span)

    def _block(self, event: Event) -> None:
        node = self.plan.roots.get("event")
        if node is None:
            return
        form = framing.ordinary(event, self._sentinel) if self.plan.by_form else None
        if form is None:
            self._walk_root("event", framing.describe(event, self._sentinel))
        elif form not in self._forms:
            self._forms.add(form)
            self._first(form, node, event)

    def _first(self, name: str, node: Node, event: Event) -> None:
        """Judge the first block of a form."""
        forms, key = self.plan.forms, (name, event.line == 1, event.offset == 0)
        if key not in forms:
            tree = framing.describe(event, self._sentinel)
            try:
                forms[key] = Form(node, tree, self.at)
            except NotByForm:
                forms[key] = None
        form = forms[key]
        if form is not None:
            form.lead(self, event)
        else:
            self._walk_root("event", framing.describe(event, self._sentinel))

    def _data(self, event: Event, data: bytes) -> None:
        sentinel = self._sentinel
        if not event.terminated:
            data = framing.whole_characters(data)
            if sentinel is not None and sentinel.starts_with(data):
                return
        if sentinel is not None and sentinel.means(data):
            self.sentinels += 1
            tree = framing.describe_sentinel(event, exact=sentinel.is_exactly(data))
            self._walk_root("sentinel", tree, event.data_span(0, len(data)))
            return
        decoded = decode(data, max_depth=self.at.limits.depth)
        if isinstance(decoded, Malformed):
            if event.terminated or decoded.offset < len(data.rstrip()):
                span = event.data_span(min(decoded.offset, max(len(data) - 1, 0)), 1)
                self._walk_root("payload", framing.describe_malformed(decoded, data), span)
            return
        if decoded.issues or type(decoded.value) is not dict:
            self._payload(event, decoded)
        if type(decoded.value) is dict:
            self._chunk(legible(decoded.value) if decoded.issues else decoded.value)

    def _payload(self, event: Event, decoded: Json) -> None:
        whole = event.data_span(0, len(event.data or b""))
        for description, span in framing.describe_decoded(decoded):
            self._walk_root("payload", description, event.data_span(*span) if span else whole)

    def _chunk(self, value: dict[str, Any]) -> None:
        plan, at = self.plan, self.at
        self.chunks += 1
        at.root, at.span, at.payload = "json", None, value
        at.kind = len(plan.kinds) - 1
        if self._json is not None:
            self.walk(self._json, value)
        if plan.kinds:
            schema = plan.kinds[at.kind][1]
            if not schema.is_valid(value):
                for number, breach in enumerate(schema.breaches(value)):
                    if number == MOST_BREACHES:
                        self.overrun = True
                        break
                    self.breached(breach)

    def breached(self, breach: SchemaBreach) -> None:
        """Keep what a breach of its schema says of the payload at hand."""
        at, bound = self.at, self.plan.claims.owner(breach)
        if (
            bound is not None
            and (bound.where is None or bound.where(breach.value))
            and (bound.when is None or bound.when(at.payload))
        ):
            spot = Spot("json", at.event, breach.path, self.around(breach.path))
            self.said.append((bound, replace(in_words(breach), spot=spot)))

    def _walk_root(self, root: str, value: Any, span: tuple[int, int] | None = None) -> None:
        node = self.plan.roots.get(root)
        if node is not None:
            at = self.at
            at.root, at.span, at.payload = root, span, value
            self.walk(node, value)

    def conclude(self, *, at_end: bool = False) -> list[Finding]:
        """Turn what was said of this event into findings; hold them back while the protocol is not known."""
        if self.said:
            said, self.said = self.said, []
            if self._tally.add(said, at_end=at_end):
                self.settled = True
        return self._tally.release() if self.known or self.settled else []

    def close(self, decoder: Decoder, head: bytes | None) -> list[Finding]:
        """Judge what only the end of the stream can prove."""
        at = self.at
        at.event = self.stream.last
        if not self.settled:
            if at.arrivals is not None:
                self._reads(at.arrivals, None)
            self._walk_root("capture", body.describe(decoder, at.meta, head), (decoder.bytes, 0))
            for scope in self.stream.all():
                self._close(scope)
        self.known = True
        return self.conclude(at_end=True)

    def _close(self, scope: Scope) -> None:
        at = self.at
        at.root, at.span, at.event, at.own = "json", None, scope.last, scope
        chain = list(scope.chain())[::-1]
        at.stand((), [*chain, *([None] * (len(at.scopes) - len(chain)))])
        for bound in self.plan.closing[scope.name]:
            said = bound.check.close(scope.states[bound.slot], at)
            if said:
                self.note(bound, said)

    def marks(self) -> list[str]:
        """Return the marks that the stream has met so far, in the order of their first occurrence."""
        return list(self.stream.marks)

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings, with their counts, in the order of the places they were proven at."""
        return self._tally.findings()
