"""The HTML report, in a browser: no script error, no request, the filter works, text of a stream is text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.corpus import CORPUS
from tests.formats.pages import CONTRAST, browser, opened
from tests.formats.streams import BAD, GOOD, answer, check, chunk, hostile, stream

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["browser"]

_MIXED = (BAD, GOOD, CORPUS / "rules" / "usage-total", CORPUS / "rules" / "comment-content")


def report(tmp_path: Path, *captures: object) -> Path:
    file = tmp_path / "report.html"
    check(*captures, "--format", f"html:{file}")
    return file


def shown(page: Any) -> list[str]:
    """Return the rules of the findings that are to be seen."""
    return [one.get_attribute("data-rule") for one in page.query_selector_all(".finding") if one.is_visible()]


def test_it_tells_verdicts_findings_and_the_stream(browser: Any, tmp_path: Path) -> None:
    with opened(browser, report(tmp_path, BAD)) as page:
        assert page.inner_text("h1") == "Failed the stream has errors"
        assert page.inner_text(".finding h4") == "The role is sent once per choice"
        assert page.inner_text(".finding .excerpt mark") == '"assistant"'
        rows = [re.split("\n+", row.inner_text()) for row in page.query_selector_all(".timeline > li")]
        assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6", "The stream ends here, complete."]
        assert rows[1][1:] == ["role assistant text Snow", "role-once"]
        assert rows[2][-1] == "again: role-once"
        assert page.inner_text("#shown") == "1 finding"
        page.click("text=Which rules were judged")
        assert "chunk-required-fields" in page.inner_text(".judged")


def test_the_filter_works(browser: Any, tmp_path: Path) -> None:
    with opened(browser, report(tmp_path, *_MIXED)) as page:
        every = shown(page)
        assert {"role-once", "usage-total", "comment-content"} <= set(every)
        assert page.inner_text("#shown") == f"{len(every)} findings"
        page.fill("#words", "ASSISTANTassistant")
        assert shown(page) == ["role-once"]
        assert page.inner_text("#shown") == f"1 of {len(every)} findings"
        page.fill("#words", "")
        page.select_option("#rule", "usage-total")
        assert set(shown(page)) == {"usage-total"}
        page.select_option("#rule", "")
        page.click(".toggle.error")
        kinds = {one.get_attribute("data-kind") for one in page.query_selector_all(".finding") if one.is_visible()}
        assert "error" not in kinds
        assert not [one for one in page.query_selector_all(".marker.error") if one.is_visible()]
        page.click(".toggle.error")
        assert shown(page) == every
        page.check("#told")
        assert all(
            "told" in row.get_attribute("class") for row in page.query_selector_all(".event") if row.is_visible()
        )


def test_a_place_leads_to_its_event_and_a_marker_to_its_finding(browser: Any, tmp_path: Path) -> None:
    with opened(browser, report(tmp_path, BAD)) as page:
        page.fill("#words", "nothing has this")
        page.goto(page.url + "#s1f1")
        assert shown(page) == ["role-once"]
        page.click(".finding .place a")
        (raw,) = (one for one in page.query_selector_all(".raw") if one.is_visible())
        assert raw.inner_text() == BAD.read_text().split("\n\n")[1]
        assert raw.query_selector("mark").inner_text() == '"assistant"'
        page.click(".marker >> nth=1")
        assert page.url.endswith("#s1f1")


def test_text_of_a_stream_is_text(browser: Any, tmp_path: Path) -> None:
    with opened(browser, report(tmp_path, hostile(tmp_path), "<b>nowhere</b>.sse")) as page:
        assert page.title() == "chunkspec: the stream has errors; 1 input could not be judged"
        assert page.query_selector_all("img, b b, iframe, a[href*='evil']") == []
        assert len(page.query_selector_all("script")) == 1
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        text = page.inner_text("body")
        assert "<script>fetch('http://evil.example/a')</script><img src=x onerror=" in text
        assert "<b>nowhere</b>.sse: there is no such file" in text
        assert "\\u202ertl\\u2028" in text
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2028\u2066-\u2069]", page.content())


def test_it_is_whole_without_scripts(browser: Any, tmp_path: Path) -> None:
    with opened(browser, report(tmp_path, *_MIXED), java_script_enabled=False) as page:
        assert "role-once" in shown(page)
        assert not page.is_visible("#filter")
        page.click(".timeline .event summary >> nth=1")
        assert page.is_visible(".timeline .event .raw >> nth=1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_window_and_all_text_has_contrast(
    browser: Any, tmp_path: Path, width: int, scheme: str
) -> None:
    file = report(tmp_path, hostile(tmp_path), *_MIXED)
    with opened(browser, file, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        faint = page.evaluate(CONTRAST)
        assert faint == []


def test_a_long_stream_makes_a_small_page(browser: Any, tmp_path: Path) -> None:
    capture = tmp_path / "long.sse"
    capture.write_bytes(answer(*(f"word {number} " for number in range(4_000))))
    file = report(tmp_path, capture)
    assert file.stat().st_size < 1_500_000
    with opened(browser, file) as page:
        assert "bytes of events are left out here" in page.inner_text(".gap")
        assert page.inner_text(".timeline > li >> nth=-2").startswith("4003")
        assert len(page.query_selector_all(".timeline > li")) < 12


def test_times_and_several_parts_are_told_apart(browser: Any, tmp_path: Path) -> None:
    capture = tmp_path / "two.sse"
    both = chunk({"content": "a"})
    both["choices"].append({**both["choices"][0], "index": 1, "delta": {"content": "b"}})
    capture.write_bytes(stream([both]))
    size = len(capture.read_bytes())
    (tmp_path / "two.meta.json").write_text(f'{{"reads": [[0.25, 100], [1.5, {size - 100}]]}}')
    with opened(browser, report(tmp_path, capture)) as page:
        row = page.inner_text(".timeline .event summary >> nth=0").replace("\n", " ")
        assert row == "1 1.500 s text choice 0 a text choice 1 b"


def test_no_stream_and_nothing_found_make_a_page_too(browser: Any, tmp_path: Path) -> None:
    with opened(browser, report(tmp_path, "nowhere.sse")) as page:
        assert page.inner_text("h1") == "Failed no stream was judged"
    with opened(browser, report(tmp_path, GOOD)) as page:
        assert page.inner_text("h1") == "Passed the stream has no error"
        assert "No findings." in page.inner_text("body")
