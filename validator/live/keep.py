"""The answers of a probe on disk: a stream as ``NAME.sse`` with its sidecar, anything else as ``NAME.answer.json``.

What stands in ``NAME.answer.json`` (a refusal, an answer that was not to be streamed) is no capture, so that a check
of the folder judges the streams alone. Where no folder was named, a temporary one serves, and reports name scenarios.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson

from validator.meta import sidecar
from validator.payload import Json, decode, legible
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from validator.live.ask import Answer
    from validator.report import StreamReport

#: The end of the name of an answer that is no stream, and the report of the whole probe.
ANSWER, REPORT = ".answer.json", "probe.json"

_OURS = re.compile(r"[\w.+-]+(?:\.sse|\.meta\.json|\.answer\.json)\Z")


class Kept:
    """A folder of answers.

    Args:
        folder: made if it is not there; None: a temporary one.
        profile: the profile that sidecars name.

    """

    def __init__(self, folder: Path | None, profile: str | None = None) -> None:
        self._temporary = TemporaryDirectory(prefix="chunkspec-") if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary is not None else folder or Path()
        self.profile = profile

    def __enter__(self) -> Kept:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()

    def prepare(self, names: Iterable[str] | None, *, force: bool) -> None:
        """Make the folder, and make sure that nothing in it is written over or taken for an answer of now.

        Args:
            names: what answers may be called; None: the folder is to hold nothing of a probe.
            force: whether what an earlier probe left there goes.

        Raises:
            ConfigError: it holds captures, or cannot be written to.

        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            there = sorted(one for one in self.folder.iterdir() if one.name == REPORT or _OURS.match(one.name))
            known = {f"{name}{end}" for name in names or () for end in (".sse", ".meta.json", ANSWER)} | {REPORT}
            for one in there:
                if not force:
                    raise ConfigError(f"{self.folder}: holds captures already; name another folder, or --force")
                if one.name in known:
                    one.unlink()
            (self.folder / REPORT).touch()  # what cannot be written later is told now
            (self.folder / REPORT).unlink()
        except OSError as error:
            raise ConfigError(f"{self.folder}: cannot be written to: {error.strerror}") from error

    def free(self, name: str, *, force: bool) -> None:
        """Make the folder, and make sure that no answer of a name is written over.

        Raises:
            ConfigError: there is one, and `force` is not given; or the folder cannot be written to.

        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.folder}: cannot be written to: {error.strerror}") from error
        path = self.path(name, stream=True)
        for one in (path, sidecar(path)):
            if one.exists() and not force:
                raise ConfigError(f"{one}: is there already; --force writes over it")

    def path(self, name: str, *, stream: bool) -> Path:
        """Return where an answer of a name stands."""
        return self.folder / f"{name}{'.sse' if stream else ANSWER}"

    def save(self, name: str, answer: Answer, *, stream: bool) -> Path:
        """Write an answer and return where.

        Raises:
            ConfigError: it cannot be written.

        """
        path = self.path(name, stream=stream)
        try:
            if stream:
                meta = answer.meta if self.profile is None else {**answer.meta, "profile": self.profile}
                path.write_bytes(answer.body)
                sidecar(path).write_bytes(_json(meta))
            else:
                path.write_bytes(_json(_whole(answer)))
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
        return path

    def write(self, report: dict[str, Any]) -> None:
        """Write the report of the probe beside the answers, where these stay.

        Raises:
            ConfigError: it cannot be written.

        """
        if self._temporary is None:
            try:
                (self.folder / REPORT).write_bytes(_json(report))
            except OSError as error:
                raise ConfigError(f"{self.folder / REPORT}: cannot be written: {error.strerror}") from error

    def source(self, path: Path) -> str:
        """Return what reports call an answer."""
        return path.name.removesuffix(".sse").removesuffix(ANSWER) if self._temporary is not None else str(path)

    def file(self, path: Path) -> str | None:
        """Return the file of an answer, where it stays."""
        return None if self._temporary is not None else str(path)

    def named(self, report: StreamReport) -> StreamReport:
        """Return the report of a stream under the name that people know it by."""
        if self._temporary is None or report.file is None:
            return report
        return replace(report, source=self.source(Path(report.file)), file=None)


def _json(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


def _whole(answer: Answer) -> dict[str, Any]:
    """Return an answer that is no stream, with its request."""
    known = {key: value for key, value in answer.meta.items() if key != "reads"}
    decoded = decode(answer.body)
    if isinstance(decoded, Json) and not decoded.issues:
        try:
            orjson.dumps(decoded.value)
        except TypeError:  # a number that is too large, or it nests too deep
            pass
        else:
            return {**known, "body": decoded.value}
    return {**known, "text": legible(answer.body.decode("utf-8", "replace"))}
