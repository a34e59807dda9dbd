"""Who reads the streams: chunkspec, and what it is measured beside."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import orjson

from validator import StreamValidator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator import Report

#: How many bytes a reader is given at a time.
READ = 64 * 1024


def pieces(body: bytes) -> Iterator[bytes]:
    """Yield a body as a connection gives it."""
    source = io.BytesIO(body)
    while piece := source.read(READ):
        yield piece


def by_chunkspec(body: bytes) -> Report:
    """Judge a stream by all rules."""
    stream = StreamValidator()
    for piece in pieces(body):
        stream.feed(piece)
    return stream.close()


def by_orjson(payloads: list[bytes]) -> None:
    """Decode payloads that are cut out already, and look at none: the floor."""
    loads = orjson.loads
    for payload in payloads:
        loads(payload)


class OpenAI:
    """openai-python, as an application uses it: one client, the chunks of a stream in its types."""

    def __init__(self) -> None:
        import openai

        self._client = openai.OpenAI(api_key="none", base_url="http://localhost/v1")

    def __call__(self, body: bytes) -> int:
        """Read a stream; return how many chunks there were."""
        import httpx2  # what openai 3 is made with
        import openai
        from openai.types.chat import ChatCompletionChunk

        request = httpx2.Request("POST", "http://localhost/v1/chat/completions")
        headers = {"content-type": "text/event-stream"}
        response = httpx2.Response(200, headers=headers, content=pieces(body), request=request)
        return sum(1 for _ in openai.Stream(cast_to=ChatCompletionChunk, response=response, client=self._client))


class Plain:
    """The plain approach: httpx-sse, json, jsonschema with the published schema, and a dozen checks by hand."""

    def __init__(self) -> None:
        import jsonschema
        import referencing
        from referencing.jsonschema import DRAFT202012

        from validator.schema import BASE, documents

        registry: referencing.Registry[Any] = referencing.Registry()
        schemas = ((uri, DRAFT202012.create_resource(doc)) for uri, doc in documents().items())
        chunk = {"$ref": f"{BASE}chat_completions/chunk.json"}
        self._schema = jsonschema.Draft202012Validator(chunk, registry=registry.with_resources(schemas))

    def __call__(self, body: bytes) -> list[str]:
        """Return what is wrong with a stream."""
        import httpx
        from httpx_sse import EventSource

        headers = {"content-type": "text/event-stream"}
        response = httpx.Response(200, headers=headers, content=pieces(body))
        wrong: list[str] = []
        first: dict[str, Any] | None = None
        roles: dict[int, int] = {}
        finished: set[int] = set()
        arguments: dict[tuple[int, int], list[str]] = {}
        done = False
        usage = None
        for event in EventSource(response).iter_sse():
            if done:
                wrong.append("something comes after [DONE]")
            if event.data == "[DONE]":
                done = True
                continue
            try:
                chunk = json.loads(event.data)
            except ValueError as error:
                wrong.append(f"not JSON: {error}")
                continue
            wrong += [error.message for error in self._schema.iter_errors(chunk)]
            first = first or chunk
            wrong += [f"{key} changes" for key in ("id", "model", "created") if chunk[key] != first[key]]
            if usage is not None:
                wrong.append("a chunk comes after usage")
            usage = chunk.get("usage")
            if not chunk["choices"] and usage is None:
                wrong.append("no choices, and no usage")
            for choice in chunk["choices"]:
                index, delta = choice["index"], choice["delta"]
                if index in finished:
                    wrong.append("a delta comes after finish_reason")
                if delta.get("role"):
                    roles[index] = roles.get(index, 0) + 1
                elif index not in roles:
                    wrong.append("no role at the start")
                for call in delta.get("tool_calls") or ():
                    key = index, call["index"]
                    if key not in arguments and not call.get("id"):
                        wrong.append("a tool call without id")
                    arguments.setdefault(key, []).append(call["function"].get("arguments") or "")
                if choice["finish_reason"]:
                    finished.add(index)
        wrong += ["the role comes again" for count in roles.values() if count > 1]
        wrong += ["no finish_reason" for index in roles if index not in finished]
        for fragments in arguments.values():
            try:
                json.loads("".join(fragments))
            except ValueError as error:
                wrong.append(f"arguments: {error}")
        if usage is not None and usage["total_tokens"] != usage["prompt_tokens"] + usage["completion_tokens"]:
            wrong.append("the total is no sum")
        return wrong if done else [*wrong, "no [DONE]"]
