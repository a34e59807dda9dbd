"""HTML as a tree: text is text by construction, whatever stands in it."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, tostring

from validator.reporters.visible import inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    #: What an element can be given: elements, text, any number of both; None is nothing.
    Child = Element | str | Iterable["Child"] | None


def h(name: str, /, *children: Child, **attributes: str | None) -> Element:
    """Return an element; of attribute names a last ``_`` is dropped, another becomes ``-``; None leaves one out."""
    element = Element(name)
    for key, value in attributes.items():
        if value is not None:
            element.set(key.rstrip("_").replace("_", "-"), _shown(value))
    _append(element, children)
    return element


def _append(element: Element, children: Iterable[Child]) -> None:
    for child in children:
        if isinstance(child, str):
            if len(element):
                element[-1].tail = (element[-1].tail or "") + _shown(child)
            else:
                element.text = (element.text or "") + _shown(child)
        elif isinstance(child, Element):
            element.append(child)
        elif child is not None:
            _append(element, child)


def _shown(text: str) -> str:
    return "\n".join(inert(visible(line)) for line in text.split("\n"))


def document(
    title: str, before: Iterable[Element | None], main: Iterable[Element], styles: Iterable[str] = ()
) -> Iterator[str]:
    """Yield a page in pieces, one for each element of what is `before` the main part and in it.

    The page fetches nothing: its policy forbids all but its own style and script. `styles` are the names of files
    of this package with more style.
    """
    here = files(__package__)
    style = "".join(here.joinpath(name).read_text("utf-8") for name in ("style.css", *styles))
    script = here.joinpath("script.js").read_text("utf-8")
    policy = f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(script)}"
    own, code = h("style"), h("script")
    own.text, code.text = style, script
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=policy),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("link", rel="icon", href="data:,"),
        h("title", title),
        own,
    )
    yield f'<!doctype html>\n<html lang="en">{_html(head)}<body>\n'
    yield from (_html(one) for one in before if one is not None)
    yield "<main>\n"
    yield from map(_html, main)
    yield f"</main>\n{_html(code)}</body></html>\n"


def _html(element: Element) -> str:
    return tostring(element, encoding="unicode", method="html") + "\n"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
