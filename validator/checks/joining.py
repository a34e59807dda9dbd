"""What fragments of text give once they are joined."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from validator.checks.base import NOT_NULL, At, Breach, Check, shown
from validator.checks.members import option_place, whose
from validator.payload import Json, Malformed, decode
from validator.scope import Spot

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from validator.checks.base import See, Setting
    from validator.place import Path, Place
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.sse import Event

_JSON_TYPES = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "null"}
_FAULTS = ("empty", "repeated", "not-json", "double-encoded", "not-object")

Fault = Literal["empty", "repeated", "not-json", "cut", "double-encoded", "not-object"]


class Verdict(NamedTuple):
    """What is wrong with a joined text that should be a JSON object; `fault` is None if nothing is."""

    fault: Fault | None
    says: str = ""
    got: str = ""


class Text:
    """The fragments of one instance, joined, and what was seen of them one by one."""

    __slots__ = ("_parts", "event", "full", "growing", "identity", "last", "mixed", "path", "pieces", "verdict")

    def __init__(self) -> None:
        self._parts = io.StringIO()
        #: how many fragments were not empty; whether each began with the one before it; while so, the last of them
        self.pieces = 0
        self.growing = True
        self.last = ""
        #: more came than may be kept
        self.full = False
        #: the first value of what identifies the instance; whether another came
        self.identity: Any = None
        self.mixed = False
        #: where the last fragment stands
        self.event: Event | None = None
        self.path: Path = ()
        self.verdict: Verdict | None = None

    def take(self, piece: str, at: At, limit: int) -> None:
        """Take the next fragment, unless the checks of the stream keep `limit` characters already."""
        self.event, self.path = at.event, tuple(at.path)
        if not piece or self.full:
            return
        stream = at.stream
        stream.held += len(piece)
        if stream.held > limit:
            self.drop()
        else:
            self.add(piece)

    def take_all(self, pieces: Sequence[str], at: At, limit: int) -> bool:
        """Take fragments that came one after the other, the last of them here; none if they are too much."""
        whole = "".join(pieces)
        stream = at.stream
        if self.growing or self.full or stream.held + len(whole) > limit:
            return False
        stream.held += len(whole)
        self.event, self.path = at.event, tuple(at.path)
        self.pieces += sum(map(bool, pieces))
        self._parts.write(whole)
        return True

    def add(self, piece: str) -> None:
        """Add a fragment that is not empty."""
        if self.growing:
            self.growing = piece.startswith(self.last)
            self.last = piece
        self.pieces += 1
        self._parts.write(piece)

    def drop(self) -> None:
        """Forget the text; nothing can be said of it any more."""
        self.full = True
        self._parts = io.StringIO()
        self.last = ""

    def joined(self) -> str | None:
        """Return the whole text; None if nothing came, or too much, or several texts under one key."""
        return None if self.event is None or self.full or self.mixed else self._parts.getvalue()


class Joined(Check):
    """Base of the checks of a joined text. They judge at the end, in `judge`, and share what they keep.

    Options: `limit`, how many characters of a stream may be kept in all, in place of the limit that the run has:
    beyond it nothing is judged; `identity`, a place whose values within an instance are all the same: where they are
    not, the fragments are those of several texts, and nothing is judged.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"limit": {"type": "integer", "minimum": 1}, "identity": {"type": "string"}},
    }

    looks_at = NOT_NULL

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.limit: int | None = options.get("limit")
        self.identity = option_place(rule, options["identity"]) if "identity" in options else None
        self.shares: Hashable = (Joined, rule.on, self.limit, self.identity)

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at the fragments, and at what identifies their owner."""
        yield from super().places()
        if self.identity is not None:
            yield self.identity, self._identified

    def start(self) -> Text:
        """No fragment yet."""
        return Text()

    def see(self, state: Text, value: Any, at: At) -> None:
        """Keep a fragment."""
        if type(value) is str:
            state.take(value, at, self.limit or at.limits.joined)

    def take(self, see: See, state: Text, values: Sequence[Any], at: At) -> bool:
        """Keep all fragments at once, if there is room for all."""
        if see != self.see:
            return False
        return state.take_all([value for value in values if type(value) is str], at, self.limit or at.limits.joined)

    def _identified(self, state: Text, value: Any, at: At) -> None:
        if value is None or value == "" or value == state.identity:
            return
        if state.identity is None:
            state.identity = value
        else:
            state.mixed = True

    def close(self, state: Text, at: At) -> Iterable[Breach] | None:
        """Judge the text, if it is all there."""
        text = state.joined()
        return None if text is None else self.judge(text, state, at)

    def judge(self, text: str, state: Text, at: At) -> Iterable[Breach] | None:
        """Say what is wrong with the whole text of the instance `at.own`."""
        raise NotImplementedError

    def where(self, state: Text, at: At) -> Spot:
        """Return the spot of the last fragment."""
        return Spot("json", state.event, state.path, at.own)


class JoinedObject(Joined):
    """``joined_object``: the joined text is the JSON text of an object.

    Option `fault`: of which failure the rule speaks. A text has only one: it is ``empty``; it is ``repeated`` (each
    fragment is all so far and more, or whole values stand in a row); it is ``not-json``; it is the text of a string
    that holds an object (``double-encoded``); it is the text of another value (``not-object``).
    Option `whole`: a mark that says that the text is complete. A text that is not JSON because it is cut off is of
    the case ``cut`` where that was met.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["fault"],
        "properties": {
            "limit": {"type": "integer", "minimum": 1},
            "identity": {"type": "string"},
            "fault": {"enum": list(_FAULTS)},
            "whole": {"type": "string"},
        },
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.fault: str = options["fault"]
        self.whole = options.get("whole")
        self.uses_marks = (self.whole,) if self.whole else ()

    def judge(self, text: str, state: Text, at: At) -> Iterable[Breach] | None:
        """Tell the failure that is this rule's."""
        if state.verdict is None:
            state.verdict = _judged(text, state)
        fault, says, got = state.verdict
        cut = fault == "cut"
        if fault != self.fault and not (cut and self.fault == "not-json"):
            return None
        case = "cut" if cut and self.whole is not None and at.met(self.whole) is not None else None
        name = self.rule.on[0].steps[-1]
        return (Breach(f"{name} of {whose(at.own)}, joined: {says}", got, self.where(state, at), case=case),)


def _judged(text: str, state: Text) -> Verdict:
    got = shown(text)
    if not text.strip():
        return Verdict("empty", "the empty string" if not text else "nothing but white space", got)
    data = in_utf8(text)
    decoded = decode(data)
    if isinstance(decoded, Malformed):
        return _repeated(text, state, got) or _not_json(decoded, data, text, got)
    literal = next((issue.detail for issue in decoded.issues if issue.kind == "non-finite"), "")
    if not literal[-1:].isdigit() and literal:
        return Verdict("not-json", f"not JSON ({literal} is no JSON number)", got)
    value = decoded.value
    if type(value) is dict:
        return Verdict(None)
    if type(value) is str:
        inner = decode(in_utf8(value))
        if isinstance(inner, Json) and type(inner.value) is dict:
            return Verdict("double-encoded", "a JSON string that holds the text of an object", got)
    return Verdict("not-object", f"{_JSON_TYPES.get(type(value), 'a number')}, not an object", got)


def _not_json(decoded: Malformed, data: bytes, text: str, got: str) -> Verdict:
    if decoded.offset >= len(data):
        end = text if len(text) <= 60 else "…" + text[-60:]
        return Verdict("cut", f"a JSON value that is cut off ({decoded.reason})", shown(end))
    return Verdict("not-json", f"not JSON ({decoded.reason}, at byte {decoded.offset})", got)


def _repeated(text: str, state: Text, got: str) -> Verdict | None:
    """Say whether a text that is not JSON is so because something in it comes twice."""
    if (
        state.growing
        and len(state.last) > 2
        and (state.pieces > 2 or (state.pieces == 2 and _values(state.last) == 1))
    ):
        says = f"no increments, as each of {state.pieces} fragments repeats the one before it and goes on"
        return Verdict("repeated", says, got)
    values = _values(text)
    return Verdict("repeated", f"{values} whole JSON values in a row", got) if values > 1 else None


def _values(text: str) -> int:
    """Return how many objects or arrays stand in a row; 0 if there is anything else."""
    scan, at, count = json.JSONDecoder().raw_decode, 0, 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if text[at] not in "{[":
            return 0
        try:
            _, at = scan(text, at)
        except (ValueError, RecursionError):
            return 0
        count += 1
    return count


def in_utf8(text: str) -> bytes:
    """Encode a text in which the halves of a surrogate pair may have come in two fragments."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
