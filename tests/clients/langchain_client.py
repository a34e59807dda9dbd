"""Reads captures with langchain-openai: jobs as lines of JSON on stdin, what came of each on stdout.

``langchain_client.py URL``. Needs nothing of the project, only langchain-openai.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version

from langchain_openai import OpenAI

LLM = OpenAI(api_key="none", base_url=sys.argv[1], max_retries=0, timeout=1.5, streaming=True)


def run(line: str) -> str:
    """Do one job."""
    job = json.loads(line)
    request = {key: value for key, value in job["request"].items() if key != "prompt"}
    prompt = job["request"]["prompt"]
    try:
        result = LLM.generate(
            [prompt] if isinstance(prompt, str) else prompt, extra_headers={"x-capture": job["capture"]}, **request
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
    for line in sys.stdin:
        print(run(line), flush=True)
