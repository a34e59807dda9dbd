"""Captures are written as they come, under free names, and are there whatever happens."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from validator import check
from validator.live.save import Folder
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

META = {"request": {"model": "m"}, "response": {"status": 200, "headers": {"Content-Type": "text/event-stream"}}}


def sidecar(path: Path) -> dict[str, object]:
    meta: dict[str, object] = json.loads(path.with_name(path.stem + ".meta.json").read_text())
    return meta


def test_what_came_and_how_it_ended_is_written(tmp_path: Path) -> None:
    saving = Folder(tmp_path / "new" / "folder").open("a stream", META)
    assert saving.came(b"data: {", 0.25) == b"data: {"
    assert saving.came(b"}\n\n", 0.5000004) == b"}\n\n"
    assert saving.over("close", 0.75) == b""
    assert saving.path.name == "a_stream.sse"
    assert saving.path.read_bytes() == b"data: {}\n\n"
    assert sidecar(saving.path) == {
        "request": {"model": "m"},
        "response": {"status": 200, "headers": {"content-type": "text/event-stream"}},
        "ended": "close",
        "reads": [[0.25, 7], [0.5, 3], [0.75, 0]],
    }
    assert sorted(path.name for path in saving.path.parent.iterdir()) == ["a_stream.meta.json", "a_stream.sse"]


def test_what_came_before_the_process_dies_is_there(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from validator.live.save import Folder\n"
        "saving = Folder(Path(sys.argv[1])).open('x', {'request': {'model': 'm'}})\n"
        "saving.came(b'data: {}\\n\\n', 0.1); saving.came(b'data: {', 0.2); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, tmp_path], check=False).returncode == 9
    assert (tmp_path / "x.sse").read_bytes() == b"data: {}\n\ndata: {"
    assert sidecar(tmp_path / "x.sse") == {"request": {"model": "m"}, "ended": "left"}
    assert check(tmp_path / "x.sse").ending == "left"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("gpt-5.1", "gpt-5.1"),
        ("../../etc/passwd", "etc_passwd"),
        ("a b\x00\n\u202e/\\:*?é", "a_b"),
        ("...", "stream"),
        ("", "stream"),
        ("m" * 500, "m" * 80),
    ],
)
def test_names_are_safe(given: str, name: str, tmp_path: Path) -> None:
    assert Folder(tmp_path).open(given, {}).path == tmp_path / f"{name}.sse"


def test_names_are_free(tmp_path: Path) -> None:
    (tmp_path / "a.meta.json").write_text("{}")
    (tmp_path / "a-2.sse").write_text("mine")
    folder, other = Folder(tmp_path), Folder(tmp_path)
    assert [one.open("a", {}).path.name for one in (folder, other, folder)] == ["a-3.sse", "a-4.sse", "a-5.sse"]
    assert (tmp_path / "a-2.sse").read_text() == "mine"


def test_numbers_go_on_where_they_were(tmp_path: Path) -> None:
    (tmp_path / "0041-x.sse").write_text("")
    folder = Folder(tmp_path, numbered=True)
    assert [folder.open(name, {}).path.name for name in "ab"] == ["0042-a.sse", "0043-b.sse"]


def test_a_full_disk_stops_the_capture_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saving = Folder(tmp_path).open("a", META)
    saving.came(b"data: 1\n\n", 0.1)

    def full(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        assert saving.came(b"data: 2\n\n", 0.2) == b"data: 2\n\n"
    assert saving.came(b"data: 3\n\n", 0.3) == b"data: 3\n\n"
    saving.over("close", 0.4)
    assert saving.failure == f"{tmp_path / 'a.sse'}: not all of it could be written: No space left on device"
    assert saving.path.read_bytes() == b"data: 1\n\n"
    assert sidecar(saving.path)["ended"] == "left"


def test_times_that_nobody_knows_are_not_told(tmp_path: Path) -> None:
    saving = Folder(tmp_path).open("a", META)
    saving.came(b"a", 0.1)
    saving.came(b"b", None)
    saving.came(b"c", 0.3)
    saving.over("close", 0.4)
    assert "reads" not in sidecar(saving.path)


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file: cannot be written to: File exists"):
        Folder(tmp_path / "file")
