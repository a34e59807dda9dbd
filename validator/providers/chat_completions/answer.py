"""What the provider answers, by its meaning: texts, calls, reasons to stop. How that is sent, `sent` says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from validator.providers.chat_completions.request import Refused, tokens
from validator.providers.chat_completions.sample import sample

if TYPE_CHECKING:
    from validator.providers.chat_completions.request import Request, Tool

#: What is said, where nothing else is asked for; with letters of one to four bytes.
TEXT = "Snow, «Schnee», 雪, ❄️, falls over Zürich. 🙂 "

#: What is asked of a model that refuses; and what that says.
REFUSES = re.compile(r"(?i)\b(?:weapon|bomb|poison|explosives?|malware|counterfeit|methamphetamine)\b")
REFUSAL = "I'm sorry, but I can't help with that."

#: What asks for more than one call.
SEVERAL = re.compile(r"(?i)\b(?:both|each|parallel|two|three|all of|at once|and)\b")

#: How many characters of what was asked are said again.
MOST_SAID = 500

#: The most tokens of a choice where the request sets no limit.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool; `arguments` are JSON, whole unless a limit cut them."""

    id: str
    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: tokens of text or of a refusal, or calls, and why it stops."""

    text: tuple[str, ...] = ()
    refusal: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    finish: str = "stop"

    @property
    def size(self) -> int:
        """How many tokens it takes."""
        return len(self.text) + len(self.refusal) + sum(len(one.arguments) + 1 for one in self.calls)


@dataclass(frozen=True, slots=True)
class Answer:
    """All choices, and what they cost."""

    choices: tuple[Choice, ...]
    prompt_tokens: int
    completion_tokens: int


def answer(request: Request) -> Answer:
    """Answer a request as a model would that does what it is asked."""
    count = request.body.get("n") or 1
    choices = tuple(_choice(request, number) for number in range(count))
    return Answer(choices, request.prompt_tokens, sum(one.size for one in choices))


def _choice(request: Request, number: int) -> Choice:
    if request.must != "none" and request.tools and not (request.must == "auto" and request.answers_a_tool):
        return _calling(request, number)
    if request.shape is not None:
        return _told(request, _written(request.shape, "response_format"))
    if REFUSES.search(request.prompt):
        return Choice(refusal=tuple(tokens(REFUSAL)))
    return _told(request, _text(request.prompt))


def _written(schema: dict[str, Any], param: str, word: str = "Zürich ☃") -> str:
    """Return JSON of a schema; one that nobody could follow is refused, as those do who constrain a model."""
    try:
        return orjson.dumps(sample(schema, word)).decode()
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Refused(f"{param}: no answer can be made that fits the schema", param) from error


def _text(prompt: str) -> str:
    """Return a text that says again what was asked for, and is long where a long one is."""
    text = TEXT + prompt[:MOST_SAID]
    long = re.search(r"(?i)\b(?:long|essay|story|\d{3,} words|paragraphs)\b", prompt)
    return (text + " ") * 20 if long else text


def _told(request: Request, text: str) -> Choice:
    """Return a text up to a stop sequence or the limit."""
    places = [at for at in (text.find(one) for one in request.stops) if at >= 0]
    said = tokens(text[: min(places)] if places else text)
    limit = request.limit or MOST
    return Choice(text=tuple(said[:limit]), finish="length" if len(said) > limit else "stop")


def _calling(request: Request, number: int) -> Choice:
    wanted = _tools(request)
    calls: list[Call] = []
    left = request.limit or MOST
    for place, tool in enumerate(wanted):
        word = ("Zürich ☃", "東京", "Ōsaka", "Malmö")[place % 4]
        whole = tokens(_written(tool.parameters or {"type": "object"}, "tools", word))
        if left < 2:
            return Choice(calls=tuple(calls), finish="length")
        calls.append(Call(f"call_{number}{place}{'snow':0<20}", tool.name, tuple(whole[: left - 1])))
        if len(whole) > left - 1:
            return Choice(calls=tuple(calls), finish="length")
        left -= len(whole) + 1
    # a call that was asked for by name ends like a text: so OpenAI has it
    return Choice(calls=tuple(calls), finish="stop" if request.must == "named" else "tool_calls")


def _tools(request: Request) -> tuple[Tool, ...]:
    """Return what to call, in order."""
    parallel = request.body.get("parallel_tool_calls") is not False and request.must != "named"
    if not parallel or not SEVERAL.search(request.prompt):
        return request.tools[:1]
    return request.tools[:4] if len(request.tools) > 1 else request.tools * 2
