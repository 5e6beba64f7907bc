"""XML of offices, read without entities, network or vast trees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from dagster_project.ingest.readers.base import report_unreadable

_MOST = 12  # digits of a count; Python itself refuses to read one of some thousands
MAX_COUNT = 10**_MOST
"""What a larger count is taken for: no sheet has so many places, so that each is beyond measure alike."""
_SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def walk_elements(stream: IO[bytes], names: tuple[str, ...]) -> Iterator[Any]:
    """Yield each element of these local names when it ends, and forget it then. Raises BlockedFile: unreadable."""
    try:
        for _, element in etree.iterparse(stream, events=("end",), tag=[f"{{*}}{name}" for name in names], **_SAFE):
            yield element
            element.clear()
    except (etree.XMLSyntaxError, UnicodeError) as error:
        raise report_unreadable("tệp XML bị cắt cụt hoặc hỏng") from error


def parse_tree(content: bytes) -> Any:
    """Return the root of a small document. Raises BlockedFile: unreadable."""
    try:
        return etree.fromstring(content, etree.XMLParser(**_SAFE))
    except (etree.XMLSyntaxError, UnicodeError) as error:
        raise report_unreadable("tệp XML bị cắt cụt hoặc hỏng") from error


def find_name(element: Any) -> str:
    """Return the local name of an element, "" for a comment or an instruction."""
    return _find_local_name(element.tag) if isinstance(element.tag, str) else ""


def list_attributes(element: Any) -> dict[str, str]:
    """Return the attributes by their local names."""
    return {_find_local_name(str(name)): str(value) for name, value in element.attrib.items()}


def _find_local_name(name: str) -> str:
    """Return a name without its name space; a broken document may have names that lxml itself would not make."""
    return name.rpartition("}")[2]


def read_count(value: str | None, default: int = 1) -> int:
    """Return a count that an attribute states, or MAX_COUNT for a larger one; the default when it states none."""
    digits = "" if value is None else value.strip()
    if not digits.isdecimal():
        return default
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= _MOST else MAX_COUNT
