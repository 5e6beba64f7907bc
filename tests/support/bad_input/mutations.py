"""Small good files of every reader, and what a bad disk, a bad line or a stranger makes of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from dagster_project.contracts.registry import load_registry
from tests.support.kits.format_kit import FORMATS, unzip_parts, zip_parts
from tests.support.kits.validate_kit import dossier

TABLES, PAGES, TREE = "procedures_vp", "procedures_pt", "national_portal"
_ROWS = 8
_TOKENS = [
    *(b"", b"\x00", b"\xed\xa0\x80", b"\xff\xfe", b'"', b"'", b"<", b">", b"</", b"&#0;", b"&#xD800;"),
    *(b"\\ud800", b"\\u0000", b"9" * 5_000, b"-" + b"9" * 400, b"1e999", b"-1e-999", b"NaN", b"-Infinity"),
    *(b"null", b"[1,[2]]", b"{}", b"0000-00-00", b"00/00/0000", b"31/12/9999", b"9999-12-31T23:59:59"),
    *(b"10000-01-01", b"29/02/2025", b"25:61", b";" * 300, b"\n" * 300, b"\r", b"\t", b"1048576", b"4294967295"),
    *(b"-1", b"XFD1048576", b"undefined", b"x" * 70_000),
]
"""What is put in the place of a figure, or between two bytes."""


def make_good_files() -> dict[str, tuple[str, bytes]]:
    """The name of a file → its feed and its content: one in each format, and the two answers of services."""
    rows = [[names[0] for names in _aliases().values()], *_make_rows()]
    tables = {f"ho_so_20250713.{name}": (TABLES, write(rows)) for name, write in FORMATS.items()}
    return tables | {
        "20250701-20250713/page-0001.json": (PAGES, _write_page()),
        "dvc-progress-tree/month-2025-07.json": (TREE, _write_tree()),
    }


def _aliases() -> dict[str, list[str]]:
    headers = load_registry().feeds[TABLES].reader_headers
    return {role: list(names) for role, names in headers.items() if role in dossier()}


def _make_rows() -> list[list[Any]]:
    cells = [dossier(dossier_id=f"H62.52-250702-{number:04}", fee=15_000.0 + number) for number in range(1, _ROWS + 1)]
    return [[row[role] for role in _aliases()] for row in cells]


def _write_page() -> bytes:
    headers = load_registry().feeds[PAGES].reader_headers
    cells: dict[str, Any] = dossier() | {
        "received_at": "20250702083000", "due_at": "20250709170000", "finished_at": "20250704160000",
        "returned_at": "20250704163000", "status_code": "10", "channel": "2", "applicant_kind": "1",
    }  # fmt: skip
    items = [
        {names[0]: cells.get(role) for role, names in headers.items()}
        | {headers["dossier_id"][0]: f"H44.55-250702-{n:04}"}
        for n in range(1, _ROWS + 1)
    ]
    answer = {"code": "OK", "data": {"currentPage": 1, "totalPages": 1, "totalItems": _ROWS, "items": items}}
    return json.dumps(answer, ensure_ascii=False).encode()


def _write_tree() -> bytes:
    headers = load_registry().feeds[TREE].reader_headers
    numbers = {names[0]: 90 + place for place, names in enumerate(headers.values())}
    texts = {headers[role][0]: said for role, said in (("unit_name", "UBND xã Yên Lạc"),) if role in headers}
    children = [numbers | texts | {"id": number} for number in range(1, 5)]
    answer = {"code": "OK", "data": {"parent": numbers | {"id": 0}, "children": children, "monthlyChart": []}}
    return json.dumps(answer, ensure_ascii=False).encode()


# Mutations -----------------------------------------------------------------------------------------------------------


def _cut(content: bytes, rng: Random) -> bytes:
    return content[: rng.randrange(len(content))]


def _flip(content: bytes, rng: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 3, 20])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _insert(content: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(_TOKENS) + content[at:]


def _repeat(content: bytes, rng: Random) -> bytes:
    begin, end = _choose_block(content, rng)
    return content[:end] + content[begin:end] * rng.choice([1, 2, 50]) + content[end:]


def _delete(content: bytes, rng: Random) -> bytes:
    begin, end = _choose_block(content, rng)
    return content[:begin] + content[end:]


def _splice(content: bytes, rng: Random) -> bytes:
    begin, end = _choose_block(content, rng)
    rest = content[:begin] + content[end:]
    at = rng.randrange(len(rest) + 1)
    return rest[:at] + content[begin:end] + rest[at:]


def _replace_word(content: bytes, rng: Random) -> bytes:
    """Put a token in the place of a word or a figure."""
    words = list(re.finditer(rb"[\w.:/-]+", content))
    if not words:
        return _insert(content, rng)
    word = rng.choice(words)
    return content[: word.start()] + rng.choice(_TOKENS) + content[word.end() :]


def _choose_block(content: bytes, rng: Random) -> tuple[int, int]:
    begin = rng.randrange(len(content))
    return begin, min(len(content), begin + rng.choice([1, 4, 40, 400, 4_000]))


MUTATIONS: list[Callable[[bytes, Random], bytes]] = [_cut, _flip, _insert, _repeat, _delete, _splice, _replace_word]


def mutate(content: bytes, rng: Random) -> bytes:
    """One or two mutations of a file; of a package mostly inside of one of its parts."""
    for _ in range(rng.choice([1, 1, 2])):
        how = rng.choice(MUTATIONS)
        content = (
            _mutate_part(content, how, rng)
            if content.startswith(b"PK") and rng.random() < 0.8
            else how(content or b" ", rng)
        )
    return content


def _mutate_part(content: bytes, how: Callable[[bytes, Random], bytes], rng: Random) -> bytes:
    try:
        parts = unzip_parts(content)
    except Exception:  # the first mutation broke the package
        return how(content, rng)
    told = [name for name in parts if re.search("sheet|content.xml|document", name)]
    name = rng.choice([*parts, *told * 5])
    part = parts[name]
    assert isinstance(part, bytes)
    return zip_parts(parts | {name: how(part or b" ", rng)})
