"""The plan: rules x profile x what the capture knows, compiled once and shared by every stream it fits.

A plan is a tree of places for each root. A node holds what is to be done with a value found there: the scope that
it opens, the marks it may set, the kind of payload it makes, the checks that see it. Places that no rule names are
not in the tree and cost nothing.
"""

from __future__ import annotations

import json
from functools import partial
from operator import eq
from typing import TYPE_CHECKING, Any

from validator.checks import VOCABULARY
from validator.checks.base import Check, Setting
from validator.checks.claims import Claims, SchemaCheck
from validator.checks.joining import Joined
from validator.conditions import WORDS
from validator.declared import declared
from validator.limits import Limits
from validator.node import Bound, Node
from validator.patches import patched_schemas
from validator.place import ITEMS, MEMBERS, Place
from validator.protocol import STREAM
from validator.schema import BASE, SchemaError
from validator.yamlfile import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from validator.conditions import Test
    from validator.grades import Grades
    from validator.protocol import MarkSpec
    from validator.rule import Need, Rule
    from validator.schema import JsonSchema, Schema

#: How a rule can be exercised: its id, its number in the plan; the scope of which any instance is enough, or None;
#: the places of which any visit is enough; whether it applies to what is known of a capture, None if to anything.
Exercise = tuple[str, int, str | None, tuple[int, ...], Any]

_MISSING: dict[Need, str] = {
    "bytes": "the capture does not hold the exact bytes",
    "headers": "the capture does not hold the response's status and headers",
    "request": "the capture does not hold the request",
    "timestamps": "the capture does not hold the times at which bytes came",
}


class Plan:
    """What to do with every value of a stream.

    Args:
        grades: the rules, and how grave each is.
        have: what the capture holds; a rule that needs more is not judged.
        limits: what a stream may cost.

    Raises:
        ConfigError: a rule, patch or option does not fit; the message names the file and the key.

    """

    def __init__(self, grades: Grades, have: Iterable[Need] = ("bytes",), limits: Limits | None = None) -> None:
        protocol, profile = grades.protocol, grades.profile
        self.grades = grades
        self.limits = limits or Limits()
        self.protocol = protocol
        self.profile = profile
        self.schemas = patched_schemas(protocol, profile)
        self.roots: dict[str, Node] = {}
        self._all_nodes: list[Node] = []
        self.bound: list[Bound] = []
        #: by the names of the scopes, what makes the states of an instance; the first is that of checks without any
        self.starts: dict[str, list[Callable[[], Any]]] = {STREAM: [_no_state]}
        self._shared: dict[Hashable, int] = {}
        self._weighed: dict[str, bool] = {}
        #: what schemas ask of places where blocks differ, for `validator.lookalikes.remains` alone
        self.asked_of_slots: dict[Hashable, Schema | bool] = {}
        self.depth = max((spec.depth for spec in protocol.scopes), default=0)
        self.claims = Claims()
        self.not_judged: dict[str, str] = {}
        self._scopes = {spec.name: spec for spec in protocol.scopes}
        self.starts.update({name: [_no_state] for name in self._scopes})
        #: by the names of the scopes, the rules whose checks judge the end of an instance
        self.closing: dict[str, list[Bound]] = {name: [] for name in self.starts}
        for spec in protocol.scopes:
            self._node(spec.each).opens = spec
        self.mark_depths = {spec.name: self._mark(spec) for spec in protocol.marks}
        for index, kind in enumerate(protocol.kinds):
            self._node(kind.on).kinds.append((index, self._test(kind.where, f"{protocol.origin}: kind {kind.name}")))
        self.kinds = [(kind.name, self._schema(kind.schema, protocol.origin)) for kind in protocol.kinds]
        chosen = self.grades.needed()
        held = set(have)
        for rule in chosen:
            lacking = [need for need in rule.needs if need not in held]
            if lacking:
                if rule.severity != "off":
                    self.not_judged[rule.id] = _MISSING[lacking[0]]
            else:
                self._bind(rule)
        self._check_names({rule.id for rule in chosen})
        #: how much text some check keeps at most
        kept = [bound.check.limit for bound in self.bound if isinstance(bound.check, Joined)]
        self.joined = min([self.limits.joined, *(limit for limit in kept if limit is not None)])
        #: whether all that looks at blocks are rules of the protocol as they stand there, which need not see each
        self.by_form = all(self._is_own(bound) for bound in self.bound if _sees_blocks(bound))
        #: for the engine alone: by what sets them apart, forms of blocks, None for one that must be looked at itself
        self.forms: dict[Hashable, Any] = {}
        #: for `validator.outcome` alone: what streams exercise, by the places visited
        self.exercised: dict[Hashable, Any] = {}
        self.exercises = [self._exercise(bound) for bound in self.bound if bound.severity != "off"]
        #: of these, what says whether a rule applies to a capture
        self.applying = [applies for *_, applies in self.exercises if applies is not None]

    def _bind(self, rule: Rule) -> None:
        context = f"{rule.origin}: rule {rule.id}"
        if rule.check not in VOCABULARY:
            raise ConfigError(f"{context}: unknown check {rule.check!r:.60}{nearest(rule.check, list(VOCABULARY))}")
        kind = VOCABULARY[rule.check]
        allowed = self.schemas.compile(kind.options)
        if not allowed.is_valid(rule.options):
            breach = next(iter(allowed.breaches(rule.options)))
            raise ConfigError(f"{context}: check {rule.check}: {breach.message}")
        setting = Setting(lambda schema: self._compile(schema, context), self._declared, self.protocol)
        check = kind(rule, rule.options, setting)
        nodes = [self._node(place) for place in rule.on]
        scope = self._scope_of(rule, context)
        depth = self._scopes[scope].depth if scope in self._scopes else 0
        shared = (scope, check.shares) if check.shares is not None and rule.where is rule.when is None else None
        first = shared is None or shared not in self._shared
        slot = 0 if type(check).start is Check.start else self._shared.get(shared, len(self.starts[scope]))
        bound = Bound(
            rule, check, rule.severity, len(self.bound), scope, depth, slot,
            self._test(rule.where, context), self._test(rule.when, context), self._watch(check, nodes),
        )  # fmt: skip
        self.bound.append(bound)
        if type(check).close is not Check.close:
            self.closing[scope].append(bound)
        if isinstance(check, SchemaCheck):
            self.claims.add(bound, check)
        if not first:
            return
        if slot:
            self.starts[scope].append(check.start)
        if shared is not None:
            self._shared[shared] = slot
        for place, see in check.places():
            node = self._node(place)
            guarded = place in rule.on and (bound.where is not None or bound.when is not None)
            (node.guarded if guarded else node.calls).append((see, bound))

    def _is_own(self, bound: Bound) -> bool:
        """Whether a rule is one of the protocol's, and looks at the same; a profile may have given it exceptions."""
        rule, own = bound.rule, self.protocol.rules.get(bound.rule.id)
        return own is not None and (rule.on, rule.check, rule.options) == (own.on, own.check, own.options)

    def _exercise(self, bound: Bound) -> Exercise:
        rules, rule, check = self.protocol.rules, bound.rule, bound.check
        # what a profile excepts is seldom all of a stream, so only a condition of the rule's own counts
        when = rules[rule.id].when if rule.id in rules else rule.when
        places = when is None and (bound.where is None or check.judges_around)
        return (
            rule.id,
            bound.index,
            bound.scope if check.judges_absence else None,
            bound.watch if places else (),
            None if type(check).applies is Check.applies else check.applies,
        )

    def _watch(self, check: Check, nodes: list[Node]) -> tuple[int, ...]:
        if not check.judges_around:
            return tuple(node.index for node in nodes)
        around = [self._node(Place(place.root, place.steps[:-1])) for place in check.rule.on]
        return tuple(node.index for node in (*nodes, *around))

    def _scope_of(self, rule: Rule, context: str) -> str:
        around = [self._chain(place) for place in rule.on]
        common = [name for name in around[0] if all(name in chain for chain in around)]
        if rule.per is None:
            return common[-1]
        if rule.per not in common:
            raise ConfigError(
                f"{context}: per: {rule.per!r:.60} is not a scope around its place; those are {', '.join(common)}"
            )
        return rule.per

    def _chain(self, place: Place) -> list[str]:
        """Return the names of the scopes around a place, from the stream inwards."""
        return [STREAM, *(spec.name for spec in self.protocol.scopes if place.within(spec.each))]

    def _mark(self, spec: MarkSpec) -> int:
        node = self._node(spec.on)
        node.marks.append((spec.name, self._test(spec.where, f"{self.protocol.origin}: mark {spec.name}")))
        return node.depth

    def _node(self, place: Place) -> Node:
        """Return the node of a place, made with those above it if need be."""
        node = self.roots.get(place.root)
        if node is None:
            node = self.roots[place.root] = self._new_node()
        for count, step in enumerate(place.steps, 1):
            below = node.items if step == ITEMS else node.members if step == MEMBERS else node.keys.get(step)
            if below is None:
                below = self._new_node()
                below.depth = len(self._chain(Place(place.root, place.steps[:count]))) - 1
                if step == ITEMS:
                    node.items = below
                elif step == MEMBERS:
                    node.members = below
                else:
                    node.keys[step] = below
            node = below
        return node

    def _new_node(self) -> Node:
        self._all_nodes.append(Node(len(self._all_nodes)))
        return self._all_nodes[-1]

    @property
    def nodes(self) -> int:
        """How many places there are."""
        return len(self._all_nodes)

    def weighs(self, name: str) -> bool:
        """Whether something may say otherwise of a payload because its member of this name is an empty text."""
        if name not in self._weighed:
            node, place = self.roots.get("json"), Place("json", (name,))
            below = (node.keys.get(name) or node.members) if node is not None else None
            word = json.dumps(name)[1:-1]
            self._weighed[name] = (below is not None and bool(below.marks or below.kinds)) or any(
                word in json.dumps([one.rule.where, one.rule.when])
                or (
                    one.check.weighs_text
                    and (place in [where for where, _ in one.check.places()] or word in json.dumps(one.rule.options))
                )
                for one in self.bound
            )
        return self._weighed[name]

    def _test(self, condition: Any, context: str) -> Test | None:
        if condition is None:
            return None
        if isinstance(condition, str):
            return WORDS[condition]
        if list(condition) == ["const"] and type(condition["const"]) is str:
            return partial(eq, condition["const"])
        return self._compile(condition, context).is_valid

    def _compile(self, schema: JsonSchema, context: str) -> Schema:
        try:
            return self.schemas.compile(schema)
        except SchemaError as error:
            raise ConfigError(f"{context}: {error}") from error

    def _declared(self, place: Place) -> frozenset[str]:
        return declared(self.schemas, [kind.schema for kind in self.protocol.kinds], place)

    def _schema(self, name: str, context: str) -> Schema:
        try:
            return self.schemas.at(BASE + name)
        except SchemaError as error:
            raise ConfigError(f"{context}: {error}") from error

    def _check_names(self, rules: set[str]) -> None:
        """Refuse references to marks and rules that are not there."""
        known = set(self.protocol.rules) | rules
        for bound in self.bound:
            rule = bound.rule
            for mark in (*rule.requires, *rule.unless, *rule.severity_after, *bound.check.uses_marks):
                if mark not in self.mark_depths:
                    names = list(self.mark_depths)
                    raise ConfigError(
                        f"{rule.origin}: rule {rule.id}: unknown mark {mark!r:.60}{nearest(mark, names)}"
                    )
            for other in rule.defers_to:
                if other not in known:
                    near = nearest(other, list(known))
                    raise ConfigError(f"{rule.origin}: rule {rule.id}: yields to unknown rule {other!r:.60}{near}")
        if self.kinds and any(bound.rule.severity != "off" for bound in self.bound):
            self.claims.finish()


def _sees_blocks(bound: Bound) -> bool:
    return any(place.root == "event" for place, _ in bound.check.places())


def _no_state() -> None:
    return None
