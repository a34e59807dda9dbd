"""Changes to inputs that keep their form: to JSON and YAML values, to lines, to the events of streams."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_EVENT = re.compile(rb"(?:[^\r\n]+(?:\r\n|\n|\r))+(?:\r\n|\n|\r)|[\r\n]+|[^\r\n]+\Z")

#: Values that programs stumble over.
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, -(2**63), 2**64, 10**30, 0.0, -0.0, 1.5, 1e308, 1e-320,
    float("inf"), float("nan"), "", " ", "\0", "\ud83d", "☃", "\U0001f600", "\x1b[31m", "\u202e", "\u2028",
    "::error::x", "[DONE]", "null", "{}", '{"a":1}', "a" * 300, [], {}, [[]], [{}], [None], {"": None},
    {"a": {"a": {}}}, "stop", "tool_calls", "assistant", "data:text/plain;base64,AA==", "2026-01-01T00:00:00Z",
    "../../etc/passwd", "a\nb", "a\r\n\r\nb", "0", "-1", "\u0661",
)  # fmt: skip

#: Pieces of text that mean something somewhere.
PIECES = (
    b"data:", b"data: ", b"event: error", b"id:", b"retry: 1", b": ping", b"\n", b"\r", b"\r\n", b"\n\n", b"\0",
    b"\xff", b"\xef\xbb\xbf", b"data: [DONE]\n\n", b"\xc3", b"\xed\xa0\x80", b"\\u0000", b"\\ud83d", b"\\u003a",
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"1e400", b"NaN", b"-0", b"0" * 20, b"9" * 4400, b"[" * 70,
    b"[" * 600, b"&a", b"*a", b"!!int ", b"HTTP/1.1 200 OK\r\n", b"!!python/object:os.system", b"<<: *a",
    b"---\n", b"\x1f\x8b", b"\x28\xb5\x2f\xfd",
)  # fmt: skip


def bytes_changed(data: bytes, random: Random) -> bytes:
    """Change some bytes: put a piece in, take one out, repeat one, flip a bit."""
    at = random.randrange(len(data) + 1)
    length = min(random.choice((1, 2, 4, 16, 64, 512)), len(data) - at)
    match random.randrange(4):
        case 0:
            return data[:at] + random.choice(PIECES) + data[at:]
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + data[at : at + length] * random.choice((2, 3, 20)) + data[at + length :]
        case _:
            flipped = bytes([data[at] ^ (1 << random.randrange(8))]) if at < len(data) else b""
            return data[:at] + flipped + data[at + 1 :]


def value_changed(value: Any, random: Random) -> Any:
    """Change one part of a JSON value: replace, drop, double or rename it, or swap it for another part."""
    value = copy.deepcopy(value)
    parts: list[tuple[Any, Any]] = []
    pending, seen = [value], {id(value)}
    while pending:
        holder = pending.pop()
        below = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, part in list(below):
            parts.append((holder, key))
            if isinstance(part, dict | list) and id(part) not in seen:
                seen.add(id(part))
                pending.append(part)
    if not parts:
        return random.choice(ODD)
    holder, key = random.choice(parts)
    match random.randrange(8):
        case 0 | 1:
            holder[key] = copy.deepcopy(random.choice(ODD))
        case 2:
            del holder[key]
        case 3 if isinstance(holder, dict):
            holder[random.choice((str(key) + "x", "", "index", "0", "choices", "error", "\u202e"))] = holder.pop(key)
        case 3 | 4 if isinstance(holder, list):
            holder.insert(random.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
        case 5:
            holder[key] = [holder[key]]
        case 6:
            other, name = random.choice(parts)
            holder[key] = (
                copy.deepcopy(other[name]) if name in other or (isinstance(other, list) and len(other) > name) else 0
            )
        case _:
            holder[key] = _tweaked(holder[key], random)
    return value


def _tweaked(value: Any, random: Random) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return random.choice((value + 1, -value, value * 1000, str(value), value / 2))
    if isinstance(value, str):
        at = random.randrange(len(value) + 1)
        odd = random.choice([one for one in ODD if isinstance(one, str)])
        return random.choice((value[:at] + odd + value[at:], value[:at], value[at:], value * 2, value.upper()))
    return [value, value]


def stream_changed(data: bytes, random: Random) -> bytes:
    """Change an event stream: its events, the payload of one, or its bytes."""
    events = _EVENT.findall(data)
    if not events or random.random() < 0.15:
        return bytes_changed(data, random)
    at = random.randrange(len(events))
    other = random.randrange(len(events))
    match random.randrange(9):
        case 0:
            del events[at]
        case 1:
            events.insert(other, events[at])
        case 2:
            events[at], events[other] = events[other], events[at]
        case 3:
            events[at] = bytes_changed(events[at], random)
        case 4:
            return b"".join(events[:at])
        case _:
            events[at] = _payload_changed(events[at], random)
    return b"".join(events)


def _payload_changed(event: bytes, random: Random) -> bytes:
    head, colon, data = event.partition(b":")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return bytes_changed(event, random)
    text = json.dumps(value_changed(value, random), ensure_ascii=random.random() < 0.5, separators=(",", ":"))
    end = random.choice((b"\n\n", b"\n\n", b"\r\n\r\n", b"\r\r", b"\n"))
    return head + colon + b" " + text.encode("utf-8", "surrogatepass") + end


def json_changed(data: bytes, random: Random) -> bytes:
    """Change a JSON text by its values, or by its bytes."""
    if random.random() < 0.2:
        return bytes_changed(data, random)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return bytes_changed(data, random)
    return json.dumps(value_changed(value, random), separators=(",", ":")).encode()


def lines_changed(change: Callable[[bytes, Random], bytes]) -> Callable[[bytes, Random], bytes]:
    """Return a change to the lines of a text: one is dropped, doubled, moved or changed."""

    def changed(data: bytes, random: Random) -> bytes:
        lines = data.splitlines(keepends=True)
        if not lines or random.random() < 0.1:
            return bytes_changed(data, random)
        at = random.randrange(len(lines))
        match random.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(random.randrange(len(lines) + 1), lines[at])
            case _:
                text = lines[at].rstrip(b"\r\n")
                lines[at] = change(text, random) + lines[at][len(text) :]
        return b"".join(lines)

    return changed


def yaml_changed(data: bytes, random: Random) -> bytes:
    """Change a YAML text by its values, or by its bytes; sometimes one part refers to another."""
    if random.random() < 0.3:
        return bytes_changed(data, random)
    try:
        value = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return bytes_changed(data, random)
    if not isinstance(value, dict | list):
        return bytes_changed(data, random)
    try:
        return yaml.dump(value_changed(value, random), Dumper=yaml.CSafeDumper, allow_unicode=True).encode()
    except (yaml.YAMLError, ValueError, RecursionError):
        return bytes_changed(data, random)
