"""The pytest plugin: the fixture `chunkspec`, and captures as test items.

The fixture fails a test with the report of the stream that it is handed::

    def test_gateway_streams(chunkspec):
        with httpx.stream("POST", URL, json=BODY) as response:
            chunkspec(response, profile="compatible")

Captures (``*.sse``) below the folders of the ini option ``chunkspec_paths`` are collected as tests.

pytest imports this module whenever it starts, so all the rest is imported when it is used.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from validator.assertion import Chunkspec

_PATHS = pytest.StashKey[list["Path"]]()
_CHUNKSPEC = pytest.StashKey["Chunkspec"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    parser.addini(
        "chunkspec_paths",
        "folders, files and patterns of captures (*.sse) to collect as tests",
        type="paths",
        default=[],
    )
    parser.addini("chunkspec_profile", "the profile to judge captures and streams by, a name or a file", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Have the captures collected by runs that name no tests of their own."""
    paths: list[Path] = config.getini("chunkspec_paths")
    if not paths:
        return
    found = config.stash[_PATHS] = [one for path in paths for one in _meant(path)]
    if config.args_source is not config.ArgsSource.ARGS:
        folders = [config.invocation_params.dir / one for one in config.args]
        config.args += [str(one) for one in found if not any(one.is_relative_to(folder) for folder in folders)]


def _meant(path: Path) -> Iterator[Path]:
    """Yield what a path names, or what a pattern fits; a path that is not there too, so that pytest says so."""
    import glob  # late: few runs have such paths

    if glob.has_magic(str(path)) and not path.exists():
        found = glob.glob(str(path), recursive=True)  # noqa: PTH207 - the pattern is of a whole path
        yield from (type(path)(one) for one in sorted(found))
    else:
        yield path


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaptureFile | None:
    """Collect a capture below one of the paths."""
    if file_path.suffix != ".sse" or not any(
        file_path.is_relative_to(path) for path in parent.config.stash.get(_PATHS, ())
    ):
        return None
    return CaptureFile.from_parent(parent, path=file_path)


class CaptureFile(pytest.File):
    """A file with a capture."""

    def collect(self) -> Iterator[CaptureItem]:
        """Yield its test."""
        yield CaptureItem.from_parent(self, name="chunkspec")


class CaptureItem(pytest.Item):
    """The test that a capture keeps to its protocol."""

    def runtest(self) -> None:
        """Judge the capture; warn of what its baseline accepts in vain."""
        for told in _chunkspec(self.config).file(self.path):
            warnings.warn_explicit(told, pytest.PytestWarning, str(self.path), 0)  # no line: it would be printed raw

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None) -> str:
        """Return the report; of what is a fault of ours, the traceback."""
        from validator.assertion import StreamError

        if isinstance(excinfo.value, StreamError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return what pytest writes above the report."""
        return self.path, None, f"{self.name} {self.parent.nodeid if self.parent else self.path}"


@pytest.fixture(scope="session")
def chunkspec(pytestconfig: pytest.Config) -> Chunkspec:
    """Judge a stream and fail with the report: ``chunkspec(response)``; bytes, paths, chunks and reports too."""
    return _chunkspec(pytestconfig)


def _chunkspec(config: pytest.Config) -> Chunkspec:
    if _CHUNKSPEC not in config.stash:
        from validator.assertion import Chunkspec

        config.stash[_CHUNKSPEC] = Chunkspec(config.getini("chunkspec_profile") or None, config.rootpath)
    return config.stash[_CHUNKSPEC]
