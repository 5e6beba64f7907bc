"""How one office sends one feed: the model of a `*.layout.yaml`, strictly read (an unknown key is an error at load)."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Transport(_Strict):
    """Says where the files come from. The embedded default reads a folder of the inbox."""

    kind: Literal["folder"] = "folder"


class Reader(_Strict):
    """Says how bytes become a table."""

    kind: Literal["xlsx", "csv", "json_pages", "json_tree", "html_table", "sql"]
    encoding: str = "utf-8"
    delimiter: str = ","
    table: str = ""


class Delivery(_Strict):
    """Says what one file states: everything about its period, or what changed.

    `months`: every month that its sheets speak of; `plan_year`: a plan year up to the data date; `register`: a table
    that holds everything so far, of which a night sees what is dated up to its day. `scope`: the file speaks of one
    such unit alone and replaces earlier files of the same unit only; which one it is, its content says.
    """

    mode: Literal["snapshot", "delta"]
    period: Literal["month", "months", "data_date", "plan_year", "as_named", "register", "register_or_part", "none"]
    scope: Literal["commune"] | None = None
    data_date_from: tuple[Literal["title", "name", "rows"], ...] = ("title", "name", "rows")


class Rhythm(_Strict):
    """Says when the office is expected to send, when its silence is late, and how old its data date may be at D."""

    cadence: Literal["nightly", "weekly", "twice_monthly", "monthly"]
    late_after_days: int = Field(ge=0)
    max_age_days: int = Field(ge=0)
    expected_from: date

    @model_validator(mode="before")
    @classmethod
    def _refuse_former_key(cls, given: Any) -> Any:
        """Raise ValueError for a layout of before, whose days were counted from the end of a period."""
        if isinstance(given, dict) and "stale_after_days" in given:
            raise ValueError(
                "thay `stale_after_days` bằng `max_age_days`, số ngày tối đa kể từ ngày số liệu "
                "(hằng đêm 7, hằng tuần 14, nửa tháng 45, hằng tháng 66)"
            )
        return given


class UnitReading(_Strict):
    """Says how the handling unit is read: by code, by name, and at which date it is resolved.

    `read_as`: codes that this form uses for another unit than the register does → the register's code. `code_or_name`:
    a file that has a column for one of the two is complete. `aliases`: words that this office writes at the start of a
    cell, or as the whole of it → the words that they mean ("Tổ công tác": "UBND"; "Bãi Bằng": "xã Phù Ninh"; "Cả vùng":
    "Toàn tỉnh"). They are read where the rules refuse the cell, and change nothing that the rules settle.
    """

    code_system: Literal["gso", "portal"] | None = None
    codes_valid_from: date | None = None
    resolved_at: str = Field(description="a column of the contract, or `data_date`")
    read_as: dict[str, str] = {}
    aliases: dict[str, str] = {}
    code_or_name: bool = False


class TotalRule(_Strict):
    """Names a control figure of the file, a total row or an envelope field, and what it must equal."""

    measure: str
    stated_in: Literal["total_row_count", "total_row_sum", "envelope", "parent"]
    source: str = ""


class SubColumns(_Strict):
    """Describes measures that stand side by side, once for each member, under a merged header.

    One row of the file becomes one row per member.

    `column`: the column of the contract that the member's word fills; `of`: the measures; `members`: word → headers.
    """

    column: str
    of: tuple[str, ...]
    members: dict[str, tuple[str, ...]]

    def name_role(self, measure: str, member: str) -> str:
        """Return the reader's name for one sub-column."""
        return f"{measure}@{member}"


class Layout(_Strict):
    """Says how one office sends one feed: one file per feed, so that a new feed of a known domain is one new file."""

    feed_id: str
    domain: str
    area: str | None
    title_vi: str
    owner_vi: str
    fixer_vi: str
    office_vi: str | None = Field(
        default=None, description="who receives the workbook of what is to mend; without it the sender (`owner_vi`)"
    )
    transport: Transport
    reader: Reader
    delivery: Delivery
    rhythm: Rhythm
    unit: UnitReading | None = None
    every_unit_owes: bool = Field(default=False, description="each unit of the area sends rows, so silence is a gap")
    number_style: Literal["vi", "iso"] = "vi"
    date_styles: tuple[str, ...] = Field(
        default=("dmy", "iso", "compact", "excel", "excel_text"), description="forms of a day that this office may use"
    )
    money_unit: Literal["dong", "trieu_dong", "stated"] = "dong"
    units: dict[str, str] = Field(
        default={},
        description="words of an ĐVT line, or of a header's bracket, that haicap does not know → the unit meant",
    )
    said_once: dict[str, Literal["title_year", "data_date"]] = Field(
        default={}, description="columns that the file may say once for all its rows, where it has no such column"
    )
    periods: dict[str, str] = Field(
        default={}, description="words by which this office names a period → the same in words that are read"
    )
    values: dict[str, dict[str, str]] = Field(
        default={},
        description="column of a code list → words of this office that the list lacks → the code that they mean",
    )
    sub_columns: SubColumns | None = None
    headers: dict[str, tuple[str, ...]]
    ignored_headers: tuple[str, ...] = ()
    totals: tuple[TotalRule, ...] = ()

    @property
    def mending_office_vi(self) -> str:
        """Return the office that can find a row of this feed again: the sender, unless the layout names another."""
        return self.office_vi or self.owner_vi
