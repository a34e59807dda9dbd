"""Reads captures with openai-python: jobs as lines of JSON on stdin, what came of each on stdout.

``python_client.py URL``. Needs nothing of the project, only openai.
"""

from __future__ import annotations

import json
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import openai
from openai import OpenAI, pydantic_function_tool
from pydantic import create_model

CLIENT = OpenAI(api_key="none", base_url=sys.argv[1], max_retries=0, timeout=1.5)


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return the leaves of a value by their paths, without those that are null."""
    if isinstance(value, dict):
        pairs = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list) and value:
        pairs = [(str(place), one) for place, one in enumerate(value)]
    else:
        return {} if value is None else {path: value}
    return {key: leaf for name, one in pairs for key, leaf in flat(one, f"{path}.{name}" if path else name).items()}


def joined(parts: list[Any]) -> Any:
    """Return texts put together, or what stands for them."""
    return "".join(parts) if all(isinstance(part, str) for part in parts) else parts


def raw_chat(request: dict[str, Any]) -> dict[str, Any]:
    """Iterate, and put the texts together as the README of the client shows it."""
    read: dict[str, Any] = {"chunks": 0}
    parts: list[Any] = []
    for chunk in CLIENT.chat.completions.create(stream=True, **request):
        read["chunks"] += 1
        try:
            if chunk.choices:
                choice = chunk.choices[0]
                if choice.delta.content is not None:
                    parts.append(choice.delta.content)
                if choice.finish_reason:
                    read["0.finish_reason"] = choice.finish_reason
            read |= flat({"usage": plain(chunk.usage)})
        except Exception as error:
            read.setdefault("reader", f"{type(error).__name__}: {error}")
    return {**read, "0.content": joined(parts)}


def raw_completion(request: dict[str, Any]) -> dict[str, Any]:
    """Iterate, and put the texts of each choice together."""
    read: dict[str, Any] = {"chunks": 0}
    parts: dict[Any, list[Any]] = {}
    for chunk in CLIENT.completions.create(stream=True, **request):
        read["chunks"] += 1
        try:
            for choice in chunk.choices:
                parts.setdefault(choice.index, []).append(choice.text)
                if choice.finish_reason:
                    read[f"{choice.index}.finish_reason"] = choice.finish_reason
                if choice.logprobs:
                    read[f"{choice.index}.tokens"] = plain(choice.logprobs.tokens)
            read |= flat({"usage": plain(chunk.usage)})
        except Exception as error:
            read.setdefault("reader", f"{type(error).__name__}: {error}")
    return {**read, **{f"{index}.text": joined(some) for index, some in parts.items()}}


def plain(value: Any) -> Any:
    """Return a value of the client as JSON has it."""
    return value.to_dict(mode="json", warnings=False) if hasattr(value, "to_dict") else value


def helper(request: dict[str, Any]) -> dict[str, Any]:
    """Let the client put the answer together."""
    with CLIENT.chat.completions.stream(**request) as stream:
        for _ in stream:
            pass
        whole = stream.get_final_completion()
    try:
        read = plain(whole)
    except Exception as error:
        return {"reader": f"{type(error).__name__}: {error}"}
    choices = {str(place): {**one.pop("message"), **one} for place, one in enumerate(read.pop("choices"))}
    return flat({**read, **choices})


def model(name: str, schema: dict[str, Any]) -> Any:
    """Return the type that the JSON Schema of a flat object describes."""
    types = {"string": str, "integer": int, "number": float, "boolean": bool}
    fields: dict[str, Any] = {}
    for key, part in schema.get("properties", {}).items():
        of: Any = Literal[tuple(part["enum"])] if "enum" in part else types.get(part.get("type"), Any)
        fields[key] = (of, ...) if key in schema.get("required", ()) else (of | None, None)
    return create_model(name, **fields)


def typed(request: dict[str, Any]) -> dict[str, Any]:
    """Let the client read the answer into types."""
    asked = dict(request)
    if request.get("response_format", {}).get("type") == "json_schema":
        named = request["response_format"]["json_schema"]
        asked["response_format"] = model(named["name"], named["schema"])
    if "tools" in request:
        asked["tools"] = [
            pydantic_function_tool(model(tool["name"], tool.get("parameters", {})), name=tool["name"])
            for tool in (one["function"] for one in request["tools"])
        ]
    return helper(asked)


def run(line: str) -> str:
    """Do one job."""
    job = json.loads(line)
    request = {**job["request"], "extra_headers": job["headers"]}
    ways = {"raw": raw_chat, "helper": helper, "strict": helper, "model": typed}
    way = raw_completion if job["protocol"] == "text.completion" else ways[job["way"]]
    try:
        outcome = way(request)
        try:
            json.dumps(outcome, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            outcome["writing"] = f"UnicodeEncodeError: {error}"
    except Exception as error:
        outcome = {"raises": f"{type(error).__name__}: {error}"}
    return json.dumps({**job, "request": None, "outcome": outcome})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(openai.__version__, flush=True)
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(run, sys.stdin):
            print(answer, flush=True)
