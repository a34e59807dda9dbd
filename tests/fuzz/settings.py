"""Targets that read what is written beside captures: sidecars, settings, baselines, rules, profiles."""

from __future__ import annotations

import tempfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.corpus import CORPUS
from tests.fuzz.captures import refused
from tests.fuzz.mutations import json_changed, yaml_changed
from tests.fuzz.target import Target
from validator import StreamValidator, config
from validator.baseline import Baseline
from validator.judge import Judge
from validator.meta import load_meta
from validator.sse import BlockTooLong
from validator.yamlfile import PROTOCOLS, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator import Report

STREAM = (CORPUS / "rules" / "role-once" / "bad-role-on-every-delta.sse").read_bytes()


@cache
def _file(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-")) / name


def _written(name: str, data: bytes) -> Path:
    file = _file(name)
    file.write_bytes(data)
    return file


def _report(judge: Judge | None = None, meta: dict[str, object] | None = None) -> Report:
    stream = StreamValidator(judge=judge, meta=meta)
    stream.feed(STREAM)
    return stream.close()


def sidecar(data: bytes) -> None:
    """What stands beside a stream is taken, or refused in a line; with it the stream has one report."""
    try:
        meta = load_meta(_written("a.meta.json", data), "a.sse")
        assert _report(meta=meta).to_dict() == _report(meta=meta).to_dict()
    except ConfigError as error:
        refused(error)


def configuration(data: bytes) -> None:
    """A configuration judges, or is refused in a line."""
    for name in ("chunkspec.yaml", "pyproject.toml"):
        try:
            found = config.load(_written(name, data))
            found.profile_of("captures/a.sse")
            if not found.rules:
                _report(Judge(config=found, limits=found.limits))
        except (BlockTooLong, ConfigError) as error:
            refused(error)


def accepted(data: bytes) -> None:
    """A baseline marks findings, or is refused in a line."""
    try:
        baseline = Baseline.load(_written("accepted.yaml", data), date(2026, 5, 1))
        baseline.applied(_report(), ["a.sse"])
    except ConfigError as error:
        refused(error)


def rules(data: bytes) -> None:
    """Rules of a user judge, or are refused in a line."""
    try:
        judge = Judge(more=(_written("house.yaml", data),), select=("house",))
        _report(judge)
    except ConfigError as error:
        refused(error)


def profile(data: bytes) -> None:
    """A profile of a user judges, or is refused in a line."""
    try:
        _report(Judge(str(_written("mine.yaml", data))))
    except ConfigError as error:
        refused(error)


def _sidecars() -> Iterator[bytes]:
    yield from (file.read_bytes() for file in sorted(CORPUS.rglob("*.meta.json"))[::5])


def _rules() -> Iterator[bytes]:
    for folder in ("openai_sse", "chat_completions", "sse"):
        for file in sorted((PROTOCOLS / folder / "rules").glob("*.yaml")):
            entries = file.read_text().split("\n- id: ")
            for entry in entries[1::4]:
                yield f"- id: house-{entry}".encode()


def _profiles() -> Iterator[bytes]:
    yield from (file.read_bytes() for file in sorted(PROTOCOLS.glob("*/profiles/*.yaml")))


TARGETS = (
    Target("sidecar", "what is known beside a stream", sidecar, _sidecars, json_changed),
    Target("config", "a project's settings", configuration, mutated=yaml_changed),
    Target("baseline", "accepted findings", accepted, mutated=yaml_changed),
    Target("rules", "rules of a user", rules, _rules, yaml_changed),
    Target("profile", "a profile of a user", profile, _profiles, yaml_changed),
)
