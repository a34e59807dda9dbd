"""What our own files were parsed to, kept for the next start, beside them, as Python keeps what it compiles.

To parse and check the rules takes as long as all that Python does until it begins with ours, and they never change
once they are installed. So what they were parsed to stands in one file of JSON in the folder that Python has for
such things, with the texts that it was parsed from: a file whose text is another now is parsed again.
"""

# It is a help and no more: where the folder cannot be written, the file is damaged, or another version wrote it, all
# is parsed. Who can change it can change our code, which stands in the same place. It is replaced as a whole, so
# processes that write it at once do no harm.

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

#: What the file is called in the folder for what Python compiled.
NAME = "parsed.json"


class Parsed:
    """The values of the files of a folder.

    Args:
        folder: the folder.
        makers: files that decide what a text is parsed to, and whether it is refused; when one of them is another,
            nothing that was kept counts.

    """

    def __init__(self, folder: Path, makers: Iterable[Path] = ()) -> None:
        self._folder = folder
        self._file = folder / "__pycache__" / NAME
        self._makers = [*map(_stamp, makers)]
        self._kept: dict[str, tuple[str, Any]] = {}
        self._changed = False
        with suppress(OSError, ValueError, TypeError):
            check, _, body = self._file.read_bytes().partition(b"\n")
            if int(check) == zlib.crc32(body):
                made_by, kept = orjson.loads(body)
                self._kept = kept if made_by == self._makers else {}

    def value(self, path: Path, text: str, parse: Callable[[], Any]) -> Any:
        """Return what a file of this text was parsed to, else what `parse` returns; it is not to be changed.

        What `parse` raises is not kept.
        """
        name = path.relative_to(self._folder).as_posix()
        kept = self._kept.get(name)
        if kept is not None and kept[0] == text:
            return kept[1]
        value = parse()
        self._kept[name] = text, value
        self._changed = True
        return value

    def keep(self) -> None:
        """Write what was parsed anew, if it can be written."""
        if not self._changed:
            return
        self._changed = False
        beside = self._file.with_name(f"{NAME}.{os.getpid()}")
        try:
            body = orjson.dumps([self._makers, self._kept])
            self._file.parent.mkdir(exist_ok=True)
            beside.write_bytes(b"%d\n%b" % (zlib.crc32(body), body))
            beside.replace(self._file)
        except (OSError, TypeError):
            with suppress(OSError):
                beside.unlink()


def _stamp(path: Path) -> list[int]:
    with suppress(OSError):
        found = path.stat()
        return [found.st_size, found.st_mtime_ns]
    return []
