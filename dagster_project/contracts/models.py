"""What a feed is: the harmonised record (contract) and how one office sends it (layout). Pure data, strictly read.

A contract is an Open Data Contract Standard document, read with the standard's own model; what the standard has no
word for stands in its `customProperties`. A layout is our own small model: unknown keys are refused, so that a typing
mistake in a YAML file is an error at load and never a silent default (`layouts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaProperty
from pydantic import ValidationError

from dagster_project.contracts.layouts import Layout
from dagster_project.contracts.layouts import Rhythm as Rhythm
from dagster_project.contracts.model_faults import describe_model_faults, describe_unreadable_yaml
from dagster_project.core.errors import UsageError
from dagster_project.core.yaml_files import load_yaml

Kind = Literal[
    "id", "code", "text", "free_text", "enum", "flag", "number", "integer", "money", "date", "timestamp", "unit",
    "national_id", "phone", "person_name", "file_period_kind", "file_period_start", "file_period_end", "due_date",
]  # fmt: skip
OnFault = Literal["quarantine", "finding", "allow"]

UNIT_COLUMNS: dict[str, str] = {
    "unit_level": "VARCHAR",
    "unit_code": "VARCHAR",
    "commune_code": "VARCHAR",
    "former_province_code": "VARCHAR",
    "attribution": "VARCHAR",
}
"""What a column of kind `unit` becomes once it is resolved."""

UNIT_KEY = ("unit_level", "unit_code")
"""Of these the ones that say which unit it is: codes of today were codes of former communes, too."""

META_COLUMNS: dict[str, str] = {
    "feed_id": "VARCHAR",
    "area": "VARCHAR",
    "batch_id": "VARCHAR",
    "source_sheet": "VARCHAR",
    "source_row": "INTEGER",
    "sheet_date": "DATE",
    "sheet_no": "INTEGER",
    "content_hash": "UBIGINT",
}
"""Where a landed row comes from, and what it says in one number."""


@dataclass(frozen=True)
class Column:
    """Describes one column of the harmonised record.

    `read_from`, of a due date: the column of its words, and the one whose year a date without a year has.
    `unit`, of a number: what its values are in ("ha", "Mbps", "%"); None for counts, and for money, which is in đồng.
    `several_rule`, of a unit: the rule that a cell breaks which names several units. `tells_rows_apart`: what is
    told of two units under one key are two statements (a lot and a clearance lie in a commune). `may_be_planned`, of an
    event: offices write it before it happens (the notice of an auction). `planned_while`, of a day: the column and its
    codes under which it may lie ahead; under others it is past. `is_identifier`: a text that numbers a paper, which a
    spreadsheet may have taken for a number or a date. `said_of`: the key column that an amount is of, whatever the rest
    of the key is (the investment of a project, beside its funds).
    """

    name: str
    kind: Kind
    type: str
    label_vi: str
    description_en: str
    required: bool
    is_key: bool
    classification: str
    code_list: str | None = None
    pattern: str | None = None
    drop_pattern: str | None = None
    numeric_format: str | None = None
    is_identifier: bool = False
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    is_event: bool = False
    may_be_planned: bool = False
    planned_while: tuple[str, tuple[str, ...]] | None = None
    keeps_pseudonym: bool = False
    in_content: bool = True
    read_from: tuple[str, ...] = ()
    several_rule: str | None = None
    said_of: str | None = None
    tells_rows_apart: bool = False
    not_after_data_date: bool = False
    on_invalid: OnFault = "quarantine"
    on_missing: OnFault = "allow"

    @property
    def is_personal(self) -> bool:
        """Tell whether the column is personal: such a one reaches no disk but the archive and the vault."""
        return self.classification != "public"

    @property
    def comment(self) -> str:
        """Return the comment as every published column carries it: Vietnamese, then English."""
        return f"{self.label_vi} / {self.description_en}"


@dataclass(frozen=True)
class RowRule:
    """Holds a rule across the columns of a row: the sum of `lesser` may not be above the sum of `greater`.

    Rows that break it are used, and named: by the landing, row by row, or by the warehouse, where it takes the latest
    state to know. What takes several rows to know is no rule of a row.
    """

    name: str
    lesser: tuple[str, ...]
    greater: tuple[str, ...]
    message_vi: str
    remedy_vi: str
    listed_by: Literal["landing", "warehouse"] = "landing"


@dataclass(frozen=True)
class Contract:
    """Describes the harmonised record of one domain."""

    domain: str
    title_vi: str
    title_en: str
    grain_vi: str
    version: str
    owner_vi: str
    columns: tuple[Column, ...]
    contradictions: tuple[RowRule, ...]
    content: bytes = field(repr=False)

    @property
    def key(self) -> tuple[str, ...]:
        """Return the names of the key columns."""
        return tuple(c.name for c in self.columns if c.is_key)

    def list_landed_columns(self) -> dict[str, str]:
        """Return name → DuckDB type of every column that a landed row has, in order."""
        landed = dict(META_COLUMNS)
        for column in self.columns:
            if column.kind == "unit":
                landed |= UNIT_COLUMNS
            elif column.keeps_pseudonym:
                landed[f"{column.name}_pseudonym"] = "VARCHAR"
            elif not column.is_personal:
                landed[column.name] = column.type
        return landed


@dataclass(frozen=True, order=True)
class NameRuling:
    """Says what a person decided that a refused name means, beside this former district ('' for none)."""

    name: str
    district: str
    unit_level: str
    unit_code: str


@dataclass(frozen=True)
class Feed:
    """Describes what one office sends of one domain: contract, layout, and what was decided on names of its area."""

    contract: Contract
    layout: Layout
    layout_content: bytes = field(repr=False)
    rulings: tuple[NameRuling, ...] = ()

    @property
    def feed_id(self) -> str:
        """Return the name of the feed, and of its folder in the inbox."""
        return self.layout.feed_id

    @property
    def domain(self) -> str:
        """Return the name of the contract."""
        return self.layout.domain

    @property
    def area(self) -> str | None:
        """Return whose offices send it (pt, vp, hb): provenance only."""
        return self.layout.area

    @property
    def title_vi(self) -> str:
        """Return the name of the feed for people."""
        return self.layout.title_vi

    @property
    def cadence(self) -> str:
        """Return how often it is expected."""
        return self.layout.rhythm.cadence

    @property
    def needed_headers(self) -> frozenset[str]:
        """Return the header roles without which the file is blocked: those of the required columns. A unit's former
        district is none of them: it only tells units of one name apart."""
        required = {c.name for c in self.contract.columns if c.required} - set(self.layout.said_once)
        if self.layout.sub_columns is not None:
            required -= set(self.layout.sub_columns.of)
        return frozenset(
            role for role in self.layout.headers if role.split(".")[0] in required and not role.endswith(".district")
        )

    @property
    def stand_ins(self) -> dict[str, str]:
        """Return header role → the role whose column does as well: of a unit's code and name, where one is enough."""
        if self.layout.unit is None or not self.layout.unit.code_or_name:
            return {}
        units = [column.name for column in self.contract.columns if column.kind == "unit"]
        pairs = [(f"{unit}.code", f"{unit}.name") for unit in units]
        return {role: other for pair in pairs for role, other in (pair, pair[::-1])}

    @property
    def reader_headers(self) -> dict[str, tuple[str, ...]]:
        """Return role → headers as the reader looks for them: a sub-column by its path, "Thanh toán KLHT/NSTW"."""
        headers = dict(self.layout.headers)
        wide = self.layout.sub_columns
        if wide is not None:
            for measure in wide.of:
                above = headers.pop(measure)
                headers |= {
                    wide.name_role(measure, member): tuple(f"{over}/{name}" for over in above for name in names)
                    for member, names in wide.members.items()
                }
        return headers


def read_contract(path: Path) -> Contract:
    """Read one ODCS file. Raises UsageError naming the file when the document or our vocabulary in it is wrong."""
    content, name = path.read_bytes(), f"{path.parent.name}/{path.name}"
    try:
        document = OpenDataContractStandard.model_validate(load_yaml(content.decode("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"Hợp đồng dữ liệu {name} không đọc được: {describe_unreadable_yaml(error)}.") from error
    except ValidationError as error:
        raise UsageError(f"Hợp đồng dữ liệu {name} không đúng mẫu: {describe_model_faults(error)}.") from error
    if not document.schema_ or len(document.schema_) != 1:
        raise UsageError(f"Hợp đồng dữ liệu {path.name} phải mô tả đúng một bảng.")
    table = document.schema_[0]
    custom = _read_custom(document.customProperties)
    columns = tuple(_read_column(p, path) for p in table.properties or [])
    strangers = {c.said_of for c in columns} - {None, *(c.name for c in columns if c.is_key)}
    if strangers:
        raise UsageError(f"{path.name}: `saidOf` nêu cột không phải khóa: {', '.join(sorted(map(str, strangers)))}")
    return Contract(
        domain=str(table.name),
        title_vi=str(table.businessName),
        title_en=str(table.description),
        grain_vi=str(table.dataGranularityDescription),
        version=str(document.version),
        owner_vi=str(custom["ownerVi"]),
        columns=columns,
        contradictions=tuple(_read_row_rule(rule) for rule in custom.get("contradictions", [])),
        content=content,
    )


def read_feed(path: Path, contract: Contract) -> Feed:
    """Read one layout and check it against its contract. Raises UsageError naming what does not fit."""
    content, name = path.read_bytes(), f"{path.parent.name}/{path.name}"
    try:
        layout = Layout.model_validate(load_yaml(content))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"Bố cục {name} không đọc được: {describe_unreadable_yaml(error)}.") from error
    except ValidationError as error:
        raise UsageError(f"Bố cục {name} không đúng mẫu: {describe_model_faults(error)}.") from error
    known = {c.name for c in contract.columns}
    named = {role.split(".")[0] for role in layout.headers} | set(layout.said_once)
    if layout.sub_columns is not None:
        named |= {layout.sub_columns.column, *layout.sub_columns.of}
    strangers = sorted(named - known)
    if strangers:
        raise UsageError(
            f"Bố cục {path.name} nêu cột không có trong hợp đồng {contract.domain}: {', '.join(strangers)}"
        )
    missing = sorted(
        c.name
        for c in contract.columns
        if c.required and not c.kind.startswith("file_period") and not _is_sent(c.name, layout)
    )
    if missing:
        raise UsageError(f"Bố cục {path.name} thiếu tiêu đề cho cột bắt buộc: {', '.join(missing)}")
    return Feed(contract=contract, layout=layout, layout_content=content)


def _is_sent(column: str, layout: Layout) -> bool:
    is_above = layout.sub_columns is not None and layout.sub_columns.column == column
    return is_above or column in layout.said_once or any(role.split(".")[0] == column for role in layout.headers)


def _read_row_rule(rule: dict[str, Any]) -> RowRule:
    sides = {name: tuple(rule[name]) for name in ("lesser", "greater")}
    return RowRule(**(rule | sides))


def _read_custom(properties: Any) -> dict[str, Any]:
    return {str(p.property): p.value for p in properties or []}


def _read_column(source: SchemaProperty, path: Path) -> Column:
    custom = _read_custom(source.customProperties)
    options = source.logicalTypeOptions or {}
    known = {
        "kind",
        "codeList",
        "event",
        "notAfterDataDate",
        "mayBePlanned",
        "plannedWhile",
        "inContent",
        "onInvalid",
        "onMissing",
        "dropPattern",
        "numericFormat",
        "isIdentifier",
        "readFrom",
        "onSeveral",
        "unit",
        "tellsRowsApart",
        "saidOf",
    }
    if "kind" not in custom or set(custom) - known:
        raise UsageError(
            f"{path.name}: cột {source.name} thiếu `kind` hoặc có thuộc tính lạ: {sorted(set(custom) - known)}"
        )
    if (custom["kind"] == "due_date") != (len(custom.get("readFrom", ())) == 2):
        raise UsageError(f"{path.name}: cột {source.name}: `readFrom` nêu đúng hai cột, và chỉ của cột hạn (due_date).")
    return Column(
        name=str(source.name),
        kind=custom["kind"],
        type=str(source.physicalType),
        label_vi=str(source.businessName),
        description_en=str(source.description),
        required=bool(source.required),
        is_key=bool(source.primaryKey),
        classification=source.classification or "public",
        code_list=custom.get("codeList"),
        pattern=options.get("pattern"),
        drop_pattern=custom.get("dropPattern"),
        numeric_format=custom.get("numericFormat"),
        is_identifier=bool(custom.get("isIdentifier", False)),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        unit=custom.get("unit"),
        is_event=bool(custom.get("event", False)),
        may_be_planned=bool(custom.get("mayBePlanned", False)),
        planned_while=next(((at, tuple(codes)) for at, codes in custom.get("plannedWhile", {}).items()), None),
        keeps_pseudonym=bool(custom.get("pseudonym", False)),
        in_content=bool(custom.get("inContent", True)),
        read_from=tuple(custom.get("readFrom", ())),
        several_rule=custom.get("onSeveral"),
        said_of=custom.get("saidOf"),
        tells_rows_apart=bool(source.primaryKey or custom.get("tellsRowsApart", False)),
        not_after_data_date=bool(custom.get("notAfterDataDate", False)),
        on_invalid=custom.get("onInvalid", "quarantine"),
        on_missing=custom.get("onMissing", "allow"),
    )
