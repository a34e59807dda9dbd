"""How a protocol is asked for: what its file says under `asking`, and the scenarios that stand in its folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from validator.live.answer import Question
from validator.live.ask import Endpoint
from validator.schema import SchemaError, SchemaSet
from validator.yamlfile import ConfigError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.live.answer import Answer
    from validator.live.key import Key
    from validator.protocol import Protocol
    from validator.schema import Schema

#: Statuses by which a server says that a request asks for what it cannot do.
_CANNOT = frozenset({400, 404, 405, 406, 409, 415, 422, 501})

#: How much of an answer is looked through for a word of why.
_HEAD = 16 * 1024


@dataclass(frozen=True, slots=True)
class Capability:
    """What a server may be unable to do; a refusal in which `named` is found is for want of it."""

    name: str
    says: str
    named: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Yielding:
    """A member that a request can do without, or that stands under another name `instead`."""

    member: str
    instead: str | None
    named: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Asking:
    """How a protocol is asked for; the names are those of schemas/meta/protocol.json."""

    path: str
    header: str
    form: str
    model: str
    streamed: Mapping[str, Any]
    stream_only: tuple[str, ...]
    limit: str | None
    times: str | None
    yields: tuple[Yielding, ...]
    refusal: Schema
    capabilities: Mapping[str, Capability]
    scenarios: Path
    #: members that the server has refused, and what they became
    _yielded: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, protocol: Protocol) -> Asking:
        """Return how a protocol is asked for.

        Raises:
            ConfigError: its file does not say so, or holds a pattern or schema that is none.

        """
        file = Path(protocol.origin)
        entry = read_yaml(file, "protocol").get("asking")
        if entry is None:
            raise ConfigError(f"{protocol.title} cannot be asked for: {file} does not say how, under `asking`")
        key = entry.get("key", {"header": "Authorization", "form": "{key}"})
        try:
            found = {
                name: Capability(name, one["says"], re.compile(one["named"]))
                for name, one in entry.get("capabilities", {}).items()
            }
            refusal = SchemaSet().compile(entry.get("refusal", True))
        except (re.error, SchemaError) as error:
            raise ConfigError(f"{file}: asking: {error}") from error
        return cls(
            path=entry["path"],
            header=key["header"],
            form=key["form"],
            model=entry["model"],
            streamed=entry["streamed"],
            stream_only=tuple(entry.get("stream_only", ())),
            limit=entry.get("limit"),
            times=entry.get("times"),
            yields=tuple(
                Yielding(one["member"], one.get("instead"), re.compile(rf"\b{re.escape(one['member'])}\b"))
                for one in entry.get("yields", ())
            ),
            refusal=refusal,
            capabilities=found,
            scenarios=file.parent / "scenarios",
        )

    def at(self, base: str, key: Key) -> Endpoint:
        """Return the endpoint below a base URL.

        Raises:
            ConfigError: the URL cannot be used, or holds a secret.

        """
        return Endpoint.at(base, self.path, key, self.header, self.form)

    def body(self, members: Mapping[str, Any], model: str, tokens: int, *, stream: bool) -> dict[str, Any]:
        """Return the body of a request: its members, beside those that every request has."""
        body: dict[str, Any] = {self.model: model}
        if stream:
            body |= self.streamed
        if self.limit is not None:
            body[self.limit] = tokens
        body |= members
        if not stream:
            body = {name: value for name, value in body.items() if name not in self.stream_only}
        for member, instead in self._yielded.items():
            if member in body:
                value = body.pop(member)
                if instead is not None:
                    body.setdefault(instead, value)
        return body

    def asks_for_stream(self, body: Mapping[str, Any]) -> bool:
        """Whether a request is one for a stream."""
        return all(body.get(name) == value for name, value in self.streamed.items())

    def question(self, body: dict[str, Any], tokens: int, **how: Any) -> Question:
        """Return the question of a body; `tokens` is the limit of one answer."""
        times = body.get(self.times) if self.times is not None else None
        count = times if type(times) is int and times > 0 else 1
        return Question(orjson.dumps(body), body, tokens * count, **how)

    def gives_way(self, answer: Answer) -> bool:
        """Whether a request was refused for a member that it can do without: later requests then have it no more."""
        body = answer.question.value
        if not cannot(answer) or body is None:
            return False
        told = text_of(answer)
        for one in self.yields:
            if one.member in body and one.member not in self._yielded and one.named.search(told):
                self._yielded[one.member] = one.instead
                return True
        return False

    def lacking(self, answer: Answer, asks: tuple[str, ...]) -> Capability | None:
        """Return the one of these capabilities for want of which a request was refused; None if it was not."""
        if not cannot(answer):
            return None
        told = text_of(answer)
        return next((self.capabilities[name] for name in asks if self.capabilities[name].named.search(told)), None)


def cannot(answer: Answer) -> bool:
    """Whether a request was refused as one that cannot be fulfilled."""
    return answer.status in _CANNOT


def text_of(answer: Answer) -> str:
    """Return the beginning of an answer as text."""
    return answer.body[:_HEAD].decode("utf-8", "replace")
