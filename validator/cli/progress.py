"""How far a long run is: on a terminal only, on stderr, after half a second; gone before the report is written.

With rich (`chunkspec[progress]`) it is a bar, without it a line. Nothing of either is imported or shown for work that
is over sooner, so it costs a short run nothing.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from validator.reporters.visible import visible, width

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds before anything is shown, and between two changes of what is shown.
PATIENCE, PAUSE = 0.5, 0.1


class Display(Protocol):
    """What shows how far it is."""

    def show(self, files: int, of: int, text: str) -> None:
        """Show that so many files of so many are done, and a text on the one at hand."""

    def close(self) -> None:
        """Leave no trace."""


class Progress:
    """Keeps count of a run and shows it now and then.

    Args:
        out: the terminal.
        noun: what is counted.

    """

    def __init__(self, out: TextIO, noun: str = "files") -> None:
        self._out, self._noun = out, noun
        self._files = self._done = self._bytes = 0
        self._next = time.monotonic() + PATIENCE
        self._display: Display | None = None

    def begin(self, files: int) -> None:
        """Take the number of files."""
        self._files = files

    def read(self, file: str, size: int) -> None:
        """Count bytes of a file."""
        self._bytes += size
        self._show(file)

    def done(self, file: str) -> None:
        """Count a file."""
        self._done += 1
        self._show(file)

    def _show(self, file: str) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PAUSE
        if self._display is None:
            self._display = _display(self._out)
        size = f", {_size(self._bytes)}" if self._bytes else ""
        self._display.show(
            self._done, self._files, f"{self._done} of {self._files} {self._noun}{size}: {visible(file)}"
        )

    def close(self) -> None:
        """Take away what is shown."""
        if self._display is not None:
            self._display.close()
            self._display = None


@contextmanager
def shown(noun: str = "files") -> Iterator[Progress | None]:
    """Give a run somebody to tell how far it is, if there is a terminal to show it on."""
    if not sys.stderr.isatty():
        yield None
        return
    progress = Progress(sys.stderr, noun)
    try:
        yield progress
    finally:
        progress.close()


def _display(out: TextIO) -> Display:
    try:
        return Bar(out)
    except ImportError:
        return Line(out)


class Line:
    """One line, written anew each time."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, files: int, of: int, text: str) -> None:
        """Write the line."""
        import shutil  # late: nothing is shown of a short run

        room = shutil.get_terminal_size().columns - 1
        while width(text) > room:
            text = text[:-1]
        self._out.write(f"\r\x1b[K{text}")
        self._out.flush()

    def close(self) -> None:
        """Clear the line."""
        self._out.write("\r\x1b[K")
        self._out.flush()


class Bar:
    """A bar of rich."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        text = TextColumn("{task.fields[told]}", markup=False)
        # no thread of its own: processes are started while it is shown
        self._bars = Bars(
            BarColumn(bar_width=24), TimeElapsedColumn(), text,
            console=Console(file=out), transient=True, auto_refresh=False,
        )  # fmt: skip
        self._task = self._bars.add_task("", total=None, told="")
        self._bars.start()

    def show(self, files: int, of: int, text: str) -> None:
        """Draw the bar."""
        self._bars.update(self._task, completed=files, total=of, told=text, refresh=True)

    def close(self) -> None:
        """Take it away."""
        self._bars.stop()


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
