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
_PLACE = re.compile(r"(?:super|sub)\b")
_SIGNS = {"super": RAISED, "sup": RAISED, "sub": LOWERED}
_BRACE = re.compile(r"([{}])")
_CLASS = re.compile(r"\s*\w*\.([\w-]+)\s*")
_BREAK = re.compile(r"(?<![ \t\r])[ \t\r]*+\n\s*+")  # begins where blanks begin, and is not sought from each of them


class Style(NamedTuple):
    """Holds what a style says of an element: that it takes no place, is hidden or struck out, stands raised ("super")
    or lowered ("sub")."""

    has_no_place: bool = False
    is_hidden: bool = False
    is_struck: bool = False
    place: str = ""

    def add(self, other: Style) -> Style:
        """Return what both say together; of two places the first one counts."""
        if self == other or other == Style():
            return self
        said = [mine or its for mine, its in zip(self, other, strict=True)]
        return Style(*said)  # type: ignore[arg-type]


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
        self._classes: dict[str, Style] = {}
        self._known: dict[tuple[str | None, ...], Look] = {}
        for sheet in root.iter("style"):
            for names, style in _list_rules(_drop_comments(sheet.text or "")):
                said = _read_style(style)
                for name in filter(None, map(_CLASS.fullmatch, names.replace("<!--", "").split(","))):
                    self._classes[name[1]] = self._classes.get(name[1], Style()).add(said)

    def find(self, element: Any) -> Look:
        """Return the look of an element; many cells share one."""
        key = element.tag, None, None, None
        if element.keys():
            key = element.tag, *map(element.get, ("style", "class", "hidden"))
        look = self._known.get(key)
        if look is None:
            look = self._known[key] = self._judge(*key)
        return look

    def _judge(self, tag: str, own: str | None, classes: str | None, hidden: str | None) -> Look:
        style = Style()
        for said in (self._classes.get(name) for name in (classes or "").split()):
            style = style if said is None else style.add(said)
        style = style.add(_read_style(_drop_comments(own or "")))
        is_in_place = hidden is None and not style.has_no_place
        is_shown = is_in_place and tag not in _NOT_SHOWN and not (style.is_hidden or style.is_struck)
        raised = tag if tag in _SIGNS else style.place if tag not in ("td", "th") else ""
        is_plain = is_shown and not raised and tag not in _BLOCKS and tag != "br"
        return Look(is_shown, is_in_place, _SIGNS.get(raised, ""), is_plain)


def _drop_comments(style: str) -> str:
    return "".join(part.partition("/*")[0] for part in style.split("*/"))


def _list_rules(sheet: str) -> Iterator[tuple[str, str]]:
    """List the rules of a style sheet, names and style of each, without those that are for some media alone."""
    before = ""
    around: list[str] = []  # names before the braces that are open
    is_inner = False
    for part in _BRACE.split(sheet):
        if part == "{":
            around.append(before.rpartition(";")[2])
            is_inner = True
        elif part == "}":
            if is_inner and not around[0].lstrip().startswith("@"):
                yield around[-1], before
            del around[-1:]
            before, is_inner = "", False
        else:
            before = part


def _read_style(style: str) -> Style:
    """Read what a style says, declaration by declaration."""
    said = Style()
    for one in style.lower().split(";"):
        name, _, value = (part.strip() for part in one.partition(":"))
        if name == "display":
            said = said.add(Style(has_no_place=value.startswith("none")))
        elif name == "visibility":
            said = said.add(Style(is_hidden=value.startswith(("hidden", "collapse"))))
        elif name == "mso-hide":
            said = said.add(Style(is_hidden=value.startswith("all")))
        elif name.startswith("text-decoration"):
            said = said.add(Style(is_struck="line-through" in value))
        elif name == "vertical-align" and (place := _PLACE.match(value)):
            said = said.add(Style(place=place[0]))
    return said


def read_cell(cell: Any, looks: Looks) -> str:
    """Return the text of a cell that is shown as it is shown, each block of it a line."""
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
    return _BREAK.sub(" ", value)
