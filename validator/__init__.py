"""chunkspec: says whether a captured LLM stream keeps to its protocol, where it does not, and who breaks on it."""

from __future__ import annotations

# Nothing is imported here: until `start.py` runs, Ctrl-C is Python's own traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from validator.api import check
    from validator.finding import Finding, Related, Where
    from validator.report import Report, StreamReport
    from validator.sse import BlockTooLong
    from validator.stream import StreamValidator
    from validator.yamlfile import ConfigError

#: Where each public name stands. It is imported when first asked for: pytest imports the package whenever it starts.
_HOMES = {
    "BlockTooLong": "sse",
    "ConfigError": "yamlfile",
    "Finding": "finding",
    "Related": "finding",
    "Report": "report",
    "StreamReport": "report",
    "StreamValidator": "stream",
    "Where": "finding",
    "check": "api",
}

__all__ = [
    "BlockTooLong",
    "ConfigError",
    "Finding",
    "Related",
    "Report",
    "StreamReport",
    "StreamValidator",
    "Where",
    "check",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # late, as said above

    value = globals()[name] = getattr(import_module(f"validator.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
