"""The page of a matrix, in a browser: each cell leads to its finding, the switches work, nothing is fetched."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import chunkspec
from tests.corpus import CORPUS
from tests.folders import probed, providers
from tests.formats.pages import CONTRAST, browser, opened
from tests.formats.streams import BAD, GOOD, HOSTILE, hostile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["browser", "providers"]


def page_of(tmp_path: Path, *args: object) -> Path:
    file = tmp_path / "matrix.html"
    chunkspec("matrix", *map(str, args), "--format", f"html:{file}")
    return file


def rules(page: Any) -> list[str]:
    """Return the rules that are to be seen in the table."""
    rows = page.query_selector_all(".matrix tbody tr:not(.layer)")
    return [row.query_selector("th").inner_text() for row in rows if row.is_visible()]


def state(page: Any, by: str, rule: str) -> str:
    """Return the cell of a rule, of the first provider."""
    row = page.query_selector(f".matrix.{by} tr:has(code:text-is('{rule}'))")
    assert row.is_visible()
    text: str = row.query_selector("td").inner_text()
    return text


def test_a_cell_leads_to_the_finding_and_from_there_to_the_event(browser: Any, providers: Path) -> None:
    with opened(browser, page_of(providers, providers / "good", providers / "bad")) as page:
        assert page.inner_text("h1").startswith("2 providers, ")
        assert rules(page) == ["role-once"]
        cells = page.query_selector_all(".matrix.own tbody tr:not(.layer):not(.dull) td")
        assert [one.inner_text() for one in cells] == ["✓", "E 1"]
        page.click(".matrix.own a.cell.error")
        finding = page.query_selector(":target")
        assert finding.query_selector(".rule").inner_text() == "role-once"
        assert page.evaluate("document.querySelector(':target').getBoundingClientRect().top") < 800
        page.click(":target .place a")
        (raw,) = (one for one in page.query_selector_all(".raw") if one.is_visible())
        assert raw.inner_text() == BAD.read_text().split("\n\n")[1]


def test_verdict_and_all_rules_are_switched_without_scripts(browser: Any, tmp_path: Path) -> None:
    file = page_of(tmp_path, CORPUS / "streams" / "ollama", "--profile", "ollama")
    with opened(browser, file, java_script_enabled=False) as page:
        assert "role-once" in rules(page)
        assert state(page, "own", "role-once") == "W 5"
        page.check("#by-strict")
        assert not page.is_visible(".matrix.own")
        assert state(page, "strict", "role-once") == "E 5"
        page.check("#every")
        assert len(rules(page)) > 150
        page.click(".matrix.strict a.cell.error")
        assert "role-once" in [one.inner_text() for one in page.query_selector_all(".finding .rule")]


def test_what_only_the_strict_profile_finds_says_so(browser: Any, tmp_path: Path) -> None:
    file = page_of(tmp_path, CORPUS / "streams" / "azure", "--profile", "azure", "--verdict", "strict")
    with opened(browser, file) as page:
        assert page.is_checked("#by-strict")
        page.click(".matrix.strict a.cell.error")
        finding = page.query_selector(":target")
        assert "finding suppressed" in finding.get_attribute("class")
        assert "no finding by the profile azure; one by openai" in finding.inner_text()


def test_scenarios_lead_to_their_streams(browser: Any, providers: Path) -> None:
    probed(providers / "bad")
    with opened(browser, page_of(providers, providers / "good", providers / "bad")) as page:
        rows = page.query_selector_all(".scenarios tbody tr")
        assert [re.split(r"\s+", row.inner_text()) for row in rows] == [["plain-text", "E"], ["tools", "?"]]
        page.click(".scenarios a.cell")
        assert page.query_selector(":target h2").inner_text().endswith(BAD.name)
        assert "Asked: http://localhost:8000/v1, model m." in page.inner_text("main")


def test_text_of_a_stream_is_text(browser: Any, tmp_path: Path) -> None:
    folder = tmp_path / "<b>a"
    folder.mkdir()
    hostile(folder)
    probed(folder)
    report = folder / "probe.json"
    report.write_text(
        report.read_text().replace('"m"', json.dumps(HOSTILE)).replace('"plain-text"', json.dumps(HOSTILE))
    )
    with opened(browser, page_of(tmp_path, folder, f"<i>x</i>={folder}", "nowhere<b>")) as page:
        assert page.query_selector_all("img, b b, i i, iframe, a[href*='evil'], th b, td b, h2 i") == []
        assert len(page.query_selector_all("script")) == 1
        text = page.inner_text("body")
        assert "<b>a" in text
        assert "<i>x</i>" in text
        assert "nowhere<b>: there is no such file" in text
        assert "model \\x1b[31mred" in text
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2028\u2066-\u2069]", page.content())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_window_and_all_text_has_contrast(
    browser: Any, providers: Path, width: int, scheme: str
) -> None:
    folders = [f"{name}={CORPUS / 'streams' / name}" for name in ("ollama", "azure", "zai")]
    file = page_of(providers, *folders, providers / "good")
    with opened(browser, file, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        page.check("#every")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CONTRAST) == []


def test_no_capture_and_no_finding_make_a_page_too(browser: Any, tmp_path: Path) -> None:
    with opened(browser, page_of(tmp_path, tmp_path / "nowhere")) as page:
        assert page.inner_text("h1").startswith("1 provider, 0 rules")
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "one.sse").write_bytes(GOOD.read_bytes())
    with opened(browser, page_of(tmp_path, tmp_path / "good")) as page:
        assert "Every rule that was judged passes at every provider." in page.inner_text("body")
        assert page.query_selector_all("a.cell") == []
