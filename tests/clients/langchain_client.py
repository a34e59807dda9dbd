"""Reads captures with langchain-openai, completions and chat: jobs as lines of JSON on stdin, answers on stdout.

``langchain_client.py URL``. Needs nothing of the project, only langchain-openai.
"""

from __future__ import annotations

import json
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

from langchain_openai import ChatOpenAI, OpenAI

LLM = OpenAI(api_key="none", base_url=sys.argv[1], max_retries=0, timeout=1.5, streaming=True)


def chat(job: dict[str, Any]) -> dict[str, Any]:
    """Let the client put the chunks of a chat together."""
    llm = ChatOpenAI(
        model="m",
        api_key="none",
        base_url=sys.argv[1],
        max_retries=0,
        timeout=1.5,
        stream_usage=True,
    )
    tools = [one for one in job["request"].get("tools", ()) if one["type"] == "function"]  # others go elsewhere
    whole = None
    for chunk in llm.stream("Say", extra_headers=job["headers"], **({"tools": tools} if tools else {})):
        whole = chunk if whole is None else whole + chunk
    if whole is None:
        return {}
    read = {"0.content": whole.content, "0.finish_reason": whole.response_metadata.get("finish_reason")}
    for place, call in enumerate(whole.tool_call_chunks):
        at = f"0.tool_calls.{place}"
        read |= {
            f"{at}.id": call["id"],
            f"{at}.function.name": call["name"],
            f"{at}.function.arguments": call["args"],
        }
    usage = whole.usage_metadata or {}
    names = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens", "total_tokens": "total_tokens"}
    read |= {f"usage.{name}": usage.get(own) for name, own in names.items()}
    return {key: one for key, one in read.items() if one is not None}


def run(line: str) -> str:
    """Do one job."""
    job = json.loads(line)
    if job["way"] == "chat":
        try:
            outcome = chat(job)
        except Exception as error:
            outcome = {"raises": f"{type(error).__name__}: {error}"}
        return json.dumps({**job, "request": None, "outcome": outcome})
    request = {key: value for key, value in job["request"].items() if key != "prompt"}
    prompt = job["request"]["prompt"]
    try:
        result = LLM.generate(
            [prompt] if isinstance(prompt, str) else prompt, extra_headers=job["headers"], **request
        )
        whole = result.generations[0][0]
        outcome = {"0.text": whole.text, **{f"0.{key}": one for key, one in (whole.generation_info or {}).items()}}
        outcome |= {f"usage.{key}": one for key, one in (result.llm_output or {}).get("token_usage", {}).items()}
        outcome = {key: one for key, one in outcome.items() if one is not None}
    except Exception as error:
        outcome = {"raises": f"{type(error).__name__}: {error}"}
    return json.dumps({**job, "request": None, "outcome": outcome})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(version("langchain-openai"), flush=True)
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(run, sys.stdin):
            print(answer, flush=True)
