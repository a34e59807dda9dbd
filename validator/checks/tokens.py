"""What tokens are to the text that they make."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import ARRAYS, OBJECTS, At, Breach, Check, shown
from validator.checks.members import MISSING, beside, option_pattern, option_place, spot_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validator.checks.base import See, Setting
    from validator.place import Place
    from validator.rule import Rule
    from validator.schema import JsonSchema

_TOKEN: dict[str, Any] = {"text": {"type": "string"}, "bytes": {"type": "string"}}


class Spells(Check):
    """``spells``: the tokens of an array, joined, are the text at another place of the payload.

    Options: `text` and `bytes`, the members of a token that are its text and its bytes; `of`, which maps each place
    of the rule to the place of its text. A text that is null or not there is the empty one. Either the tokens'
    texts or their bytes may make it, as a token can be part of a character.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["text", "bytes", "of"],
        "properties": {**_TOKEN, "of": {"type": "object", "additionalProperties": {"type": "string"}}},
    }

    looks_at = ARRAYS

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.text: str = options["text"]
        self.bytes: str = options["bytes"]
        self.of = [(option_place(rule, one), option_place(rule, other)) for one, other in options["of"].items()]

    def places(self) -> Iterable[tuple[Place, See]]:
        """Look at each array with its text in mind."""
        for place, text in self.of:
            yield place, partial(self._see, place, text)

    def _see(self, place: Place, other: Place, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        text = beside(at, other)
        if text is None or text is MISSING:
            text = ""
        if type(value) is not list or type(text) is not str:
            return None
        spelled = self._spelled(value)
        if spelled is None or spelled == text or self._in_bytes(value, text):
            return None
        return (Breach(f"the tokens of {place} spell {shown(spelled, 60)}, but {other} is {shown(text, 60)}",
                       got=shown(spelled), related=(("the text is here", spot_beside(at, other)),)),)  # fmt: skip

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By what is no array."""
        return type(value) is not list

    def _spelled(self, tokens: list[Any]) -> str | None:
        """Return the texts of tokens, joined; None if one has no text."""
        try:
            return "".join([token[self.text] for token in tokens])
        except (TypeError, KeyError):
            return None

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Look at arrays whose tokens' texts are the text."""
        texts = at.beside(see.args[1]) if at.beside and isinstance(see, partial) else ()
        if len(texts) != len(values):
            return False
        name = self.text
        for value, text in zip(values, texts, strict=True):
            if type(value) is not list or type(text) is not str:
                return False
            try:
                spelled = value[0][name] if len(value) == 1 else "".join([token[name] for token in value])
            except (TypeError, KeyError):
                return False
            if spelled != text:
                return False
        return True

    def _in_bytes(self, tokens: list[dict[str, Any]], text: str) -> bool:
        joined = bytearray()
        for token in tokens:
            some = token.get(self.bytes)
            if type(some) is list and _are_bytes(some):
                joined += bytes(some)
            else:
                joined += token[self.text].encode("utf-8", "surrogatepass")
        return joined == text.encode("utf-8", "surrogatepass")


class TokenBytes(Check):
    """``token_bytes``: the bytes of a token are bytes, and are the UTF-8 of its text.

    Options: `text` and `bytes`, the members of the token that are these; `partial`, a regular expression for the
    text of a token that is part of a character, whose bytes are not those of the text. Null bytes pass.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["text", "bytes"],
        "properties": {**_TOKEN, "partial": {"type": "string", "format": "regex"}},
    }

    looks_at = OBJECTS

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.text: str = options["text"]
        self.bytes: str = options["bytes"]
        self.partial = option_pattern(rule, options["partial"]) if "partial" in options else None

    def take(self, see: See, state: Any, values: Sequence[Any], at: At) -> bool:
        """Look at the tokens one by one if not all have plainly the bytes of their text."""
        try:
            some, texts = [value[self.bytes] for value in values], [value[self.text] for value in values]
            plain = set(map(type, some)) == {list} and list(map(bytes, some)) == list(map(str.encode, texts))
        except (KeyError, TypeError, ValueError):
            plain = False
        return plain or not any(see(state, value, at) for value in values)

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Judge one token."""
        some = value.get(self.bytes) if type(value) is dict else None
        if type(some) is not list or not all(type(one) is int for one in some):
            return None
        spot = at.spot(self.bytes)
        for position, one in enumerate(some):
            if not 0 <= one <= 255:
                return (Breach(f"{self.bytes} of a token has {one}, which is no byte", got=str(one),
                               spot=at.spot(self.bytes, position), key="byte"),)  # fmt: skip
        text = value.get(self.text)
        if type(text) is not str or (self.partial is not None and self.partial.search(text)):
            return None
        if bytes(some) == text.encode("utf-8", "surrogatepass"):
            return None
        says = shown(bytes(some).decode("utf-8", "replace"), 40)
        return (Breach(f"{self.bytes} of the token {shown(text, 40)} are those of {says}", got=shown(some), spot=spot,
                       key="text"),)  # fmt: skip


def _are_bytes(some: list[Any]) -> bool:
    return all(type(one) is int and 0 <= one <= 255 for one in some)
