"""Which characters of a text are masked: not those of words that are kept, nor what makes JSON out of a text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

#: What is done with a character: it stays, it is masked as a letter of a text, or as a digit of a number.
KEEP, TEXT, DIGIT = 0, 1, 2

_JSON_LIKE = re.compile(r"\s*(?:\{\s*(?:[\"}]|\Z)|\[\s*(?:[\"\[{\]0-9-]|\Z))")
_PART = re.compile(
    r'"((?:[^"\\]|\\.)*)("?)(\s*:)?|(-?[0-9]+(?:\.[0-9]+)?)((?:[eE][+-]?[0-9]+)?)|([^\W\d]\w*)|(.)', re.DOTALL
)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)?", re.DOTALL)
_WORDS = frozenset({"true", "false", "null", "NaN", "Infinity", "None", "True", "False", "undefined"})


def is_json(text: str) -> bool:
    """Whether a text is JSON, or the beginning of an object or array."""
    if _JSON_LIKE.match(text) or _begins_word(text.strip()):
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def in_string(text: str, words: re.Pattern[str] | None, values: Collection[str], *, numbers: bool) -> bytearray:
    """Return what is done with each character of a text, which may be JSON."""
    return in_json(text, words, values, numbers=numbers) if is_json(text) else in_text(text, words)


def in_text(text: str, words: re.Pattern[str] | None) -> bytearray:
    """Return what is done with each character of a plain text."""
    return without(bytearray([TEXT]) * len(text), text, words)


def in_json(text: str, words: re.Pattern[str] | None, values: Collection[str], *, numbers: bool) -> bytearray:
    """Return what is done with each character of JSON: keys and literals stay, and so do strings among `values`."""
    done = bytearray(len(text))
    for part in _PART.finditer(text):
        string, closed, colon, number, _, word, other = part.groups()
        if string is not None:
            if not (colon and closed) and not (closed and _value(string) in values):
                start, end = part.span(1)
                done[start:end] = bytes([TEXT]) * (end - start)
                for escape in _ESCAPE.finditer(text, start, end):
                    done[escape.start() : escape.end()] = bytes(escape.end() - escape.start())
        elif number is not None:
            for at in range(*part.span(4)):
                done[at] = DIGIT if numbers and text[at] in "123456789" else KEEP
        elif word is not None:
            kept = word in _WORDS or (part.end() == len(text) and _begins_word(word))
            done[part.start() : part.end()] = bytes([KEEP if kept else TEXT]) * len(word)
        elif other is not None and not other.isascii():
            done[part.start()] = TEXT
    return without(done, text, words)


def in_loose(text: str, words: re.Pattern[str] | None) -> bytearray:
    """Return what is done with each character of what is no JSON, though it was meant to be, or no payload."""
    done = bytearray([TEXT]) * len(text)
    for at, char in enumerate(text):
        if char in "0123456789":
            done[at] = KEEP if char == "0" else DIGIT
    for word in re.finditer(r"[^\W\d]\w*", text):
        if word[0] in _WORDS or (word.end() == len(text) and _begins_word(word[0])):
            done[word.start() : word.end()] = bytes(len(word[0]))
    for escape in _ESCAPE.finditer(text):
        done[escape.start() : escape.end()] = bytes(len(escape[0]))
    return without(done, text, words)


def without(done: bytearray, text: str, words: re.Pattern[str] | None) -> bytearray:
    """Keep the words that a pattern finds in a text."""
    for word in words.finditer(text) if words is not None else ():
        done[word.start() : word.end()] = bytes(word.end() - word.start())
    return done


def _begins_word(text: str) -> bool:
    """Whether a text is the beginning of a word of JSON, which was cut off."""
    return text != "" and any(word.startswith(text) for word in ("true", "false", "null"))


def _value(string: str) -> str:
    try:
        return str(json.loads(f'"{string}"'))
    except ValueError:
        return string
