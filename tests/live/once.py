"""One request to a server, by what probe and record ask with, or by ``chunkspec probe``."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.command import chunkspec
from validator.live.answer import Answer as Came
from validator.live.answer import Question
from validator.live.ask import Asker, Endpoint
from validator.live.budget import Budget
from validator.live.key import Key

QUESTION = Question(b"{}", {}, 5)


def asked(
    url: str, question: Question = QUESTION, budget: Budget | None = None, key: str | None = None, **how: Any
) -> Came:
    """Ask once and return what came."""
    endpoint = Endpoint(url, Key(key), "authorization", "Bearer {key}")

    async def go() -> Came:
        async with Asker(endpoint, budget or Budget(10, 1000), pause=0.01, **how) as asker:
            return await asker.ask(question)

    return asyncio.run(go())


def probe(url: str, *args: str) -> tuple[int, str, str]:
    return chunkspec("probe", "--base-url", url, "--model", "m", "--no-config", "--retries", "0", *args)
