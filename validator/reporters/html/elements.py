"""HTML as a tree: text is text by construction, whatever stands in it."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, tostring

from validator.reporters.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    return "\n".join(visible(line) for line in text.split("\n"))


def document(title: str, body: Element) -> str:
    """Return a whole page that fetches nothing: its policy forbids all but its own style and script."""
    style, script = (files(__package__).joinpath(name).read_text("utf-8") for name in ("style.css", "script.js"))
    policy = f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(script)}"
    own = [h("style"), h("script")]
    own[0].text, own[1].text = style, script
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=policy),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("link", rel="icon", href="data:,"),
        h("title", title),
        own[0],
    )
    body.append(own[1])
    page = h("html", head, body, lang="en")
    return "<!doctype html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
