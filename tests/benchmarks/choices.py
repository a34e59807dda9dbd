"""What the dependencies were chosen by: JSON decoders and schema engines, on the chunks that they would read."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from tests.benchmarks import made
from tests.benchmarks.measure import interleaved
from validator.schema import BASE, SchemaSet, documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: The schema of a chunk.
_CHUNK = f"{BASE}chat_completions/chunk.json"


def decoders(scale: float, rounds: int) -> Iterator[Sequence[str]]:
    """CPU time per payload to decode it whole, by the JSON decoders that there are."""
    import msgspec
    import simdjson

    parse = simdjson.Parser().parse
    ways: dict[str, Callable[[bytes], object]] = {
        "orjson": orjson.loads,
        "msgspec": msgspec.json.Decoder().decode,
        "json": json.loads,
        "pysimdjson": partial(parse, recursive=True),
    }
    yield from _table(ways, [list(make(round(20_000 * scale))) for make in made.LONG.values()], rounds)


def engines(scale: float, rounds: int) -> Iterator[Sequence[str]]:
    """CPU time per decoded payload to hold it to the schema of a chunk, by the JSON Schema engines that there are."""
    import fastjsonschema
    import jsonschema
    import referencing
    from referencing.jsonschema import DRAFT202012

    registry: referencing.Registry[Any] = referencing.Registry()
    registry = registry.with_resources((uri, DRAFT202012.create_resource(doc)) for uri, doc in documents().items())
    whole = jsonschema.Draft202012Validator({"$ref": _CHUNK}, registry=registry)
    ways: dict[str, Callable[[Any], object]] = {
        "jsonschema-rs": SchemaSet().at(_CHUNK).is_valid,
        "fastjsonschema": fastjsonschema.compile(documents()[_CHUNK], handlers={"https": documents().__getitem__}),
        "jsonschema": whole.is_valid,
    }
    made_of = [[orjson.loads(one) for one in make(round(2_000 * scale))] for make in made.LONG.values()]
    yield from _table(ways, made_of, rounds)


def _table(
    ways: dict[str, Callable[[Any], object]], streams: list[list[Any]], rounds: int
) -> Iterator[Sequence[str]]:
    yield "chunks of", *ways
    yield ("---",) * (len(ways) + 1)
    for name, payloads in zip(made.LONG, streams, strict=True):
        took = interleaved({way: partial(_each, one, payloads) for way, one in ways.items()}, rounds)
        yield name, *(f"{seconds / len(payloads) * 1e6:.2f} us" for seconds in took.values())


def _each(way: Callable[[Any], object], payloads: list[Any]) -> None:
    for payload in payloads:
        way(payload)
