"""The Markdown report: legible, and text of a stream in it never acts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from tests.corpus import CORPUS
from tests.formats.streams import BAD, GOOD, check, hostile

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token


def tokens(text: str) -> list[Token]:
    """Return all tokens of a text, those within lines too."""
    found = []
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        found.append(token)
        found.extend(token.children or [])
    return found


def test_it_has_verdicts_and_findings() -> None:
    _, out, _ = check(BAD, GOOD, "--format", "markdown")
    parsed = tokens(out)
    assert sum(token.type == "tr_open" for token in parsed) == 3
    (block,) = (token for token in parsed if token.type == "fence")
    message, text, marks = block.content.splitlines()
    assert message.startswith("choices[].delta.role comes again")
    assert text[marks.index("^") : marks.rindex("^") + 1] == '"assistant"'
    assert "- change: Send role on the first delta" in out


def test_text_of_a_stream_stands_in_code_only(tmp_path: Path) -> None:
    _, out, _ = check(hostile(tmp_path), GOOD, "--format", "markdown", "--verbose")
    parsed = tokens(out)
    assert sum(token.type == "fence" for token in parsed) > 3
    assert not {token.type for token in parsed} & {"html_inline", "html_block", "link_open", "image"}
    assert sum(token.type == "tr_open" for token in parsed) == 3
    assert sum(token.type == "td_open" for token in parsed) == 2 * sum(token.type == "th_open" for token in parsed)
    prose = " ".join(token.content for token in parsed if token.type == "text")
    assert not re.search(r"@someone|evil\.example|#1\b|<script|\bowned\b", prose)
    assert all(line.isprintable() for line in out.split("\n"))


def test_of_very_many_findings_the_first_are_told_and_all_are_counted() -> None:
    _, out, _ = check(*sorted((CORPUS / "rules").glob("[a-j]*")), "--format", "markdown")
    assert sum(token.type == "fence" for token in tokens(out)) == 100
    assert re.search(r"These are 100 of \d{3,} findings\. All of them by rule: `", out)
    assert len(out) < 300_000
