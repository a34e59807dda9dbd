"""One captured stream: what it is called, where its bytes are, and what is known of it beside them."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from validator.quickclass import dataclass
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class CaptureError(ConfigError):
    """An input that holds no stream to judge; the message names it and says why, in one line."""


class NoStream(CaptureError):  # noqa: N818 - it says what a file is, which is no error where many are looked through
    """A file of HTTP exchanges, none of which is an event stream."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One captured stream.

    `source` names it in reports: the file, and ``#3`` after it where it is the third thing in one that holds several.
    `body` gives its bytes in pieces, or raises CaptureError; where a file can be opened again, any number of times.
    `meta` is what is known beside them, checked, in the sidecar's form. `file` is the file that it comes from, if
    any; `plain` says that the file is the stream and nothing else, so that places in one are places in the other.
    """

    source: str
    body: Callable[[], Iterator[bytes]]
    meta: dict[str, Any] = field(default_factory=dict)
    file: str | None = None
    plain: bool = False

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes in pieces.

        Raises:
            CaptureError: they cannot be read, or are not those of a text stream.

        """
        return self.body()
