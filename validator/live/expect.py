"""What a scenario expects beside the rules: that a request is refused, that two answers say the same, and the like.

A check sees the answers of a scenario and says what is wrong with them, or why they show nothing. Where only another
request can tell, it asks one; so what a server may do by right is never taken for a defect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from validator.live.asking import text_of
from validator.mediatype import EVENT_STREAM
from validator.payload import Json, Malformed, decode, legible
from validator.place import Place, PlaceError, values
from validator.reporters.visible import visible
from validator.schema import SchemaSet
from validator.sse import BlockTooLong, Decoder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from validator.difference import Difference
    from validator.finding import Severity, Where
    from validator.live.answer import Answer
    from validator.live.asking import Asking
    from validator.live.scenario import Ask, Expectation, Scenario, Sign
    from validator.protocol import Protocol
    from validator.schema import JsonSchema

#: The words for what a sign is.
_WORDS: Mapping[str, JsonSchema] = {
    "non-null": {"not": {"type": "null"}},
    "non-empty": {"not": {"enum": [None, "", [], {}]}},
}

#: How much of an answer is shown where it is not what it should be.
_SHOWN = 160

#: How many differences of two answers are told.
_MOST = 8


@dataclass(frozen=True, slots=True)
class Context:
    """What a check sees: the scenario, its answers by their names, and how to ask once more."""

    scenario: Scenario
    answers: Mapping[str, Answer]
    asking: Asking
    protocol: Protocol
    again: Callable[[Ask], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong with an answer: in words, what came, and how grave it is if not as the expectation says.

    `where` is the place in the answer, if it is not the answer as a whole, and `place` that in a payload.
    """

    message: str
    got: str | None = None
    severity: Severity | None = None
    where: Where | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What came of an expectation: breaches, or why nothing is shown; `of` is the answer that it speaks of.

    `moot` says why the whole scenario is not judged: what it asks about is not there.
    """

    of: str
    breaches: tuple[Breach, ...] = ()
    idle: str | None = None
    moot: str | None = None


async def held(expectation: Expectation, context: Context) -> Held:
    """Return what came of an expectation.

    Raises:
        Spent: the budget does not allow the request that would tell.
        Unreachable: the server cannot be reached any more.

    """
    return await _CHECKS[expectation.check](expectation.options, context)


async def _refused(options: Mapping[str, Any], context: Context) -> Held:
    name = options.get("of", context.scenario.requests[-1].name)
    answer = context.answers[name]
    if answer.status is None:
        return Held(name, (Breach("the request is not answered", answer.trouble),))
    if answer.status >= 400:
        wrong = _refusal(answer, context.asking)
        return Held(name, () if wrong is None else (wrong,))
    open_ = options.get("unless_open")
    if open_ is not None and answer.status < 300:
        without = await context.again(replace(context.scenario.request(name), key="none"))
        if without.status is not None and without.status < 300:
            return Held(name, moot=open_)
    return Held(name, (Breach("the request is not refused", described(answer)),))


def _refusal(answer: Answer, asking: Asking) -> Breach | None:
    """Return what is wrong with a refusal, if anything is."""
    assert answer.status is not None  # noqa: S101 - the caller has looked
    decoded = decode(answer.body)
    if isinstance(decoded, Malformed):
        return Breach("the refusal has a body that is not JSON", described(answer))
    if not asking.refusal.is_valid(legible(decoded.value)):
        return Breach("the refusal has a body that is no error object", described(answer), "warning")
    if answer.status >= 500:
        return Breach("the server takes the blame for a wrong request", f"HTTP {answer.status}", "warning")
    return None


async def _same(options: Mapping[str, Any], context: Context) -> Held:
    of, other = options["of"], options["as"]
    one, two = context.answers[of], context.answers[other]
    for answer in (one, two):
        if answer.status != 200:
            return Held(of, idle=f"a request was answered with {described(answer)}")
    differences = _differences(one, two, context.protocol)
    if not differences:
        return Held(of)
    for name, before in ((of, one), (other, two)):
        again = await context.again(context.scenario.request(name))
        if again.status != 200 or _differences(before, again, context.protocol):
            return Held(of, idle="the server does not answer the same request twice alike")
    more = len(differences) - _MOST
    told = [_breach(one, of, other) for one in differences[:_MOST]]
    if more > 0:
        told.append(Breach(f"and {more} differences more"))
    return Held(of, tuple(told))


def _breach(difference: Difference, of: str, other: str) -> Breach:
    sides = ((of, difference.a.value), (other, difference.b.value))
    got = "; ".join(f"{name}: {'nothing' if value is None else value}" for name, value in sides)
    return Breach(difference.message, got, where=difference.a.where, place=_place(difference.place))


def _place(text: str) -> Place:
    """Return the place of a difference; that of what no rule could name is the nearest around it that one could."""
    while text:
        try:
            return Place.parse(text)
        except PlaceError:
            text = text.rpartition(".")[0]
    return Place("payload", ())


def _differences(one: Answer, two: Answer, protocol: Protocol) -> list[Difference]:
    """Return how the meanings of two answers differ, beside what each answer has of its own."""
    from validator.compare import compare  # late: few scenarios compare
    from validator.meaning import meaning

    left, right = (meaning(answer.body, answer.meta, protocol) for answer in (one, two))
    return [difference for difference in compare(left, right, separate=True) if not difference.minor]


async def _apart(options: Mapping[str, Any], context: Context) -> Held:
    place, words = Place.parse(options["text"]), options["words"]
    texts = {name: _joined(context.answers[name], place, context.protocol).lower() for name in words}
    for name, text in texts.items():
        for other, word in words.items():
            if other != name and word.lower() in text:
                told = f"the answer {name!r} has {word!r}, which only the request of {other!r} has"
                return Held(name, (Breach(told, _around(text, word.lower())),))
    if not any(word.lower() in texts[name] for name, word in words.items()):
        return Held(next(iter(words)), idle=options.get("else", "no answer shows which request it is of"))
    return Held(next(iter(words)))


async def _answered(options: Mapping[str, Any], context: Context) -> Held:
    after = options.get("after")
    if after is not None and context.answers[after].ended != "left":
        return Held(options["of"], idle="the answer was over before its reader left")
    answer = context.answers[options["of"]]
    if answer.status is None:
        return Held(options["of"], (Breach("the server does not answer any more", answer.trouble),))
    return Held(options["of"])


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], Context], Awaitable[Held]]] = {
    "refused": _refused,
    "same": _same,
    "apart": _apart,
    "answered": _answered,
}


def described(answer: Answer) -> str:
    """Return in words what an answer is: its status, and what its body is."""
    if answer.status is None:
        return answer.trouble or "nothing"
    if answer.kind == EVENT_STREAM and answer.body:
        return f"HTTP {answer.status} and an event stream"
    body = " ".join(text_of(answer)[: 4 * _SHOWN].split())
    shown = visible(body[:_SHOWN]) + ("…" if len(body) > _SHOWN else "")
    return f"HTTP {answer.status}" + (f": {shown}" if body else ", without a body")


def missing(sign: Sign, answers: Mapping[str, Answer], protocol: Protocol) -> bool:
    """Whether no answer shows that it did what its scenario is for."""
    test = SchemaSet().compile(_WORDS[sign.where] if type(sign.where) is str else sign.where).is_valid
    for answer in answers.values():
        count = 0
        for payload in payloads(answer, protocol):
            count += 1
            if sign.on is None:
                continue
            if any(map(test, values(payload, sign.on.steps))):
                return False
        if sign.on is None and count >= sign.chunks:
            return False
    return True


def payloads(answer: Answer, protocol: Protocol) -> Iterator[Any]:
    """Yield the payloads of an answer that are JSON; of one that is not streamed, its body."""
    if answer.kind == "application/json":
        decoded = decode(answer.body)
        if isinstance(decoded, Json):
            yield legible(decoded.value)
        return
    decoder = Decoder()
    try:
        events = [*decoder.feed(answer.body), *decoder.close()]
    except BlockTooLong as error:
        events = list(error.events)
    for event in events:
        if event.data is None or (protocol.sentinel is not None and protocol.sentinel.means(event.data)):
            continue
        decoded = decode(event.data)
        if isinstance(decoded, Json):
            yield legible(decoded.value)


def _joined(answer: Answer, place: Place, protocol: Protocol) -> str:
    return "".join(
        value
        for payload in payloads(answer, protocol)
        for value in values(payload, place.steps)
        if type(value) is str
    )


def _around(text: str, word: str) -> str:
    at = text.index(word)
    return visible(text[max(at - 40, 0) : at + len(word) + 40])
