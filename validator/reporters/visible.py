"""Text of a stream made safe to print: what would act on a terminal, or hide, is shown instead."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, TextIO

#: Unicode categories that are never printed as they are: controls, formats (bidi among them), surrogates,
#: private use, unassigned, line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


#: What CI systems take for a command at the start of a line, or (``##[``, ``##vso[``) anywhere in it.
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\w*\[)")


def visible(text: str) -> str:
    r"""Return the text with every character that does not simply print as its escape, such as ``\\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def write_json(value: Any, out: TextIO, *, indent: int | None = None) -> None:
    """Write a value as JSON and a line end, in printable ASCII: no text in it acts on a terminal or a log."""
    encoder = json.JSONEncoder(ensure_ascii=True, indent=indent, separators=None if indent else (",", ":"))
    pieces = encoder.iterencode(value)
    out.writelines(piece.replace("\x7f", "\\u007f") for piece in pieces)  # DEL is ASCII, and JSON leaves it
    out.write("\n")


def inert(line: str) -> str:
    """Return a line of a log, text of a stream in it, that no CI system takes for a command."""
    if "::" not in line and "##" not in line:
        return line
    return _COMMAND.sub(lambda found: r"\x23" if found[1] is None else found[1] + r"\x3a", line)


def width(text: str) -> int:
    """Return how many columns of a terminal a visible text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
