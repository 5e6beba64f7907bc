"""What a person reads on an HTML page: the text of a cell, and the lines between its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from dagster_project.ingest.readers.formats.raised import END, LOWERED, RAISED, write_marks

_NOT_SHOWN = {
    "head",
    "title",
    "script",
    "style",
    "template",
    "noscript",
    "xml",
    "select",
    "textarea",
    "object",
    "svg",
    "s",
    "strike",
    "del",
}
"""Elements whose text stands on no page, or is struck out and so not meant."""
# fmt: off
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "tr", "ul",
}
# fmt: on
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all)", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.IGNORECASE)
_PLACE = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_PLACES = {"super": RAISED, "sup": RAISED, "sub": LOWERED}
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS = re.compile(r"\s*\w*\.([\w-]+)\s*")
_FOR_SOME_MEDIA = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")


class Look:
    """Tells how the elements of a page look, by their names, their own style and that of their classes."""

    def __init__(self, root: Any) -> None:
        """Read the style sheets of a page."""
        self._classes: dict[str, str] = {}
        for sheet in root.iter("style"):
            for names, style in _RULE.findall(_FOR_SOME_MEDIA.sub("", sheet.text or "")):
                for name in filter(None, map(_CLASS.fullmatch, names.replace("<!--", "").split(","))):
                    self._classes[name[1]] = f"{self._classes.get(name[1], '')};{style}"

    def is_shown(self, element: Any) -> bool:
        """Tell whether the text of an element is printed, and not struck out."""
        if element.tag in _NOT_SHOWN or "hidden" in element.attrib:
            return False
        style = self._find_style(element)
        return not style or (_HIDDEN.search(style) is None and _STRUCK.search(style) is None)

    def is_in_place(self, cell: Any) -> bool:
        """Tell whether a cell takes its place in its row: one that is not displayed leaves none."""
        return "hidden" not in cell.attrib and re.search(r"display\s*:\s*none", self._find_style(cell), re.I) is None

    def find_place(self, element: Any) -> str:
        """Return the sign of `raised` for an element that stands raised or lowered, "" for others."""
        if element.tag in _PLACES:
            return _PLACES[element.tag]
        found = _PLACE.search(self._find_style(element))
        return _PLACES[found[1].lower()] if found else ""

    def _find_style(self, element: Any) -> str:
        own: str = element.get("style", "")
        classes = element.get("class")
        if not classes or not self._classes:
            return own
        return ";".join([*(self._classes.get(name, "") for name in classes.split()), own])


def read_cell(cell: Any, look: Look) -> str:
    """Return the text of a cell as it is shown, each block of it a line."""
    if not look.is_shown(cell):
        return ""
    if not len(cell):
        return _flatten(cell, cell.text)
    lines = "".join(part for part in _walk(cell, look) if isinstance(part, str)).split("\n")
    return write_marks("\n".join(line for line in lines if line.strip()))


def list_lines(table: Any, look: Look) -> list[str]:
    """List the lines of a table that stand in no cell: its caption, and what browsers move above it."""
    parts = _walk(table, look, pass_over=("td", "th"))
    return _split_lines(part for part in parts if isinstance(part, str))


def list_blocks(root: Any, look: Look) -> Iterator[list[str] | Any]:
    """List what a page shows, from above to below: the lines before each table and the table, in turn, the lines behind
    the last table at the end."""
    said: list[str] = []
    for part in _walk(root, look, pass_over=("table",)):
        if isinstance(part, str):
            said.append(part)
            continue
        yield _split_lines(said)
        yield part
        said = []
    yield _split_lines(said)


def _split_lines(parts: Any) -> list[str]:
    lines = "".join(parts).split("\n")
    return [write_marks(line) for line in lines if line.strip()]


def _walk(root: Any, look: Look, pass_over: tuple[str, ...] = ()) -> Iterator[str | Any]:
    """Walk through the shown text under an element, a line break around each block; elements that are passed over come
    as they are, without their text."""
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    ends: dict[Any, str] = {}  # element that is open → what closes its text; nothing for one that is not shown
    for event, element in walker:
        if event == "start":
            is_passed = element is not root and element.tag in pass_over
            if not look.is_shown(element):
                walker.skip_subtree()
                ends[element] = ""
            elif is_passed:
                walker.skip_subtree()
                ends[element] = "\n"
                yield element
            else:
                before, ends[element] = _find_signs(element, look)
                yield before + _flatten(element, element.text)
        else:
            yield ends.pop(element, "")
            if element is not root:
                yield _flatten(element.getparent(), element.tail)


def _find_signs(element: Any, look: Look) -> tuple[str, str]:
    """Return what to write before and behind the text of an element."""
    if element.tag == "br":
        return "", "\n"
    if element.tag in _BLOCKS:
        return "\n", "\n"
    place = look.find_place(element) if element.tag not in ("td", "th") else ""
    return (place, END) if place else ("", "")


def _flatten(element: Any, value: str | None) -> str:
    """Return a text with the line breaks of the page's source as spaces, but in one that is set as it is typed."""
    if not value or "\n" not in value or element.tag == "pre":
        return value or ""
    return re.sub(r"[ \t\r]*\n\s*", " ", value)
