"""The smallest stream that still has a finding: what a bug report needs of a long capture.

Theory of operation. A stream is a list of blocks. Delta debugging (Zeller, Hildebrandt 2002) takes ever smaller
parts away and keeps what is left whenever that still has the finding, until no single block can go. Then members
and items of payloads go: first one place in all blocks at once, as what must be constant can only go so, then each
by itself. Last goes what the finding does not need of the metadata.

Payloads that are cut at random break many rules, and nobody reads such ones. So they lose only what leaves no
finding of a further rule. Where the stream is to stay as sound as it was, blocks too lose only that. A body that is
one JSON document loses what the finding's message does not tell.

All of it is deterministic, and ends after a bounded amount of work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from validator import sse
from validator.blocks import blocks_of, is_document
from validator.finding import rank
from validator.meta import have
from validator.onefile import nobody
from validator.place import general
from validator.recognise import AUTO, ENOUGH, recognise
from validator.stream import StreamValidator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from validator.blocks import Block
    from validator.finding import Finding
    from validator.judge import Judge
    from validator.place import Path
    from validator.report import StreamReport

#: How much is judged at most: streams, and bytes of them.
MAX_RUNS, MAX_BYTES = 5_000, 256 * 2**20


class NotFound(ValueError):  # noqa: N818 - it says what is the case
    """The stream has no finding of the rule; the message says so, and what there is."""


class _Spent(Exception):  # noqa: N818 - no error: the work may end here
    """As much was judged as may be."""


@dataclass(frozen=True, slots=True)
class Minimized:
    """A stream made small: its metadata, the finding in it, how many events it has, and how many streams were judged.

    `complete` says that no work was left; else it was too much, or `interrupted`.
    """

    data: bytes
    meta: dict[str, Any]
    finding: Finding
    events: int
    runs: int
    complete: bool
    interrupted: bool = False


@dataclass(slots=True)
class _Court:
    """Judges what is left, and counts what that takes.

    `rules` are those that may have findings, None: any; `broken`, those that had some in what was last kept. `words`
    is what the finding's message must still be, None: anything.
    """

    judge: Judge
    profile: str | None
    tell: Callable[[int], None]
    wanted: Finding | None = None
    rules: frozenset[str] | None = None
    broken: frozenset[str] = frozenset()
    words: str | None = None
    runs: int = 0
    size: int = 0
    last: Finding | None = None

    def report(self, data: bytes, meta: Mapping[str, Any]) -> StreamReport:
        """Return the report on a stream."""
        self.runs += 1
        self.size += len(data)
        self.tell(len(data))
        plan, _ = self.judge.plans(self.profile, have(meta))
        stream = StreamValidator(meta=meta, plan=plan)
        stream.feed(data)
        return stream.close().streams[0]

    def holds(self, data: bytes, meta: Mapping[str, Any]) -> bool:
        """Whether a stream still has the finding, and none of a rule that may have none.

        Raises:
            _Spent: no more may be judged.

        """
        if self.runs >= MAX_RUNS or self.size >= MAX_BYTES:
            raise _Spent
        found = self.report(data, meta).findings
        wanted = self.wanted
        assert wanted is not None  # noqa: S101 - the caller has set it
        broken = frozenset(one.rule for one in found)
        if self.rules is not None and not self.rules >= broken:
            return False
        same = [one for one in found if (one.rule, one.fingerprint) == (wanted.rule, wanted.fingerprint)]
        if self.words is not None:
            same = [one for one in same if one.message == self.words]
        if not same or rank(same[0].severity) < rank(wanted.severity):
            return False
        self.last, self.broken = same[0], broken
        return True


def minimize(
    data: bytes,
    meta: Mapping[str, Any],
    judge: Judge,
    rule: str,
    file: str | None = None,
    *,
    sound: bool = False,
    tell: Callable[[int], None] = nobody,
) -> Minimized:
    """Return the smallest stream that can be made of one and still has its first finding of a rule.

    At least one block stays. After Ctrl-C the result is what there was until then.

    Args:
        data: the stream.
        meta: its metadata.
        judge: what to judge by.
        rule: the id of the rule.
        file: the file that it stands in, for what the configuration says of that.
        sound: whether what is left may break no rule that the stream does not.
        tell: is called with the number of bytes whenever some were judged.

    Raises:
        NotFound: there is no such finding.
        ConfigError: there is nothing to judge by.
        BlockTooLong: a block is longer than the decoder's limit.

    """
    profile = judge.profile_for(file or "", meta)
    if profile == AUTO:
        profile, _ = recognise(data[:ENOUGH])
    court = _Court(judge, profile, tell)
    report = court.report(data, meta)
    court.wanted = court.last = next((one for one in report.findings if one.rule == rule), None)
    court.broken = frozenset(one.rule for one in report.findings)
    if court.wanted is None:
        why = f" ({report.not_judged[rule]})" if rule in report.not_judged else ""
        others = ", ".join(sorted(court.broken)) or "no rule"
        raise NotFound(f"{rule} finds nothing in it{why}; there are findings of {others}")
    court.words = court.wanted.message if is_document(data) else None
    state = _State(court, blocks_of(data, meta.get("reads", ())), dict(meta))
    complete, interrupted = True, False
    try:
        state.reduce(sound=sound)
    except _Spent:
        complete = False
    except KeyboardInterrupt:
        complete, interrupted = False, True
    left, known = state.stream(state.blocks, state.meta)
    finding = state.finding or court.wanted
    return Minimized(left, known, finding, sse.count(left), court.runs, complete, interrupted)


class _State:
    """What is left of a stream."""

    def __init__(self, court: _Court, blocks: list[Block], meta: dict[str, Any]) -> None:
        self.court, self.blocks, self.meta = court, blocks, meta
        self.finding: Finding | None = None

    def stream(self, blocks: Sequence[Block], meta: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
        """Return the bytes of blocks, and metadata whose reads are theirs."""
        known = dict(meta)
        if "reads" in meta:
            ends = [list(read) for read in meta["reads"][-1:] if not read[1]]
            known["reads"] = [[seconds, size] for one in blocks for seconds, size in one.came] + ends
        return b"".join(one.raw for one in blocks), known

    def reduce(self, *, sound: bool) -> None:
        """Take away what can go, until nothing can."""
        kept = self.court.broken if sound else None
        before = None
        while before != (before := (self.blocks, self.meta)):
            self.court.rules = kept
            self._blocks()
            self.court.rules = self.court.broken
            self._places()
            self._parts()
            self._metadata()

    def _try(self, blocks: list[Block], meta: dict[str, Any] | None = None) -> bool:
        """Keep what is proposed if it still has the finding."""
        known = self.meta if meta is None else meta
        if not self.court.holds(*self.stream(blocks, known)):
            return False
        self.blocks, self.meta, self.finding = blocks, known, self.court.last
        return True

    def _blocks(self) -> None:
        """Take blocks away: half of them, a quarter, and so on, down to single ones."""
        size = max(len(self.blocks) // 2, 1)
        while True:
            at = len(self.blocks)
            while at > 0 and len(self.blocks) > 1:
                at = max(min(at, len(self.blocks)) - size, 0)
                if less := self.blocks[:at] + self.blocks[at + size :]:
                    self._try(less)
            if size == 1:
                return
            size //= 2

    def _places(self) -> None:
        """Take each place out of all payloads at once, the largest first."""
        sizes: dict[tuple[str, ...], int] = {}
        for block in self.blocks:
            for path, size in block.parts():
                sizes[general(path)] = sizes.get(general(path), 0) + size
        for place in sorted(sizes, key=lambda one: (-sizes[one], one)):
            self._drop([[path for path, _ in one.parts() if general(path) == place] for one in self.blocks])

    def _drop(self, paths: list[list[Path]]) -> bool:
        """Take members and items away, by block."""
        blocks = []
        for block, gone in zip(self.blocks, paths, strict=True):
            left = block
            for path in reversed(gone):  # later items first, so that the positions of the others stay
                left = left.without(path) or left
            blocks.append(left)
        return blocks != self.blocks and self._try(blocks)

    def _parts(self) -> None:
        """Take single members and items out of single payloads, outer ones first."""
        for at in range(len(self.blocks)):
            tried: set[Path] = set()
            while True:
                path = next((path for path, _ in self.blocks[at].parts() if path not in tried), None)
                if path is None:
                    break
                tried.add(path)
                less = self.blocks[at].without(path)
                if less is not None and self._try([*self.blocks[:at], less, *self.blocks[at + 1 :]]):
                    tried.clear()

    def _metadata(self) -> None:
        """Leave out what the finding does not need."""
        for name in ("reads", "request", "response", "ended"):
            if name in self.meta:
                self._try(self.blocks, {key: value for key, value in self.meta.items() if key != name})
        for path in [("request",), ("response",), ("response", "headers")]:
            held: Any = self.meta
            for step in path:
                held = held.get(step, {}) if isinstance(held, dict) else {}
            for name in list(held):
                self._try(self.blocks, _without(self.meta, (*path, name)))


def _without(value: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    if len(path) == 1:
        return {key: member for key, member in value.items() if key != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}
