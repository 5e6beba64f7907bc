"""What an OLE container holds: the streams of its root, which tell an old workbook from an old document."""

from __future__ import annotations

import struct
from array import array

_ENTRY = 128  # bytes of one entry of the directory
_NONE = 0xFFFFFFFA  # from here on numbers of sectors have other meanings
_SMALL = 64  # bytes of a sector within the stream of the root


def list_streams(content: bytes) -> frozenset[str]:
    """Return the names in the root of a container; none when its directory cannot be followed."""
    try:
        return frozenset(_list_children(_Container(content).directory))
    except (struct.error, IndexError, UnicodeDecodeError):
        return frozenset()


def read_stream(content: bytes, names: tuple[str, ...]) -> bytes:
    """Return the first of these streams of the root that there is. Raises KeyError, struct.error, IndexError or
    UnicodeDecodeError for a container without it, or a broken one."""
    container = _Container(content)
    entries = _list_children(container.directory)
    return container.read(next((entries[name] for name in names if name in entries), b""))


class _Container:
    """Follows the chains of sectors of a container."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = 1 << struct.unpack_from("<H", content, 0x1E)[0]
        self.table = self._read_table() if self.size in (512, 4096) else array("I")
        self.directory = self._follow(struct.unpack_from("<I", content, 0x30)[0]) if self.table else b""

    def read(self, entry: bytes) -> bytes:
        """Return the stream of an entry of the directory; short ones stand in the stream of the root."""
        if not entry:
            raise KeyError("no such stream")
        first, length = struct.unpack_from("<2I", entry, 0x74)
        limit, small = struct.unpack_from("<2I", self.content, 0x38)
        if length >= limit:
            return self._follow(first)[:length]
        inner = self._follow(struct.unpack_from("<I", self.directory, 0x74)[0])
        table = array("I", self._follow(small))
        return b"".join(inner[at * _SMALL : (at + 1) * _SMALL] for at in _list_chain(table, first))[:length]

    def _read_table(self) -> array[int]:
        """Read what follows each sector; beyond 7 MB the list of the table's own sectors is a chain itself."""
        numbers = list(struct.unpack_from("<109I", self.content, 0x4C))
        (more,) = struct.unpack_from("<I", self.content, 0x44)
        while more < _NONE and len(numbers) * self.size < len(self.content):
            *found, more = struct.unpack_from(f"<{self.size // 4}I", self.content, (more + 1) * self.size)
            numbers += found
        held = b"".join(self._cut(number) for number in numbers if number < _NONE)
        return array("I", held[: len(held) // 4 * 4])

    def _follow(self, first: int) -> bytes:
        return b"".join(map(self._cut, _list_chain(self.table, first)))

    def _cut(self, number: int) -> bytes:
        return self.content[(number + 1) * self.size : (number + 2) * self.size]


def _list_chain(table: array[int], first: int) -> list[int]:
    """List the sectors of a chain; IndexError when it leaves the table or runs in a circle."""
    chain: list[int] = []
    while first < _NONE:
        chain.append(first)
        first = table[first]
        if len(chain) > len(table):
            raise IndexError("a chain in a circle")
    return chain


def _list_children(directory: bytes) -> dict[str, bytes]:
    """List the entries of the tree that hangs on the root, which is the first entry, by name."""
    entries: dict[str, bytes] = {}
    seen: set[int] = set()
    todo = [struct.unpack_from("<I", directory, 0x4C)[0]]
    while todo:
        number = todo.pop()
        if number >= len(directory) // _ENTRY or number in seen:
            continue
        seen.add(number)
        entry = directory[number * _ENTRY : (number + 1) * _ENTRY]
        (length,) = struct.unpack_from("<H", entry, 0x40)
        entries[entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le")] = entry
        todo += struct.unpack_from("<2I", entry, 0x44)
    return entries
