"""What streamed text must not hold, and how it must grow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import TEXTS, At, Breach, Check, shown
from validator.checks.members import option_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.checks.base import See, Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Spot

_PATTERNS = {
    "type": "object",
    "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 2}},
}


class Lacks(Check):
    """``lacks``: no text at the place holds one of these. Option `texts`: what it must not hold."""

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["texts"],
        "properties": {"texts": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}},
    }

    looks_at = TEXTS

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.texts = tuple(options["texts"])

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each text that holds one."""
        if type(value) is str:
            for text in self.texts:
                if text in value:
                    name = at.path[-1]
                    return (Breach(f"{name} holds {shown(text)}", got=shown(value)),)
        return None

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By the same value, of which it had nothing to say."""
        return same and self.see(state, value, at) is None

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Look at all texts at once: what the whole does not hold, none of them does."""
        whole = "".join([value for value in values if type(value) is str])
        return not any(one in whole for one in self.texts)


class FreeOf(Check):
    """``free_of``: the text that an instance streams at a place matches none of these, across its pieces.

    Options: `anywhere` and `start` map a name for a person to regular expressions, looked for in the whole text and
    at its start (after white space); `openings`, the characters that a match of one in `anywhere` can begin with,
    so that text without them is passed quickly; `window`, how many characters a match has at most: longer ones that
    come in pieces are not found.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["anywhere"]}, {"required": ["start"]}],
        "dependentRequired": {"anywhere": ["openings"]},
        "properties": {
            "openings": {"type": "string", "minLength": 1},
            "anywhere": _PATTERNS,
            "start": _PATTERNS,
            "window": {"type": "integer", "minimum": 1, "maximum": 1024},
        },
    }

    looks_at = TEXTS

    class _Text:
        __slots__ = ("head", "tail")

        def __init__(self) -> None:
            #: the text so far, while it may still match at its start; None after that
            self.head: str | None = ""
            #: the end of the text, from where a match may have begun
            self.tail = ""

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.window: int = options.get("window", 64)
        self.start_names = self._compiled(options.get("start", {}))
        self.names = self._compiled(options.get("anywhere", {}))
        self.starts = _any(self.start_names)
        self.anywhere = _any(self.names)
        self.openings: str = options.get("openings", "")

    def _compiled(self, named: Mapping[str, list[str]]) -> list[tuple[re.Pattern[str], str]]:
        return [(option_pattern(self.rule, one), name) for name, patterns in named.items() for one in patterns]

    def start(self) -> dict[str | int, _Text]:
        """No text yet; kept by the name of the member that it streams in."""
        return {}

    def see(self, state: dict[str | int, _Text], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each match that this piece completes."""
        if type(value) is not str or not value:
            return None
        name = at.path[-1]
        text = state.get(name)
        if text is None:
            text = state[name] = self._Text()
        said: list[Breach] = []
        if text.head is not None:
            head = (text.head + value).lstrip()
            found = self.starts.match(head) if self.starts is not None else None
            text.head = None if found or len(head) > self.window else head
            if found:  # only what comes after it can be another match
                said.append(_told(found[0], self.start_names, name, "begins with"))
                value, text.tail = head[found.end() :], ""
        if text.tail or self._opens(value):
            said += self._inside(text, value, name)
        return said

    def unmoved(self, state: dict[str | int, _Text], value: Any, at: At, *, same: bool) -> bool:
        """By what is no text."""
        return same and (type(value) is not str or not value)

    def take(self, see: See, state: dict[str | int, _Text], values: Sequence[Any], at: At) -> bool:
        """Take texts in which nothing can begin, after the start."""
        known = state.get(at.path[-1])
        if known is None or known.head is not None or known.tail:
            return False
        whole = "".join([value for value in values if type(value) is str])
        return not self._opens(whole)

    def _opens(self, text: str) -> bool:
        for opening in self.openings:  # noqa: SIM110 - a generator takes as long as several of these searches
            if opening in text:
                return True
        return False

    def _inside(self, text: _Text, value: str, name: str | int) -> Iterable[Breach]:
        if self.anywhere is None:
            return
        whole = text.tail + value
        end = 0
        for found in self.anywhere.finditer(whole):
            end = found.end()
            yield _told(found[0], self.names, name, "holds")
        rest = whole[max(end, len(whole) - self.window) :]
        begins = [place for opening in self.openings if (place := rest.find(opening)) >= 0]
        text.tail = rest[min(begins) :] if begins else ""


def _told(match: str, names: list[tuple[re.Pattern[str], str]], place: str | int, verb: str) -> Breach:
    name = next(name for pattern, name in names if pattern.match(match))
    return Breach(f"{place} {verb} {shown(match)}: {name}", got=shown(match), key=name)


def _any(named: list[tuple[re.Pattern[str], str]]) -> re.Pattern[str] | None:
    return re.compile("|".join(pattern.pattern for pattern, _ in named)) if named else None


class Increments(Check):
    """``increments``: the pieces of a text are increments, not each time the whole text so far.

    It tells a text whose pieces, from the first one on, each begin with all of the piece before and go on from
    there, once that has happened `run` times and the text is `length` characters long with `distinct` different
    ones: so that words which happen to repeat ("ha", "haha") never count. Texts longer than `limit` characters are
    judged no further.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"type": "integer", "minimum": 1, "maximum": most}
            for name, most in {"run": 1000, "length": 10_000, "distinct": 100, "limit": 1 << 20}.items()
        },
    }

    looks_at = TEXTS

    class _Text:
        __slots__ = ("first", "run", "whole")

        def __init__(self, whole: str | None, first: Spot) -> None:
            #: the text so far; None once the pieces have shown to be increments, or too long
            self.whole = whole
            self.first = first
            self.run = 0

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.run: int = options.get("run", 3)
        self.length: int = options.get("length", 12)
        self.distinct: int = options.get("distinct", 8)
        self.limit: int = options.get("limit", 1 << 16)

    def start(self) -> dict[str | int, _Text]:
        """No text yet; kept by the name of the member that it streams in."""
        return {}

    def see(self, state: dict[str | int, _Text], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell each piece that repeats the whole text before it."""
        if type(value) is not str or not value:
            return None
        name = at.path[-1]
        text = state.get(name)
        if text is None:
            state[name] = self._Text(value if len(value) <= self.limit else None, at.spot())
            return None
        whole = text.whole
        if whole is None or value == whole:
            return None
        if not value.startswith(whole) or len(value) > self.limit:
            text.whole = None
            return None
        text.whole = value
        text.run += 1
        if text.run < self.run or len(value) < self.length or len(set(value)) < self.distinct:
            return None
        return (Breach(f"{name} repeats all the text before it, {text.run} times in a row", got=shown(value),
                       related=(("the text begins here", text.first),)),)  # fmt: skip

    def unmoved(self, state: dict[str | int, _Text], value: Any, at: At, *, same: bool) -> bool:
        """By what is no text, or once the pieces have shown to be increments."""
        text = state.get(at.path[-1])
        return (same and (type(value) is not str or not value)) or (text is not None and text.whole is None)
