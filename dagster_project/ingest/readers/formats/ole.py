"""What an OLE container holds: the streams of its root, which tell an old workbook from an old document."""

from __future__ import annotations

import struct

_ENTRY = 128  # bytes of one entry of the directory
_NONE = 0xFFFFFFFA  # from here on numbers of sectors have other meanings


def list_streams(content: bytes) -> frozenset[str]:
    """Return the names in the root of a container; none when its directory cannot be followed."""
    try:
        return frozenset(_list_children(_read_directory(content)))
    except (struct.error, IndexError, UnicodeDecodeError):
        return frozenset()


def _read_directory(content: bytes) -> bytes:
    """Follow the directory from sector to sector by the first 109 sectors of the table: enough for 7 MB, and for the
    directory of a longer file where it stands at its beginning."""
    size = 1 << struct.unpack_from("<H", content, 0x1E)[0]
    if size not in (512, 4096):
        return b""
    tables = [number for number in struct.unpack_from("<109I", content, 0x4C) if number < _NONE]
    per_sector = size // 4
    (sector,) = struct.unpack_from("<I", content, 0x30)
    parts: list[bytes] = []
    while sector < _NONE and len(parts) < 1000:
        parts.append(content[(sector + 1) * size : (sector + 2) * size])
        at = (tables[sector // per_sector] + 1) * size + sector % per_sector * 4
        (sector,) = struct.unpack_from("<I", content, at)
    return b"".join(parts)


def _list_children(directory: bytes) -> list[str]:
    """List the names of the tree that hangs on the root, which is the first entry."""
    names: list[str] = []
    seen: set[int] = set()
    todo = [struct.unpack_from("<I", directory, 0x4C)[0]]
    while todo:
        number = todo.pop()
        if number >= len(directory) // _ENTRY or number in seen:
            continue
        seen.add(number)
        entry = directory[number * _ENTRY : (number + 1) * _ENTRY]
        (length,) = struct.unpack_from("<H", entry, 0x40)
        names.append(entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le"))
        todo += struct.unpack_from("<2I", entry, 0x44)
    return names
