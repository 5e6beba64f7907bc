"""What a person reads on an HTML page: the text of a cell, and the lines between its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

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
_NO_PLACE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_HIDDEN = re.compile(r"(?:visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all)", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.IGNORECASE)
_PLACE = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_SIGNS = {"super": RAISED, "sup": RAISED, "sub": LOWERED}
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS = re.compile(r"\s*\w*\.([\w-]+)\s*")
_FOR_SOME_MEDIA = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")


class Look(NamedTuple):
    """Holds how an element looks: whether its text is printed and not struck out, whether it takes a place on the page,
    and the sign of `raised` for what stands raised or lowered."""

    is_shown: bool
    is_in_place: bool
    sign: str
    is_plain: bool
    """Its text runs on in that around it."""


class Looks:
    """Tells how the elements of a page look, by their names, their own style and that of their classes."""

    def __init__(self, root: Any) -> None:
        """Read the style sheets of a page."""
        self._classes: dict[str, str] = {}
        self._known: dict[tuple[str | None, ...], Look] = {}
        for sheet in root.iter("style"):
            for names, style in _RULE.findall(_FOR_SOME_MEDIA.sub("", sheet.text or "")):
                for name in filter(None, map(_CLASS.fullmatch, names.replace("<!--", "").split(","))):
                    self._classes[name[1]] = f"{self._classes.get(name[1], '')};{style}"

    def find(self, element: Any) -> Look:
        """Return the look of an element; many cells share one."""
        get = element.get
        key = element.tag, get("style"), get("class"), get("hidden")
        look = self._known.get(key)
        if look is None:
            look = self._known[key] = self._judge(*key)
        return look

    def _judge(self, tag: str, own: str | None, classes: str | None, hidden: str | None) -> Look:
        style = ";".join([*(self._classes.get(name, "") for name in (classes or "").split()), own or ""])
        is_in_place = hidden is None and _NO_PLACE.search(style) is None
        is_shown = is_in_place and tag not in _NOT_SHOWN and not (_HIDDEN.search(style) or _STRUCK.search(style))
        place = _PLACE.search(style)
        raised = tag if tag in _SIGNS else place[1].lower() if place and tag not in ("td", "th") else ""
        is_plain = is_shown and not raised and tag not in _BLOCKS and tag != "br"
        return Look(is_shown, is_in_place, _SIGNS.get(raised, ""), is_plain)


def read_cell(cell: Any, looks: Looks) -> str:
    """Return the text of a cell as it is shown, each block of it a line."""
    if not looks.find(cell).is_shown:
        return ""
    if not len(cell):
        return _flatten(cell, cell.text)
    if all(looks.find(one).is_plain for one in cell.iterdescendants()):
        return _flatten(cell, cell.text_content())
    lines = "".join(part for part in _walk(cell, looks) if isinstance(part, str)).split("\n")
    return write_marks("\n".join(line for line in lines if line.strip()))


def list_lines(table: Any, looks: Looks) -> list[str]:
    """List the lines of a table that stand in no row: its caption, and what browsers move above it."""
    parts = _walk(table, looks, pass_over=("tr",))
    return _split_lines(part for part in parts if isinstance(part, str))


def list_blocks(root: Any, looks: Looks) -> Iterator[list[str] | Any]:
    """List what a page shows, from above to below: the lines before each table and the table, in turn, the lines behind
    the last table at the end."""
    said: list[str] = []
    for part in _walk(root, looks, pass_over=("table",)):
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


def _walk(root: Any, looks: Looks, pass_over: tuple[str, ...] = ()) -> Iterator[str | Any]:
    """Walk through the shown text under an element, a line break around each block; elements that are passed over come
    as they are, without their text."""
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    ends: dict[Any, str] = {}  # element that is open → what closes its text; nothing for one that is not shown
    for event, element in walker:
        if event == "start":
            is_passed = element is not root and element.tag in pass_over
            if not looks.find(element).is_shown:
                walker.skip_subtree()
                ends[element] = ""
            elif is_passed:
                walker.skip_subtree()
                ends[element] = "\n"
                yield element
            else:
                before, ends[element] = _find_signs(element, looks)
                yield before + _flatten(element, element.text)
        else:
            yield ends.pop(element, "")
            if element is not root:
                yield _flatten(element.getparent(), element.tail)


def _find_signs(element: Any, looks: Looks) -> tuple[str, str]:
    """Return what to write before and behind the text of an element."""
    if element.tag == "br":
        return "", "\n"
    if element.tag in _BLOCKS:
        return "\n", "\n"
    sign = looks.find(element).sign
    return (sign, END) if sign else ("", "")


def _flatten(element: Any, value: str | None) -> str:
    """Return a text with the line breaks of the page's source as spaces, but in one that is set as it is typed."""
    if not value or "\n" not in value or element.tag == "pre":
        return value or ""
    return re.sub(r"[ \t\r]*\n\s*", " ", value)
