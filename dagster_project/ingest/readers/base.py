"""What goes into a reader and what comes out. Readers turn bytes into raw tables and judge nothing but the file itself.

Every row of a sheet that is not blank comes out exactly once: in `frame` (data), in `not_data` (heading, header, group,
total, note, signature) or in `bad_rows` (a line that does not fit the header). So rows read = the three together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd

from dagster_project.contracts.models import Contract, Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.columns import NUMBERS


class Printed(float):
    """Is a number that is printed with other signs than its own digits: 7 as "007", 12345 as "12-345". As an amount it
    is the number; a key is what is printed."""

    def __new__(cls, number: float, printed: str) -> Printed:
        """Make the number with its print."""
        made = super().__new__(cls, number)
        made.printed = printed
        return made

    printed: str


RowKind = Literal["heading", "header", "column_numbers", "group", "part", "total", "note", "signature"]
NOT_DATA_COLUMNS = ["_row", "kind"]
ORDINALS = frozenset({"stt", "tt", "số tt", "số thứ tự", "no", "stt/no"})
"""Headers of the running number: known in every form, so never drift."""
SHOWN = 60
"""Letters of a sheet's name in a message."""
TOTAL_COLUMNS = ["_row", "label", "_kind", "_from_row", "_to_row", "cells"]


_NAMES = ("id", "code", "text", "free_text", "unit", "national_id", "phone", "person_name")
"""Kinds of columns that say which thing a row speaks of, or speak freely."""
MEMBER = "@"
"""Stands between a measure and its member in a role: plan_pm@ODA."""


Meaning = Literal["of_year", "event"]
"""What a column means beside its kind: money within one plan year, a day on which something happened."""
ROW_UNIT = "_unit"
"""Begins the roles of columns in which each row names its unit."""


def find_column_of_role(role: str) -> str:
    """Return the contract's column that a role of the reader speaks of: commune.name → commune, plan_pm@ODA →
    plan_pm."""
    return role.split(MEMBER)[0].split(".")[0]


@dataclass(frozen=True)
class ReadSpec:
    """Tells a reader what it must know of a feed.

    `aliases`: canonical role → header texts (workbooks, CSV, HTML) or keys (JSON). In a merged header a role may be
    addressed by its path, "Thanh toán KLHT/NSTW"; several roles may read one column. `required`: roles without which
    the file is blocked; `stand_ins`: one of them → the role that does as well. `amounts`: roles of figures, of which a
    merged cell counts once. `names`: roles that say which row it is, not what is counted; `keys`: those of the
    contract's key. `place`: the role of a unit's
    name, which a group row may say for its rows. `meanings`: role → what its header may not contradict. `said_of`: role
    → the role of what it is said of, whatever else tells rows apart.
    `encoding` and `delimiter` are what the
    office says it sends; the reader believes the content. `table`: of a database.
    """

    kind: Literal["xlsx", "csv", "json_pages", "json_tree", "html_table", "sql"]
    aliases: Mapping[str, Sequence[str]]
    required: frozenset[str] = frozenset()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    amounts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    place: str | None = None
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    said_of: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    table: str = ""

    def find_lacking(self, columns: Collection[str]) -> list[str]:
        """Return the required roles that a header with these columns does not tell."""
        return sorted(role for role in self.required if not {role, self.stand_ins.get(role)} & set(columns))

    def list_key_columns(self, columns: Mapping[str, int]) -> list[int]:
        """List the columns (role → place) that say which thing a row speaks of: names first, but the place, then what
        else tells rows apart (its fund, its year)."""
        place = find_column_of_role(self.place or "")
        named = [role for role in columns if role in self.required & self.names]
        named.sort(key=lambda role: find_column_of_role(role) == place)
        return [columns[role] for role in [*named, *(role for role in columns if role in self.keys - {*named})]]


def make_read_spec(feed: Feed) -> ReadSpec:
    """Make the ReadSpec of a feed from its contract and its layout."""
    layout = feed.layout
    kinds = {column.name: column.kind for column in feed.contract.columns}
    said_of = {column.name: column.said_of for column in feed.contract.columns}
    return ReadSpec(
        kind=layout.reader.kind,
        aliases=feed.reader_headers,
        required=feed.needed_headers,
        stand_ins=feed.stand_ins,
        amounts=frozenset(role for role in feed.reader_headers if kinds.get(find_column_of_role(role)) in NUMBERS),
        names=frozenset(role for role in feed.reader_headers if kinds.get(find_column_of_role(role)) in _NAMES),
        keys=frozenset(role for role in feed.reader_headers if find_column_of_role(role) in feed.contract.key),
        place=next((role for role in feed.reader_headers if role.endswith(".name")), None),
        meanings=find_meanings(feed.contract, feed.reader_headers),
        said_of={role: of for role in feed.reader_headers if (of := said_of.get(find_column_of_role(role)))},
        encoding=layout.reader.encoding,
        delimiter=layout.reader.delimiter,
        table=layout.reader.table,
    )


def find_meanings(contract: Contract, roles: Iterable[str]) -> dict[str, Meaning]:
    """Find which roles hold money of one plan year (it is part of the contract's key), and which the day of an
    event."""
    columns = {column.name: column for column in contract.columns}
    meanings: dict[str, Meaning] = {}
    for role in roles:
        column = columns.get(find_column_of_role(role))
        if column is not None and column.is_event:
            meanings[role] = "event"
        elif column is not None and column.kind == "money" and "plan_year" in contract.key:
            meanings[role] = "of_year"
    return meanings


@dataclass(frozen=True)
class Finding:
    """Tells the sender something about a file that was read all the same. `rule` is a name of `sources/rules.yaml`.

    `row` and `column` (canonical) are None when the finding is about the whole file. `value` is never personal.
    """

    rule: str
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass
class RawTable:
    """Holds one sheet (or page, or table) as delivered.

    `frame`: canonical columns that the sheet has, and those of its rows' units (ROW_UNIT), raw cells (objects from
    workbooks, HTML and JSON, dtype `str` from CSV; None or NA where empty), and `_row`: the 1-based row of the sheet,
    record of the CSV or item of the JSON.
    `not_data`: `_row`, `kind`. `bad_rows`: `_row`, `text`: lines with another number of fields than the header; they
    may hold personal data. `totals`: control figures: `_row`, `label` (as a comparison key), `_kind` (total | group |
    part), `_from_row`..`_to_row` (the rows that it covers, both ends), `cells` (its non-empty cells) and the canonical
    columns raw; file totals come last. `columns`: role → 0-based column of the sheet; `heads`: role → its header (or
    key), as written; `paths`: column → all texts of its header, from the top down. `header_units`: role → what its
    header says in brackets. `title`: the text above the header, or of a cover sheet, one line per cell. `unit_phrases`:
    what its ĐVT lines say ("triệu đồng; ha"). `notes_of_units`: the same of notes below its rows, each with its row.
    `extra`: `plan_year` from the title, the envelope of a JSON page (totalItems, …),
    `parent` and `monthlyChart` of a progress tree.
    """

    sheet: str | None
    frame: pd.DataFrame
    not_data: pd.DataFrame = field(default_factory=lambda: make_empty_frame(NOT_DATA_COLUMNS))
    bad_rows: pd.DataFrame = field(default_factory=lambda: make_empty_frame(["_row", "text"]))
    totals: pd.DataFrame = field(default_factory=lambda: make_empty_frame(TOTAL_COLUMNS))
    unknown_headers: list[str] = field(default_factory=list)
    header_units: dict[str, str] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    paths: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lost: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    title: str = ""
    unit_phrases: tuple[str, ...] = ()
    notes_of_units: tuple[tuple[int, str], ...] = ()
    findings: list[Finding] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    rows_like_data: int = 0
    """Counts the rows below the header that were taken for no data, although they are as full as a row of data."""

    @property
    def rows_read(self) -> int:
        """Counts the rows that are not blank, each once."""
        return len(self.frame) + len(self.not_data) + len(self.bad_rows)

    @property
    def is_heading(self) -> bool:
        """Tells whether this is a sheet without a table: a cover, or notes."""
        return len(self.frame.columns) <= 1


def make_empty_frame(columns: list[str]) -> pd.DataFrame:
    """Make an empty frame whose row numbers are integers all the same."""
    return _make_empty_frame(tuple(columns)).copy()


@cache
def _make_empty_frame(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="int64" if name.endswith("_row") else object) for name in columns})


def report_missing_columns(
    wanted: Iterable[str],
    spec: ReadSpec,
    found: Iterable[str],
    sheet: str | None,
    lost: Mapping[str, Sequence[tuple[str, tuple[str, Sequence[str]]]]] = MappingProxyType({}),
) -> BlockedFile:
    """Return the refusal of a file that lacks a required column: it names what is wanted and what the header has
    instead.

    `found` is quoted only when one of its texts is a header of this feed: else it may be a row of persons. `lost`: role
    → the columns that bear its name, and hold something else: what ("kế hoạch"), and the column (letters, texts).
    """
    wanted = list(wanted)
    only = {
        role: "; ".join(f"chỉ có cột {said}: {name_columns([column])}" for said, column in lost[role])
        for role in wanted
        if lost.get(role)
    }
    where = f" ở trang tính “{sheet}”" if sheet else ""
    if only:
        reasons = "; ".join(f"“{spec.aliases[role][0]}” ({said})" for role, said in only.items())
        others = [f"“{spec.aliases[role][0]}”" for role in wanted if role not in only]
        return BlockedFile(
            "missing_column",
            f"Tệp thiếu cột bắt buộc{where}: {', '.join([reasons, *others])}.",
            "Bổ sung cột số liệu thực tế, lũy kế đến ngày báo cáo, với tên cột đúng mẫu biểu; nếu tiêu đề phía trên cột"
            " ghi nhầm thì sửa lại, rồi gửi lại.",
        )
    lacking = [" hoặc ".join(f"“{name}”" for name in spec.aliases[role]) for role in wanted]
    known = {text.make_header_key(part)[0] for names in spec.aliases.values() for part in _list_parts(names)}
    texts = list(found)
    is_header = any(text.make_header_key(name)[0] in known for name in texts)
    have = [" ".join(name.split()) for name in texts] if is_header else []
    seen = ", ".join(f"“{name}”" for name in have[:40]) if have else "không có dòng tiêu đề nào"
    return BlockedFile(
        "missing_column",
        f"Tệp thiếu cột bắt buộc{where}: {', '.join(dict.fromkeys(lacking))}. Tiêu đề tìm thấy: {seen}.",
        "Dùng đúng mẫu biểu đã thống nhất, giữ nguyên tên cột, rồi gửi lại.",
        lacking=_find_nearest(
            {role: spec.aliases[role] for role in wanted},
            [name for name in have if text.make_header_key(name)[0] not in known | ORDINALS],
        ),
    )


_NEAREST = 3
"""How many headers are told that may be the name of a missing column; a person decides."""


def _list_parts(names: Iterable[str]) -> list[str]:
    """List headers, and of those that are paths ("Thanh toán KLHT/NSTW") what each cell says."""
    return [part for name in names for part in dict.fromkeys([name, *name.split("/")])]


def _find_nearest(wanted: Mapping[str, Sequence[str]], unknown: Sequence[str]) -> dict[str, list[str]]:
    """Find for each role (→ its headers) which of the unknown headers read most like them."""
    nearest: dict[str, list[str]] = {}
    for role, names in wanted.items():
        keys = [text.make_header_key(part)[0] for part in _list_parts(names)]
        likeness = {
            name: max(SequenceMatcher(None, text.make_header_key(name)[0], key).ratio() for key in keys)
            for name in dict.fromkeys(unknown)
        }
        nearest[role] = sorted(likeness, key=lambda name: -likeness[name])[:_NEAREST]
    return {role: names for role, names in nearest.items() if names}


class TwoColumnsForOne(BlockedFile):
    """Says of a header that several of its columns have the same meaning, and no rule chooses one of them.

    `rivals`: role → its columns (letters, texts from the top down). `words`: headers that a layout can tell apart.
    """

    def __init__(
        self,
        rivals: Mapping[str, Sequence[tuple[str, Sequence[str]]]],
        sheet: str | None,
        words: Iterable[str] = (),
    ) -> None:
        self.rivals = rivals
        rule = load_rules()["two_columns_for_one"]
        where = f" ở trang tính “{sheet}”" if sheet else ""
        super().__init__(
            "two_columns_for_one",
            f"{rule.message_vi.rstrip('.')}{where}: {'; '.join(map(name_columns, rivals.values()))}.",
            rule.remedy_vi,
            words,
        )


def name_column(index: int) -> str:
    """Return the letters of a 0-based column: 27 → "AB"."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def name_columns(columns: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Name columns (letters, texts from the top down) as people read them: cột M “Lũy kế / NSTW” và cột O “…”."""
    return " và ".join(
        f"cột {letters} “{' / '.join(' '.join(part.split()) for part in path)}”" for letters, path in columns
    )


def report_unreadable(reason: str, remedy: str = "Mở thử tệp, xuất lại rồi gửi.") -> BlockedFile:
    """Return the refusal of a file whose content cannot be read; `reason` is a Vietnamese clause."""
    return BlockedFile("unreadable", f"Tệp không đọc được: {reason}.", remedy)
