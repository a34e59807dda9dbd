"""What is known of a capture beside its bytes: the sidecar, its form and what rules it lets judge."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from validator.payload import DEEPEST, legible, within
from validator.yamlfile import ConfigError, check_value, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.rule import Need


def sidecar(path: Path) -> Path:
    """Return where the sidecar of a capture stands: ``NAME.meta.json`` beside ``NAME.sse`` or ``NAME.sse.gz``."""
    name = path.name
    for suffix in (".gz", ".zst", ".br"):
        name = name.removesuffix(suffix)
    return path.with_name(name.removesuffix(".sse") + ".meta.json")


class Meta(dict[str, Any]):
    """Metadata that `load_meta` has checked."""


def load_meta(meta: Mapping[str, Any] | Path, source: str) -> Meta:
    """Return checked metadata, from a mapping or a file; header names come out in lower case, and without secrets.

    Of what was checked it is a copy, to which more can be added.

    Raises:
        ConfigError: it is not of the sidecar's form; the message names the file and the key.

    """
    if not meta:
        return Meta()
    if isinstance(meta, Meta):
        return Meta(meta, reads=list(meta["reads"])) if "reads" in meta else Meta(meta)
    name = str(meta) if isinstance(meta, Path) else f"{source}: meta"
    value: dict[str, Any] = _sound(parse_json(meta) if isinstance(meta, Path) else dict(meta), name)
    check_value(value, "meta", name)
    response = value.get("response")
    if response is not None and "headers" in response:
        from validator.redact import without_secrets  # late: few captures have headers

        headers = {key.lower(): text for key, text in response["headers"].items()}
        value = {**value, "response": {**response, "headers": without_secrets(headers)}}
    return Meta(value, reads=list(value["reads"])) if "reads" in value else Meta(value)


def _sound(given: Any, name: str) -> Any:
    """Return what may be metadata, with texts that can all be printed, and not too deep to be walked."""
    try:
        orjson.dumps(given)  # it refuses what is not so
    except (TypeError, ValueError):  # or is beyond what it can write
        if not within(DEEPEST, given):
            raise ConfigError(f"{name}: nests deeper than {DEEPEST} brackets") from None
        return legible(given)
    return given


def have(meta: Mapping[str, Any]) -> frozenset[Need]:
    """Return what a capture with this metadata holds; where that says ``exact: false``, no bytes of the wire."""
    held: set[Need] = set()
    if meta.get("exact", True):
        held.add("bytes")
    response = meta.get("response", {})
    if "headers" in response or "status" in response or "ended" in meta:
        held.add("headers")
    if "request" in meta:
        held.add("request")
    if "reads" in meta:
        held.add("timestamps")
    return frozenset(held)


def sent_at(meta: Mapping[str, Any]) -> float | None:
    """Return when the response was sent, by its ``Date`` header, in seconds since 1970; None if that is not known."""
    header = meta.get("response", {}).get("headers", {}).get("date")
    if header is None:
        return None
    from email.utils import parsedate_to_datetime  # late: few captures have the header

    try:
        sent = parsedate_to_datetime(header)
        return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
