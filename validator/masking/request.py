"""The request of a capture: its texts masked, and what of it must stay wherever it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from validator.masking import inner
from validator.masking.letters import Letters, length
from validator.place import ITEMS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from validator.masking.places import TextPlaces

_ROOT = "request"


def kept_words(request: Any, places: TextPlaces) -> re.Pattern[str] | None:
    """Return a pattern for what stays in every text: the protocol's words, and those that the request names."""
    named = {
        value
        for steps, value in _strings(request, ())
        if value and any(place.root == _ROOT and place.steps == steps for place in places.words_from)
    }
    words = [*places.words, *(re.escape(one) for one in sorted(named, key=lambda one: (-len(one), one)))]
    return re.compile("|".join(f"(?:{word})" for word in words)) if words else None


def kept_values(value: Any) -> frozenset[str]:
    """Return the strings that schemas in a request demand as they are."""
    found: set[str] = set()
    pending = [value]
    while pending:
        one = pending.pop()
        if type(one) is dict:
            demanded = [one.get("const"), *(one["enum"] if type(one.get("enum")) is list else ())]
            found.update(word for word in demanded if type(word) is str)
            pending += one.values()
        elif type(one) is list:
            pending += one
    return frozenset(found)


def _strings(value: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if type(value) is str:
        yield steps, value
    elif type(value) is dict:
        for key, member in value.items():
            yield from _strings(member, (*steps, key))
    elif type(value) is list:
        for item in value:
            yield from _strings(item, (*steps, ITEMS))


class Request:
    """Masks the texts of a request.

    Args:
        places: where they stand.
        letters: what to write in their place.
        words: what stays in each.
        values: JSON strings that stay.
        numbers: whether numbers within texts are masked.

    """

    def __init__(
        self,
        places: TextPlaces,
        letters: Letters,
        words: re.Pattern[str] | None,
        values: Collection[str],
        *,
        numbers: bool,
    ) -> None:
        self._places, self._letters, self._words, self._values = places, letters, words, values
        self._numbers = numbers
        self._count = 0

    def masked(self, value: Any, steps: tuple[str, ...] = ()) -> Any:
        """Return a value of the request with its texts masked."""
        if type(value) is dict:
            return {key: self.masked(member, (*steps, key)) for key, member in value.items()}
        if type(value) is list:
            return [self.masked(item, (*steps, ITEMS)) for item in value]
        if type(value) is str and self._places.is_text(_ROOT, steps, named=" " not in value):
            return self._text(value)
        if type(value) is int and self._places.is_number(_ROOT, steps):
            self._count -= 1
            return (
                int("".join(self._letters.digit(char, self._count, at) for at, char in enumerate(str(value))))
                if value > 0
                else value
            )
        return value

    def _text(self, text: str) -> str:
        self._count -= 1
        done = inner.in_string(text, self._words, self._values, numbers=self._numbers)
        return masked_text(text, done, self._letters, self._count)


def masked_text(text: str, done: bytearray, letters: Letters, event: int, base: int = 0) -> str:
    """Return a text with what is to be done with each character done."""
    out = []
    for char, what in zip(text, done, strict=True):
        if what == inner.TEXT:
            out.append(letters.text(char, event, base))
        else:
            out.append(letters.digit(char, event, base) if what == inner.DIGIT else char)
        base += length(char)
    return "".join(out)
