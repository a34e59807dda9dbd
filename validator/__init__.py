"""chunkspec: says whether a captured LLM stream keeps to its protocol, where it does not, and who breaks on it."""

from validator.api import check
from validator.finding import Finding, Related, Where
from validator.report import Report, StreamReport
from validator.sse import BlockTooLong
from validator.stream import StreamValidator
from validator.yamlfile import ConfigError

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
