"""Look for persons in everything that the system wrote: each byte, and what stands behind compression and encodings.

Text is looked at in UTF-8, UTF-16 and TCVN3, behind base64 and addresses' per cent signs, folded (NFC, lower case) and
also without marks; databases, Parquet, SQLite, zip and zlib are opened.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import sqlite3
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote_plus

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from dagster_project.core.paths import DBT_DIR, SEEDS_DIR, SOURCES_DIR, Home
from dagster_project.ingest.normalise.encodings import decode_tcvn3

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_ENTITY = re.compile(r"&#(x?)([0-9a-fA-F]{2,5});")
_MARKS = re.compile(r"[\u0300-\u036f]+")
_WORDS = re.compile(r"[^\W\d_]+")
_LETTERS = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"\d{9,}")
_GROUPED = re.compile(r"(?<!\d)\d{2,4}(?:[ .\-\u00a0]\d{3,4}){2,3}(?!\d)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{12,}={0,2}")
_QUOTED = re.compile(rb"(?:%[0-9A-Fa-f]{2}){2,}")
_HASHED = re.compile(r"[0-9a-f]{32,64}")
_APART = "\nxx\n"
"""Between two cells, so that the end of one and the start of the next are not read as a name."""
Name = tuple[str, ...]
_WORDS_OF_A_NAME = (3, 5)
"""Of a person's name, and of a firm's ("Công ty TNHH An Bình")."""


@dataclass
class Scan:
    """What was looked at, and where whom was found."""

    files: int = 0
    bytes: int = 0
    characters: int = 0
    found: list[str] = field(default_factory=list)
    seen: dict[bytes, tuple[int, list[tuple[str, set[str]]]]] = field(default_factory=dict)
    """By SHA-256 what was found in a content: the same bytes under another name are read once."""


class Needles:
    """The persons of a simulated world in every form under which they could be recognised.

    persons: columns applicant_name, national_id (12 digits), phone (10 digits). A name that without its marks reads
    like the project's own reference text (Xa Thanh Sơn, "xã Thanh Sơn") counts only with its marks.
    """

    def __init__(self, persons: pd.DataFrame) -> None:
        names = set(persons["applicant_name"].map(_folded))
        self.names: set[Name] = {tuple(_WORDS.findall(name)) for name in names}
        plain = {tuple(_LETTERS.findall(_bare(name))) for name in names}
        self.plain_names = plain - self._innocent(plain)
        numbers = set(persons["national_id"]) | set(persons["phone"])
        self.numbers = numbers | {n[1:] for n in numbers} | {f"84{p[1:]}" for p in persons["phone"]}
        algorithms = (hashlib.md5, hashlib.sha1, hashlib.sha256)
        self.hashes = {make(number.encode()).hexdigest() for number in numbers for make in algorithms}

    @cached_property
    def forms(self) -> int:
        """How many different things are looked for."""
        return sum(map(len, (self.names, self.plain_names, self.numbers, self.hashes)))

    def _innocent(self, plain: set[Name]) -> set[Name]:
        texts = [
            path.read_text(encoding="utf-8")
            for path in (*SOURCES_DIR.rglob("*.*"), *DBT_DIR.rglob("*.*"))
            if path.suffix in (".csv", ".yaml", ".yml", ".sql")
        ]
        for seed, word in (("commune", "commune"), ("former_commune", "former")):
            units = pd.read_csv(SEEDS_DIR / f"{seed}.csv", dtype="str")
            texts.append(_APART.join(units[f"{word}_type"] + " " + units[f"{word}_name"]))  # "thị trấn Thanh Sơn"
        seen: set[Name] = set()
        return seen.union(*(_among(plain, _LETTERS.findall(_bare(_folded(text)))) for text in texts))

    def in_text(self, text: str) -> set[str]:
        """The persons in a text."""
        folded = _folded(_ENTITY.sub(_entity, _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)))
        names = _among(self.names, _WORDS.findall(folded))
        names |= _among(self.plain_names, _LETTERS.findall(_bare(folded)))
        runs = set(_DIGITS.findall(folded))
        numbers = (runs | {re.sub(r"\D", "", group) for group in _GROUPED.findall(folded)}) & self.numbers
        long = (run[at : at + 12] for run in runs if len(run) > 12 for at in range(len(run) - 11))
        numbers |= self.numbers.intersection(long)
        hashes = set(_HASHED.findall(folded)) & self.hashes
        return {" ".join(name) for name in names} | numbers | hashes

    def in_bytes(self, content: bytes) -> set[str]:
        """The persons in bytes under every encoding that they may have."""
        views = [content.decode("utf-8", "ignore")]
        if not content.isascii():
            views.append(decode_tcvn3(content))
        if content.count(b"\0") > len(content) // 8:
            views += [content[shift:].decode("utf-16-le", "ignore") for shift in (0, 1)]
        views.append(_APART.join(_decoded(content)))
        return set().union(*map(self.in_text, views))


def scan_home(home: Home, needles: Needles, more: Iterable[Path] = ()) -> Scan:
    """Look at everything below a home but what is encrypted on purpose (archive, vault, keys), and at `more`."""
    kept_apart = [home.archive, home.root / "vault", home.keys]
    scan = Scan()
    for path in sorted(home.root.rglob("*")):
        if not any(path.is_relative_to(folder) for folder in kept_apart):
            _scan_file(path, needles, scan)
    for path in more:
        _scan_file(path, needles, scan)
    return scan


def _scan_file(path: Path, needles: Needles, scan: Scan) -> None:
    _note(scan, path, "its name", needles.in_text(str(path)))
    if path.is_symlink() or not path.is_file():
        return
    scan.files += 1
    scan.bytes += path.stat().st_size
    content = path.read_bytes()
    key = hashlib.sha256(content).digest()
    if path.with_name(f"{path.name}-wal").exists() or key not in scan.seen:  # SQLite's own log adds to its file
        scan.seen[key] = _look(path, content, needles)
    characters, places = scan.seen[key]
    scan.characters += characters
    for where, persons in places:
        _note(scan, path, where, persons)


def _look(path: Path, content: bytes, needles: Needles) -> tuple[int, list[tuple[str, set[str]]]]:
    """How many characters stand in a file, and where which persons."""
    characters, places = len(content), [("bytes", needles.in_bytes(content))]
    for where, text in _inside(path, content):
        characters += len(text)
        places.append((where, needles.in_text(text)))
    return characters, [(where, persons) for where, persons in places if persons]


def _note(scan: Scan, path: Path, where: str, persons: set[str]) -> None:
    scan.found += [f"{path}: {where}: {person}" for person in sorted(persons)]


def _inside(path: Path, content: bytes) -> Iterator[tuple[str, str]]:
    """(where, text) of what stands behind a file format; nothing for plain bytes."""
    if content[8:12] == b"DUCK":
        yield from _duckdb(path)
    elif content[:4] == b"PAR1":
        yield from _frame(path.name, pq.read_table(path, partitioning=None).to_pandas())
    elif content[:15] == b"SQLite format 3":
        yield from _sqlite(path)
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name, archive.read(name).decode("utf-8", "ignore")
    elif (inflated := _inflated(content)) is not None:
        yield "inflated", inflated.decode("utf-8", "ignore")


def _duckdb(path: Path) -> Iterator[tuple[str, str]]:
    """Every column of every table of every schema, names, comments and the texts of views."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        for schema, table in tables:
            yield from _frame(f"{schema}.{table}", connection.sql(f'from "{schema}"."{table}"').df())
        for kind in ("duckdb_tables()", "duckdb_columns()", "duckdb_views()", "duckdb_schemas()"):
            yield kind, str(connection.execute(f"from {kind}").fetchall())


def _frame(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Each column's distinct values as text; whole numbers without a fraction."""
    for column in frame:
        values = pd.Series(frame[column].drop_duplicates().dropna())
        if pd.api.types.is_float_dtype(values):
            values = values[values.mod(1).eq(0)].astype("int64")
        yield f"{name}.{column}", _APART.join(values.astype(str))


def _sqlite(path: Path) -> Iterator[tuple[str, str]]:
    """Every row of every table; Dagster keeps some values deflated."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            lines: list[str] = []
            for row in connection.execute(f'select * from "{table}"'):
                lines += map(_cell_text, row)
            yield table, "\n".join(lines)


def _cell_text(value: object) -> str:
    return (_inflated(value) or value).decode("utf-8", "ignore") if isinstance(value, bytes) else str(value)


def _decoded(content: bytes) -> Iterator[str]:
    """What stands behind base64 and behind the per cent signs of addresses."""
    for run in _BASE64.findall(content):
        body = run.rstrip(b"=")
        if len(body) % 4 == 1:  # no such end exists: the run is more than base64
            body = body[:-1]
        yield base64.b64decode(body + b"=" * (-len(body) % 4)).decode("utf-8", "ignore")
    if _QUOTED.search(content):
        yield unquote_plus(content.decode("ascii", "ignore"), errors="ignore")


def _inflated(content: bytes) -> bytes | None:
    try:
        return zlib.decompress(content, wbits=47)  # zlib or gzip, as the header says
    except zlib.error:
        return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def _bare(folded: str) -> str:
    if folded.isascii():
        return folded
    return _MARKS.sub("", unicodedata.normalize("NFD", folded)).replace("đ", "d")


def _among(names: set[Name], words: list[str]) -> set[Name]:
    """Which of the names stand in a text of these words."""
    first = {name[0] for name in names}
    starts = [at for at, word in enumerate(words) if word in first]
    return names.intersection(tuple(words[at : at + size]) for at in starts for size in _WORDS_OF_A_NAME)


def _entity(match: re.Match[str]) -> str:
    number = int(match[2], 16 if match[1] else 10)
    return chr(number) if number < 0x110000 else " "
