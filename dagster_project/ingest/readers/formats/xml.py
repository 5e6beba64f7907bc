"""XML of offices, read without entities, network or vast trees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from dagster_project.ingest.readers.base import report_unreadable

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
    """Return a count that an attribute states; the default when it states none."""
    return int(value) if value is not None and value.strip().isdecimal() else default
