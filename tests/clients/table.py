"""Which defects of the corpus each client survives, misreads silently, or fails on.

`python -m tests.clients --table` makes the table of it.

Every bad capture of chat completions is played to every client, which puts the answer together in its own way; the
result is held to what the stream was meant to say (`meant`).

- A client *survives* a defect if it ends without an error and tells what was meant; or if it raises, where what was
  meant is an error.
- It *misreads* one silently if it ends without an error and what it tells is otherwise: the joined text or refusal,
  the tool calls (id, name, arguments), the role, the reason to finish, or the usage; or if the stream means an error
  or lacks its end, and it says nothing.
- It *fails* on one if it raises, or hands out what its own README's loop raises on.

What a client does not tell of any answer is not held against it: langchain-openai and the AI SDK tell one choice, and
neither role nor refusal; captures of several choices are not played to them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.clients.clients import CLIENTS, READERS, run
from tests.clients.jobs import CHAT, Job, captures, chat_request
from tests.clients.meant import UNSAID, arguments, meant, reason
from tests.corpus import CORPUS
from validator import catalogue
from validator.meta import load_meta, sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.clients.clients import Client

#: What becomes of a defect in a client, and how the table shows it.
MARKS = {"survives": "ok", "misreads": "**misreads**", "fails": "fails", "": "-"}

#: In which way each client reads for the table, and which facts of a choice it tells.
WAYS = {
    "openai-python": ("helper", {"role", "text", "refusal", "calls", "finish"}),
    "openai-node": ("helper", {"role", "text", "refusal", "calls", "finish"}),
    "langchain-openai": ("chat", {"text", "calls", "finish"}),
    "@ai-sdk/openai-compatible": ("sdk", {"text", "calls", "finish"}),
}

#: Errors by which a helper says that an answer is not whole: they are no failures, and say what the loop is to say.
MEANT = ("LengthFinishReasonError", "ContentFilterFinishReasonError")


@dataclass(frozen=True)
class Row:
    """One capture, and what becomes of it in each client, with what differs or is raised."""

    rule: str
    capture: str
    became: dict[str, tuple[str, str]]


def clients() -> list[Client]:
    """Return the clients of the table."""
    return [one for one in (*CLIENTS.values(), *READERS.values()) if one.name in WAYS]


@cache
def rows(kind: str = "bad") -> tuple[Row, ...]:
    """Run the clients, and return what became of each ``bad`` or ``good`` capture."""
    chosen = [path for name, path, own in captures() if name == CHAT and own and path.name.startswith(f"{kind}-")]
    read = {one.name: dict(_read(one, chosen)) for one in clients()}
    return tuple(
        Row(path.parent.name, path.stem.removeprefix(f"{kind}-"), {name: found[path] for name, found in read.items()})
        for path in chosen
    )


def _read(client: Client, chosen: list[Path]) -> Iterator[tuple[Path, tuple[str, str]]]:
    way, tells = WAYS[client.name]
    several = {path for path in chosen if len(_meant(path).choices) > 1} if "role" not in tells else set()
    jobs = [
        Job(CHAT, path.relative_to(CORPUS).as_posix(), one, _asked(path, client))
        for path in chosen
        if path not in several
        for one in ({way, "raw"} if way == "helper" else {way})
    ]
    outcomes = run(client, jobs)
    for path in chosen:
        if path in several:
            yield path, ("", "several choices")
            continue
        capture = path.relative_to(CORPUS).as_posix()
        outcome, facts = outcomes[CHAT, capture, way], tells
        if outcome.get("raises", "").startswith(MEANT):
            if len(_meant(path).choices) > 1:
                yield path, ("survives", "says that the answer is not whole")
                continue
            outcome, facts = outcomes[CHAT, capture, "raw"], {"text", "finish"}
        yield path, judged(path, outcome, facts)


def _asked(path: Path, client: Client) -> dict[str, Any]:
    """Return what a client asks; the AI SDK takes calls only of tools that it offered, so it offers those called."""
    request = chat_request(path)
    if client.name.startswith("@"):
        known = [one for one in request.get("tools", ()) if one.get("type") == "function"]
        called = {
            call.name for choice in _meant(path).choices.values() for call in choice.calls.values() if call.name
        }
        called -= {one["function"]["name"] for one in known}
        request["tools"] = [*known, *({"type": "function", "function": {"name": name}} for name in sorted(called))]
    return request


def judged(path: Path, outcome: dict[str, Any], tells: set[str]) -> tuple[str, str]:
    """Return what became of a capture in a client, and what differs or was raised."""
    said = _meant(path)
    raised = outcome.get("raises") or outcome.get("reader")
    if raised:
        return ("survives", "raises the error") if said.error else ("fails", str(raised).splitlines()[0][:100])
    if said.error:
        return "misreads", "no error is raised"
    wanted, got = said.facts(), facts(outcome)
    if not said.choices:
        return "misreads", "no error, and no answer"
    for name, value in wanted.items():
        number, _, fact = name.partition(".")
        if fact in ("text", "finish") and "refusal" not in tells and wanted[f"{number}.refusal"]:
            continue  # it may tell a refusal as text, and by its reason
        if fact in tells and (fact in ("text", "role", "calls", "finish") or value):
            other = got.get(name, "" if fact in ("text", "refusal") else () if fact == "calls" else None)
            if not _same(fact, value, other):
                return "misreads", f"{fact} is {_short(other)}, not {_short(value)}"
        elif name == "usage" and not _agree(value, got.get("usage")):
            return "misreads", f"usage is {_short(got.get('usage'))}, not {_short(value)}"
    return "survives", ""


def facts(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what a client told, in the form of `Meant.facts`."""
    told: dict[str, Any] = {}
    for number in sorted({path.split(".")[0] for path in outcome if path[:1].isdigit()}):
        told[f"{number}.role"] = outcome.get(f"{number}.role")
        told[f"{number}.text"] = outcome.get(f"{number}.content") or ""
        told[f"{number}.refusal"] = outcome.get(f"{number}.refusal") or ""
        told[f"{number}.finish"] = reason(outcome.get(f"{number}.finish_reason"))
        told[f"{number}.calls"] = tuple(_calls(outcome, f"{number}.tool_calls"))
    usage = tuple(outcome.get(f"usage.{name}_tokens") for name in ("prompt", "completion", "total"))
    return {**told, "usage": usage} if any(usage) else told


def _calls(outcome: dict[str, Any], at: str) -> Iterator[tuple[Any, Any, Any]]:
    place = 0
    while any(path.startswith(f"{at}.{place}.") for path in outcome):
        one = f"{at}.{place}"
        kind = "custom" if f"{one}.custom.name" in outcome else "function"
        said = outcome.get(f"{one}.{kind}.arguments", outcome.get(f"{one}.{kind}.input", ""))
        yield outcome.get(f"{one}.id"), outcome.get(f"{one}.{kind}.name", ""), arguments(said)
        place += 1


def _agree(wanted: tuple[Any, ...], got: Any) -> bool:
    """Whether a usage is that which was meant; a total that is no sum may be put right."""
    if got is None:
        return False
    *parts, total = ((one, other) for one, other in zip(wanted, got, strict=True))
    known = all(isinstance(one, int) for one in wanted[:2])
    return all(one is None or one == other for one, other in parts) and (
        total[0] in (None, total[1]) or (known and total[1] == sum(wanted[:2]))
    )


def _same(fact: str, wanted: Any, got: Any) -> bool:
    """Whether a fact is as it was meant; where a call was sent without an id of its own, a client may make one up."""
    if fact != "calls" or len(wanted) != len(got):
        return bool(wanted == got)
    ids = [one[0] for one in wanted]
    return all(
        one[1:] == other[1:] and (one[0] in (None, other[0]) or one[0] in ids[:place])
        for place, (one, other) in enumerate(zip(wanted, got, strict=True))
    )


def _short(value: Any) -> str:
    text = "missing" if value in (None, (), "") else value if value == UNSAID else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@cache
def _meant(path: Path) -> Any:
    meta = load_meta(sidecar(path), path.name) if sidecar(path).is_file() else {}
    return meant(path.read_bytes(), meta.get("response", {}).get("status", 200))


def layer(rule: str) -> str:
    """Return the layer of a rule."""
    return catalogue.find_rule(rule)[1].layer


def counts() -> dict[str, dict[str, Counter[str]]]:
    """Return how many captures each client survives, misreads and fails on, by layer."""
    found: dict[str, dict[str, Counter[str]]] = {}
    for row in rows():
        for name, (became, _) in row.became.items():
            found.setdefault(layer(row.rule), {}).setdefault(name, Counter())[became] += 1
    return found
