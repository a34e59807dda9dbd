"""Where things stand in a JSON text: the bytes of a value, and what decoders pass over in silence.

Theory of operation. A decoder gives values and forgets where they stood; a finding must name the bytes.
So this module reads the text itself, in two layers. One regular expression cuts the next *lexeme*: a
bracket, a string, a bare word. A table of *states* says which lexemes may come next, and what to tell a
person when another one comes, or none.

The grammar is RFC 8259, and three words more: NaN, Infinity and -Infinity are read as numbers, because
producers in Python write them, and "a NaN at this place" helps where "not JSON" does not.

Time and memory grow with the length of the text and with nothing else: open brackets are a list and not
calls, the quantifiers are possessive (no byte is tried twice), and an issue's path has a greatest length.
"""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from validator.quickclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_DEPTH = 64
"""How many brackets may be open at once before `issues` says so (catalogue: json-depth)."""

MAX_DIGITS = 4300
"""Digits of the longest integer that is kept exact: what Python itself reads, unless it is told otherwise."""

Kind = Literal["{", "}", "[", "]", "key", "string", "number", "literal"]
Token = tuple[Kind, int, int]
"""Kind, first byte, byte after the last. A container is two tokens, one for each bracket."""


class NotJson(ValueError):  # noqa: N818 - it says what the text is, as the caller will
    """The text is not JSON: `reason` in plain words, `offset` the byte where it stops being JSON."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} (byte {offset})")
        self.reason = reason
        self.offset = offset


IssueKind = Literal["duplicate-key", "non-finite", "lone-surrogate", "depth"]


@dataclass(frozen=True, slots=True)
class Issue:
    r"""Something in a JSON text that decoders disagree on or pass over in silence.

    - duplicate-key: a key that its object had before; the span is the later key, `detail` the key
    - non-finite: a number too great for a float, or none at all; `detail` is the literal: `NaN`, `1e400`
    - lone-surrogate: half of a pair, in a string or a key; span and `detail` are the escape: `\ud83d`
    - depth: the first bracket that goes too deep; `detail` is the greatest depth in the text: `100000`

    `offset` and `length` count bytes within the text. `path` leads to the value, for a key to its member;
    where that takes more than max_depth steps, `path` ends at the ancestor that holds the value.
    """

    kind: IssueKind
    offset: int
    length: int
    path: tuple[str | int, ...]
    detail: str


class _State(NamedTuple):
    """Which lexemes may come next (by first character; w is a bare word), and what is wrong otherwise."""

    allows: str
    otherwise: str
    at_end: str


_IN_ARRAY, _IN_OBJECT = "the text ends inside an array", "the text ends inside an object"
_START = _State('{["w', "expected a JSON value", "empty")
_VALUE = _State('{["w', "expected a value after ':'", _IN_OBJECT)
_ITEM = _State('{["w', "expected a value after ','", _IN_ARRAY)
_FIRST_ITEM = _State('{["w]', "expected a value or ']' after '['", _IN_ARRAY)
_FIRST_KEY = _State('"}', "expected a key in double quotes or '}' after '{'", _IN_OBJECT)
_KEY = _State('"', "expected a key in double quotes after ','", _IN_OBJECT)
_COLON = _State(":", "expected ':' after a key", _IN_OBJECT)
_NEXT_ITEM = _State(",]", "expected ',' or ']' after a value", _IN_ARRAY)
_NEXT_KEY = _State(",}", "expected ',' or '}' after a value", _IN_OBJECT)
_END = _State("", "extra text after the JSON value", "")

_SPACE = re.compile(rb"[ \t\n\r]*+")
_OPEN_STRING = re.compile(rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+')
_LEXEME = re.compile(rb'%b(?:([{}\[\]:,])|(%b")|([A-Za-z0-9_.+-]++))' % (_SPACE.pattern, _OPEN_STRING.pattern))
_CUT_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|NaN|-?Infinity")
_LITERALS = (b"true", b"false", b"null")
_WORDS = (*_LITERALS, b"NaN", b"Infinity", b"-Infinity")
_SURROGATE = rb"u[dD][89abAB][0-9a-fA-F]{2}", rb"u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"\\(?:%b\\%b|(%b|%b)|.)" % (*_SURROGATE, *_SURROGATE))
"""Any escape; group 1 only where it is a surrogate without its other half."""


def tokens(data: bytes) -> Iterator[Token]:
    """Cut a JSON text into its tokens, with commas, colons and white space left out.

    Raises NotJson where the text stops being JSON, after the tokens before it. A text that is not UTF-8 has that
    as its reason, whatever else is wrong with it.
    """
    try:
        data.decode()
    except UnicodeDecodeError as error:
        with suppress(NotJson):
            yield from _tokens(data[: error.start])
        raise NotJson("not valid UTF-8", error.start) from None
    yield from _tokens(data)


def _tokens(data: bytes) -> Iterator[Token]:
    state, at, inside = _START, 0, [_END]  # inside: what follows a value, for each container that is open
    while lexeme := _LEXEME.match(data, at):
        start, at = lexeme.span(lexeme.lastindex or 0)
        char = "w" if lexeme.lastindex == 3 else chr(data[start])
        if char not in state.allows:
            raise NotJson(state.otherwise, start)
        match char:
            case ",":
                state = _ITEM if state is _NEXT_ITEM else _KEY
            case ":":
                state = _VALUE
            case "{" | "[":
                yield char, start, at
                state = _FIRST_KEY if char == "{" else _FIRST_ITEM
                inside.append(_NEXT_KEY if char == "{" else _NEXT_ITEM)
            case "}" | "]":
                yield char, start, at
                inside.pop()
                state = inside[-1]
            case '"' if state is _KEY or state is _FIRST_KEY:
                yield "key", start, at
                state = _COLON
            case _:
                yield "string" if char == '"' else _word(data, start, at, state), start, at
                state = inside[-1]
    at = _end(_SPACE, data, at)
    if at < len(data):
        raise _foreign(data, at, state)
    if state is not _END:
        raise NotJson(state.at_end, at)


def _word(data: bytes, start: int, end: int, state: _State) -> Literal["number", "literal"]:
    word = data[start:end]
    if _NUMBER.fullmatch(word):
        return "number"
    if word in _LITERALS:
        return "literal"
    if end == len(data) and (_NUMBER.fullmatch(word + b"0") or any(full.startswith(word) for full in _WORDS)):
        raise NotJson("the text ends inside a value", end)
    raise NotJson("not a number as JSON writes it" if word[0] in b"+-.0123456789" else state.otherwise, start)


def _foreign(data: bytes, at: int, state: _State) -> NotJson:
    """Say what is wrong with the byte at `at`, where no lexeme begins."""
    if data[at] == 0x22 and '"' in state.allows:
        at = _end(_OPEN_STRING, data, at)
        if at == len(data) or _CUT_ESCAPE.fullmatch(data, at):
            return NotJson("the text ends inside a string", len(data))
        if data[at] == 0x5C:
            return NotJson("an escape that JSON does not have", at)
        return NotJson("a control character that is not escaped in a string", at)
    if data.startswith(b"\xef\xbb\xbf"):
        return NotJson("a byte order mark before the JSON value", at)
    return NotJson(state.otherwise, at)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at


def string(data: bytes, start: int, end: int) -> str:
    """Decode the string or key token at data[start:end]. A lone surrogate stays in it as it is."""
    inner = data[start + 1 : end - 1]
    return str(json.loads(data[start:end])) if b"\\" in inner else inner.decode()


def number(literal: bytes) -> int | float:
    """Decode a number token: an integer exactly, unless it has more than MAX_DIGITS digits; else a float.

    NaN, and infinities for what is too great (1e400, an integer too long), come back as such.
    """
    digits = literal.removeprefix(b"-")
    if digits.isdigit() and len(digits) <= MAX_DIGITS:
        with suppress(ValueError):  # the interpreter was started with a lower limit of its own
            return int(literal)
    return float(literal)


def issues(data: bytes, *, max_depth: int = MAX_DEPTH) -> list[Issue]:
    """Find all that decoders disagree on in a JSON text, in order of offset; `depth` at most once.

    A text that stops being JSON gives the issues up to there; no bytes raise anything.
    """
    found: list[Issue] = []
    steps: list[str | int] = []  # for each open container: the key or index at which the walk is
    keys: list[set[str]] = []  # for each open container: the keys seen in it
    none: set[str] = set()
    deepest, too_deep = 0, -1  # the greatest depth; the index in found of the issue that tells it

    def report(kind: IssueKind, start: int, end: int, detail: str) -> None:
        found.append(Issue(kind, start, end - start, tuple(steps[:max_depth]), detail))

    with suppress(NotJson):
        for kind, start, end in tokens(data):
            if kind == "key":
                steps[-1] = name = string(data, start, end)
                if name in keys[-1]:
                    report("duplicate-key", start, end, name)
                keys[-1].add(name)
            elif kind not in "}]" and steps and isinstance(steps[-1], int):
                steps[-1] += 1
            match kind:
                case "{" | "[":
                    if len(steps) >= max_depth and too_deep < 0:
                        too_deep = len(found)
                        report("depth", start, end, "")
                    steps.append("" if kind == "{" else -1)
                    keys.append(set() if kind == "{" else none)
                    deepest = max(deepest, len(steps))
                case "}" | "]":
                    steps.pop()
                    keys.pop()
                case "key" | "string":
                    for escape in _ESCAPE.finditer(data, start, end):
                        if escape[1]:
                            report("lone-surrogate", *escape.span(), escape[0].decode())
                case "number":
                    value = number(data[start:end])
                    if isinstance(value, float) and not math.isfinite(value):
                        report("non-finite", start, end, data[start:end].decode())
    if too_deep >= 0:
        found[too_deep] = replace(found[too_deep], detail=str(deepest))
    return found


def span(data: bytes, path: Sequence[str | int], *, key: bool = False) -> tuple[int, int] | None:
    """Find the bytes of the value at a path of keys and indexes, or with `key` of the key that names it.

    Returns (offset, length) in bytes; of duplicate keys the last counts, as in decoding; the empty path is the
    whole value without the white space around it. None where the path is not there, the text stops being
    JSON before the end of that value, or a key is asked for that there is none of (an item, the whole).
    """
    found: tuple[int, int] | None = None
    depth = 0  # containers that are open
    steps: list[str | int] = []  # where the walk is in those of them that are on the path: the outermost ones
    opened = -1  # where the value at the path began, while it is an open container

    with suppress(NotJson):
        for kind, start, end in tokens(data):
            if kind == "}" or kind == "]":
                depth -= 1
                if depth < len(steps):
                    steps.pop()
                elif depth == len(path) and opened >= 0:
                    found, opened = (opened, end - opened), -1
                continue
            if depth == len(steps):  # directly in a container on the path: one step on
                if kind == "key":
                    steps[-1] = string(data, start, end)
                elif steps and isinstance(steps[-1], int):
                    steps[-1] += 1
                if not steps or steps[-1] == path[depth - 1]:
                    at_end = depth == len(path)
                    if kind == "key":
                        found = (start, end - start) if key and at_end else None
                    elif kind in "{[" and not at_end:
                        steps.append("" if kind == "{" else -1)
                    elif kind in "{[" and not key:
                        opened = start
                    elif at_end and not key:
                        found = start, end - start
            if kind in "{[":
                depth += 1
    return found
