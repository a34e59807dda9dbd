"""YAML to values, event by event: no tree of nodes between, no recursion, and nothing that grows beyond all bounds.

Why not `yaml.load`: it makes a node and asks Python what it is for every scalar, which is most of the time that a
start takes; and it goes down by recursion in C, so that a text of 100,000 brackets ends the process.

Scalars are those of YAML 1.2's core schema, as far as we use them: only ``true`` and ``false`` are booleans (so that
``on:`` and ``severity: off`` are words), dates stay text, and ``<<`` is a key like any other.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

#: How deep values may be nested.
DEEPEST = 200

#: How many values aliases may stand for in all, 64 characters of a text being one more. Ten lines of aliases of
#: aliases can stand for a billion.
MOST_BY_ALIAS = 1_000_000

_TAG = "tag:yaml.org,2002:"
_WORDS = {"true": True, "false": False, "": None, "~": None, "null": None, "Null": None, "NULL": None}
#: What a number looks like, by its tag.
NUMBERS = {
    f"{_TAG}int": re.compile(r"[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+)"),
    f"{_TAG}float": re.compile(
        r"[-+]?(?:(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
    ),
}
#: What a number can begin with; what begins with anything else is a word.
_NUMERIC = frozenset("+-.0123456789")

_NO_KEY: Any = object()


def load(text: str | bytes, *, unique: bool = False) -> Any:
    """Return the value of a YAML document, None if it is empty.

    Args:
        text: the document.
        unique: whether a key that comes twice in a mapping is refused; else the last one counts.

    Raises:
        yaml.YAMLError: it is not YAML, has values that only the program which wrote it knows, is nested too deep, or
            has aliases that stand for too much.

    """
    parser = yaml.CSafeLoader(text)
    parser.get_event()  # the start of the stream
    if isinstance(parser.get_event(), yaml.StreamEndEvent):
        return None
    value = _document(parser, unique)
    parser.get_event()  # the end of the document
    after: Any = parser.get_event()
    if not isinstance(after, yaml.StreamEndEvent):
        raise _error("expected one document, and there is another", after)
    return value


def _document(parser: yaml.CSafeLoader, unique: bool) -> Any:
    root: list[Any] = []
    into: list[Any] | dict[Any, Any] = root
    key = _NO_KEY
    #: the containers around the one that is filled: each with its pending key, its anchor, what was made before it,
    #: and how deep what it holds is nested
    around: list[tuple[Any, Any, str | None, int, int]] = []
    #: values, how many each consists of, and how deep it is nested
    anchors: dict[str, tuple[Any, int, int]] = {}
    anchor, before, below = None, 0, 0
    made = by_alias = 0
    while True:
        event: Any = parser.get_event()
        kind = type(event)
        if kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
            deep = below + 1
            if anchor is not None:
                anchors[anchor] = (into, made - before, deep)
            into, key, anchor, before, below = around.pop()
            below = max(below, deep)
            if not around:
                return root[0]
            continue
        made += 1
        if kind is yaml.ScalarEvent:
            value = event.value if event.tag is None and not event.implicit[0] else _scalar(event)
            if event.anchor is not None:
                anchors[event.anchor] = (value, 1 + len(event.value) // 64, 0)
        elif kind is yaml.AliasEvent:
            if event.anchor not in anchors:
                raise _error(f"the alias {event.anchor!r:.60} stands for nothing", event)
            value, size, deep = anchors[event.anchor]
            made += size
            by_alias += size
            below = max(below, deep)
            if by_alias > MOST_BY_ALIAS or len(around) + deep > DEEPEST:
                raise _error("aliases make it too large", event)
        else:
            value = _container(event)
        if type(into) is list:
            into.append(value)
        elif key is _NO_KEY:
            _check_key(value, into if unique else (), event)
            key = value
        else:
            into[key] = value
            key = _NO_KEY
        if kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
            if len(around) >= DEEPEST:
                raise _error(f"nests deeper than {DEEPEST}", event)
            around.append((into, key, anchor, before, below))
            into, key, anchor, before, below = value, _NO_KEY, event.anchor, made, 0
        elif not around:
            return value


def _error(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def _container(event: Any) -> list[Any] | dict[Any, Any]:
    listed = type(event) is yaml.SequenceStartEvent
    made: list[Any] | dict[Any, Any] = [] if listed else {}
    if event.tag not in (None, "!", _TAG + ("seq" if listed else "map")):
        raise _error(f"could not determine a constructor for the tag {event.tag!r:.60}", event)
    return made


def _check_key(value: Any, taken: Any, event: Any) -> None:
    if type(value) is list or type(value) is dict:
        raise _error("found unhashable key", event)
    if value in taken:
        raise _error(f"the key {value!r:.60} comes twice", event)


def _scalar(event: Any) -> Any:
    text, tag = event.value, event.tag
    if tag is None or tag == "!":
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in _NUMERIC:
            return text
        tag = next((tag for tag, pattern in NUMBERS.items() if pattern.fullmatch(text)), None)
        if tag is None:
            return text
    elif ":" in text and tag in NUMBERS:  # of base 60, as YAML 1.1 had them, which take long to read
        raise _error(f"{text[:40]!r} is no number", event)
    node = yaml.ScalarNode(tag, text, event.start_mark, event.end_mark)
    try:
        return yaml.constructor.SafeConstructor().construct_document(node)
    except (ValueError, LookupError, AttributeError, ArithmeticError) as error:  # what PyYAML lets through
        raise _error(f"{text[:40]!r} is no value of the tag {tag!r:.60}", event) from error
