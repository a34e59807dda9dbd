"""Providers of our own: servers that speak a protocol as it should be, or with one defect, and have no model.

    openai.py            what every OpenAI-compatible server says beside its streams
    chat_completions/    a provider of chat completions; its data stand in the protocol's folder, under ``provider/``

They are code that knows a protocol, which nothing else of chunkspec is; only what plays servers uses them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.live.reply import Source

#: The packages of the providers.
_PROVIDERS = ("chat_completions",)


def sources(key: str | None = None) -> Iterator[tuple[str, Source]]:
    """Yield what answers under each name; `key` is the only one that is taken, None for any."""
    for name in _PROVIDERS:
        yield from import_module(f"validator.providers.{name}").sources(key).items()
