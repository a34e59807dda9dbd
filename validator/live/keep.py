"""The answers of a probe on disk: a stream as ``NAME.sse``, an answer that is not streamed as ``NAME.json``.

Each has its sidecar beside it, so that a check of the folder judges the streams, and two answers can be compared.
Anything else, such as a refusal, stands in ``NAME.answer.json`` with its request; nothing takes that for a capture.
Where no folder was named, a temporary one serves, and reports name the scenarios.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson

from validator.captures.folder import SIDECAR
from validator.captures.input import HEAD
from validator.captures.readers import reader_for
from validator.meta import sidecar
from validator.payload import Json, decode, legible
from validator.reported import PROBE
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from validator.live.answer import Answer
    from validator.report import StreamReport

#: The ends of names: of a stream, an answer that is not streamed, and any other.
STREAM, WHOLE, ANSWER = ".sse", ".json", ".answer.json"

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

    def prepare(self, names: Iterable[str], *, force: bool) -> None:
        """Make the folder, and make sure that nothing in it is written over or taken for an answer of now.

        Args:
            names: what answers may be called.
            force: whether what an earlier probe left there goes.

        Raises:
            ConfigError: it holds captures, or cannot be written to.

        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            there = sorted(one for one in self.folder.iterdir() if one.name == PROBE or _OURS.match(one.name))
            ends = (STREAM, SIDECAR, WHOLE, f"{WHOLE}{SIDECAR}", ANSWER)
            known = {f"{name}{end}" for name in names for end in ends} | {PROBE}
            for one in [*there, *(self.folder / name for name in known if (self.folder / name).exists())]:
                if not force:
                    raise ConfigError(f"{self.folder}: holds captures already; name another folder, or --force")
                if one.name in known:
                    one.unlink(missing_ok=True)
            (self.folder / PROBE).touch()  # what cannot be written later is told now
            (self.folder / PROBE).unlink()
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
        paths = [self.folder / f"{name}{end}" for end in (STREAM, WHOLE)]
        for one in (*paths, *map(sidecar, paths), self.folder / f"{name}{ANSWER}"):
            if one.exists() and not force:
                raise ConfigError(f"{one}: is there already; --force writes over it")

    def path(self, name: str, answer: Answer, *, stream: bool, refused: bool = False) -> Path:
        """Return where an answer of a name stands.

        `stream` says that it is to be judged as a stream, `refused` that it should be a refusal, which whatever came
        in its place does not change the name of.
        """
        return self.folder / f"{name}{STREAM if stream else ANSWER if refused or not _is_whole(answer) else WHOLE}"

    def save(self, name: str, answer: Answer, *, stream: bool, refused: bool = False) -> Path:
        """Write an answer and return where; see `path`.

        Raises:
            ConfigError: it cannot be written.

        """
        path = self.path(name, answer, stream=stream, refused=refused)
        try:
            if not path.name.endswith(ANSWER):
                meta = answer.meta if self.profile is None else {**answer.meta, "profile": self.profile}
                path.write_bytes(answer.body)
                sidecar(path).write_bytes(_json(meta))
            else:
                path.write_bytes(_json(_described(answer)))
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
                (self.folder / PROBE).write_bytes(_json(report))
            except OSError as error:
                raise ConfigError(f"{self.folder / PROBE}: cannot be written: {error.strerror}") from error

    def source(self, path: Path) -> str:
        """Return what reports call an answer."""
        if self._temporary is None:
            return str(path)
        return path.name.removesuffix(STREAM).removesuffix(ANSWER).removesuffix(WHOLE)

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


def _is_whole(answer: Answer) -> bool:
    """Whether an answer that is no stream is one all the same: a JSON object that no reader takes for captures."""
    if answer.status is None or not 200 <= answer.status < 300:
        return False
    decoded = decode(answer.body)
    return isinstance(decoded, Json) and type(decoded.value) is dict and reader_for(answer.body[:HEAD]) is None


def _described(answer: Answer) -> dict[str, Any]:
    """Return what came that is no answer, with its request."""
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
