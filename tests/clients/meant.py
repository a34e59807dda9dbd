"""What a stream was meant to say, whatever is wrong with it: the reading of one who knows the defects.

Most bad captures have no well-formed twin to compare a client's reading with, so the twin's meaning is read out of
them, forgiving all that can be forgiven: bytes in another encoding, lines that are not quite fields, payloads that
are not quite JSON, texts that repeat themselves, calls without a number. What is not there at all is not made up,
but for this: a sound answer has the role ``assistant`` and a reason to finish, so a client that ends well without
one has missed something. `tests/clients/test_meant.py` holds this reading to streams whose twin is known.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

#: The reasons to finish that clients know.
REASONS = ("stop", "length", "tool_calls", "content_filter")

#: What stands for a reason that the stream does not say.
UNSAID = "a reason"

_PREFIX = re.compile(r"^[\s\ufeff]*(?:data[ \t]*:[ \t]*)*", re.IGNORECASE)
_DATA = re.compile(r"^[\s\ufeff]*data[ \t]*:", re.IGNORECASE)
_ERROR = re.compile(r"^[\s\ufeff]*(?:event[ \t]*:[ \t]*)?error\b", re.IGNORECASE)


@dataclass
class Call:
    """A tool call, as far as it has come."""

    id: str | None = None
    name: str = ""
    pieces: list[str] = field(default_factory=list)

    @property
    def told(self) -> tuple[str | None, str, str]:
        return self.id, self.name, arguments(_whole(self.pieces))


@dataclass
class Choice:
    """A choice, as far as it has come."""

    texts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    calls: dict[Any, Call] = field(default_factory=dict)
    finish: str | None = None
    last: Any = None


@dataclass
class Meant:
    """What a stream was meant to say: its choices by number, the usage, and whether it is an error."""

    choices: dict[int, Choice] = field(default_factory=dict)
    usage: tuple[Any, Any, Any] | None = None
    error: bool = False

    def facts(self) -> dict[str, Any]:
        """Return what is to be read, by name."""
        told: dict[str, Any] = {}
        for number, choice in self.choices.items():
            told[f"{number}.role"] = "assistant"
            told[f"{number}.text"] = _whole(choice.texts)
            told[f"{number}.refusal"] = _whole(choice.refusals)
            told[f"{number}.calls"] = tuple(call.told for call in _in_order(choice) if call.id or call.name)
            told[f"{number}.finish"] = reason(choice.finish) or UNSAID
        return {**told, "usage": self.usage} if self.usage else told


def meant(body: bytes, status: int = 200) -> Meant:
    """Return what the body of a response was meant to say."""
    said = Meant(error=status >= 400)
    for payload in _payloads(_text(body), said):
        _read(payload, said)
    return said


def _in_order(choice: Choice) -> list[Call]:
    """Return calls by their indexes, where each has one."""
    known = choice.calls
    numbered = all(key[1].isdigit() for key in known) and len({key[1] for key in known}) == len(known)
    return [known[key] for key in (sorted(known, key=lambda key: int(key[1])) if numbered else known)]


def reason(value: Any) -> str | None:
    """Return a reason to finish: one that clients know, ``other``, or None for none."""
    if value in (None, ""):
        return None
    low = str(value).lower().replace("-", "_").replace("function_call", "tool_calls")  # the old name of it
    return low if low in REASONS else "other"


def arguments(text: str) -> str:
    """Return the arguments of a call in one form, however they are written."""
    try:
        return json.dumps(json.loads(text or "{}"), sort_keys=True)
    except ValueError:
        return text


def _text(body: bytes) -> str:
    if body.startswith(b"\x1f\x8b"):
        body = gzip.decompress(body)
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or body[1:2] == b"\0" or body[:1] == b"\0":
        return body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le", "replace")
    return body.decode("utf-8", "surrogateescape")  # the bytes of a character may be in several payloads


def _payloads(text: str, said: Meant) -> list[Any]:
    """Return the JSON values of a text: of its lines, of several lines together, or of the whole."""
    whole = _json(text.strip())
    if isinstance(whole, dict):
        return [whole]
    found, waiting = [], ""
    for line in re.split(r"\r\n|\n|\r", text):
        if _ERROR.match(line):
            said.error = True
        rest = _PREFIX.sub("", line) if _DATA.match(line) or not waiting else line
        for candidate in (waiting + rest, rest):
            value = _json(candidate.replace("\0", ""))
            if value is not None:
                found.append(value)
                waiting = ""
                break
        else:
            waiting = waiting + rest if waiting or rest.lstrip().startswith("{") else ""
    return found


def _json(text: str) -> Any:
    if not text.startswith(("{", "[")) or text.startswith("[DONE"):
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _read(payload: Any, said: Meant) -> None:
    if not isinstance(payload, dict):
        for one in payload if isinstance(payload, list) else ():
            _read(one, said)
        return
    if payload.get("error"):
        said.error = True
    choices = payload.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    for place, one in enumerate(choices if isinstance(choices, list) else ()):
        if isinstance(one, dict):
            _choice(one, said.choices.setdefault(_number(one.get("index"), place), Choice()))
            _usage(one.get("usage"), said)
    _usage(payload.get("usage"), said)


def _number(index: Any, place: int) -> int:
    if isinstance(index, str) and index.isdigit():
        return int(index)
    return index if type(index) is int and index >= 0 else place


def _usage(value: Any, said: Meant) -> None:
    if isinstance(value, dict) and value:
        counts = [value.get(f"{name}_tokens") for name in ("prompt", "completion", "total")]
        prompt, completion, total = (int(one) if isinstance(one, str) and one.isdigit() else one for one in counts)
        said.usage = (prompt, completion, total)


def _choice(one: dict[str, Any], choice: Choice) -> None:
    delta = one.get("delta")
    delta = delta if isinstance(delta, dict) else {}
    if isinstance(one.get("message"), dict) and not delta.keys() & {"content", "refusal", "tool_calls"}:
        delta = one["message"]
        so_far = _said(delta.get("content"))
        if so_far.startswith("".join(choice.texts)):
            choice.texts.clear()  # a message says all of it again
    for name, into in (("content", choice.texts), ("refusal", choice.refusals)):
        if (text := _said(delta.get(name))) != "":
            into.append(text)
    if isinstance(one.get("text"), str):
        choice.texts.append(one["text"])
    calls = delta.get("tool_calls")
    for fragment in [calls] if isinstance(calls, dict) else calls if isinstance(calls, list) else ():
        if isinstance(fragment, dict):
            _fragment(fragment, choice)
    if choice.finish is None and one.get("finish_reason"):
        choice.finish = one["finish_reason"]


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "".join(_said(one.get("text") if isinstance(one, dict) else one) for one in value)
    return value if isinstance(value, str) else "" if value is None or isinstance(value, dict) else json.dumps(value)


def _fragment(fragment: dict[str, Any], choice: Choice) -> None:
    function = fragment.get("function") or fragment.get("custom") or {}
    function = function if isinstance(function, dict) else {}
    id_, name = fragment.get("id") or None, function.get("name") or ""
    key = fragment.get("index")
    known = choice.calls.get(_key(key, choice))
    if known is None or (id_ and known.id and id_ != known.id and name):
        if known is None and key is None and not id_ and not name and choice.last in choice.calls:
            known = choice.calls[choice.last]  # goes on with the call before
        else:
            if key is None and id_ is None and name == "":
                key = "first"
            choice.last = (len(choice.calls), str(key))
            known = choice.calls[choice.last] = Call()
    known.id = known.id or id_
    if name and name != known.name:
        known.name = name if name.startswith(known.name) else known.name + name
    given = function.get("arguments", function.get("input"))
    if given is not None:
        known.pieces.append(given if isinstance(given, str) else json.dumps(given))


def _key(index: Any, choice: Choice) -> Any:
    """Return under which key a choice has the latest call of this index; of one without, the latest call at all."""
    if index is None:
        return None
    return next((key for key in reversed(choice.calls) if key[1] == str(index)), None)


def _whole(pieces: list[str]) -> str:
    """Return pieces joined; of pieces that each say again all that came before, the last."""
    some = [one for one in pieces if one]
    joined = "".join(some)
    piled = len(some) > 1 and all(after.startswith(one) for one, after in pairwise(some))
    long = len(set(some)) > 2 and len(some[-1]) >= 12 and len(set(some[-1])) >= 8
    if piled and (long or (_parses(some[-1]) and not _parses(joined))):
        joined = some[-1]
    if joined.startswith('"') and _parses(joined) and isinstance(json.loads(joined), str):
        inner = json.loads(joined)
        joined = inner if inner.startswith("{") else joined
    return _mended(joined)


def _mended(text: str) -> str:
    """Return a text with the halves of characters put together, be they bytes or surrogates."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "".join(chr(ord(char) - 0xDC00) if "\udc80" <= char <= "\udcff" else char for char in text)


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
