"""What of a sample's columns could not be placed: header, letters, the nearest known header, and a few values."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dagster_project.contracts.models import Contract
from dagster_project.ingest.new_feed.masking import mask_header, show_samples
from dagster_project.ingest.new_feed.sample import Sample, read_without_rivals
from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import RawTable, find_column_of_role, name_column

_ALIKE = 0.6
"""Likeness (0–1) from which on a header is worth a hint; a person decides."""


@dataclass(frozen=True)
class Unplaced:
    """Describes a column that answers to no name of the domain.

    `letters`: where it stands (of twins both); None in files without letters. `path`: the texts of its header from the
    top down; `header`: these as they may be shown. `nearest`: role and the known header that reads most like it.
    `samples`: some of its values, as they may be shown.
    """

    letters: str | None
    path: tuple[str, ...]
    nearest: tuple[str, str] | None = None
    samples: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """Returns the header as it may be shown."""
        return mask_header(" / ".join(" ".join(part.split()) for part in self.path))


def list_unplaced(sample: Sample, contract: Contract, ignored: Iterable[str]) -> list[Unplaced]:
    """List the columns of all tables that no role is read from, each header once; `ignored` are headers of no use."""
    useless = {text.make_header_key(name)[0] for name in ignored}
    rivals = {letters for columns in sample.rivals.values() for letters, _ in columns}
    found: dict[str, Unplaced] = {}
    for table in sample.tables:
        of_table: dict[str, Unplaced] = {}
        for one in _list_of_table(table):
            if text.make_header_key(one.path[-1])[0] not in useless and one.letters not in rivals:
                key = "/".join(map(text.make_key, one.path))
                twin = of_table.get(key)
                of_table[key] = one if twin is None else replace(one, letters=f"{twin.letters}, {one.letters}")
        found = of_table | found
    personal = {column.name for column in contract.columns if column.is_personal}
    values = _read_values(sample, found.values())
    return [
        _describe(one, cells, sample.spec.aliases, personal) for one, cells in zip(found.values(), values, strict=True)
    ]


def _list_of_table(table: RawTable) -> Iterator[Unplaced]:
    taken = set(table.columns.values())
    yield from (Unplaced(name_column(index), path) for index, path in table.paths.items() if index not in taken)
    # Keys of JSON, columns of a database, and columns without any header.
    named = {" ".join(path[-1].split()) for path in table.paths.values()}
    yield from (Unplaced(None, (name,)) for name in table.unknown_headers if name not in named)


def _describe(one: Unplaced, cells: Sequence[str], known: Mapping[str, Sequence[str]], personal: set[str]) -> Unplaced:
    nearest = find_nearest(one.path, known)
    is_personal = nearest is not None and find_column_of_role(nearest[0]) in personal
    return replace(
        one, nearest=nearest, samples=tuple(show_samples(cells, " ".join(one.path), is_personal=is_personal))
    )


def find_nearest(path: Sequence[str], known: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """Find the known header, and its role, that reads most like the texts above a column; None when none is alike."""
    own = {text.make_header_key(words)[0] for words in (" ".join(path), "/".join(path), "/".join(path[-2:]), *path)}
    scored = [
        (difflib.SequenceMatcher(None, words, text.make_header_key(name)[0]).ratio(), role, name)
        for role, names in known.items()
        for name in names
        for words in own
    ]
    score, role, name = max(scored, key=lambda one: one[0], default=(0.0, "", ""))
    return (role, name) if score >= _ALIKE else None


def _read_values(sample: Sample, wanted: Iterable[Unplaced]) -> list[list[str]]:
    """Read the values of these columns: the readers are asked for them by their whole headers, as for any other."""
    roles = {f"unplaced {number}": ("/".join(one.path),) for number, one in enumerate(wanted)}
    spec = replace(sample.spec, aliases={**sample.spec.aliases, **roles})
    tables = read_without_rivals(replace(sample, spec=spec)).tables  # two columns of one header show no values
    return [_collect_texts(tables, role) for role in roles]


def _collect_texts(tables: Sequence[RawTable], role: str) -> list[str]:
    filled = (table.frame[role].dropna() for table in tables if role in table.frame)
    return list(dict.fromkeys(words for cells in filled for cell in cells if (words := _write(cell))))


def _write(cell: object) -> str:
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return text.clean_text(text.write_cell(cell) or "")
