"""A layout from a sample: what one file of an office shows of how it sends, for a person to finish.

The headers are matched to the contract's columns by every name that the contract and the layouts of the domain know for
them; the readers find header, encoding and delimiter as they do every night. What the sample does not show is marked in
the draft and never guessed. Only words of code lists are guessed, each for a person to confirm. A draft is no layout:
at least whose file it is only a person can say.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from dagster_project.contracts.layouts import Layout, SubColumns
from dagster_project.contracts.models import Contract
from dagster_project.contracts.registry import Registry
from dagster_project.core.errors import UsageError
from dagster_project.ingest.new_feed.evidence import Evidence
from dagster_project.ingest.new_feed.masking import mask_header
from dagster_project.ingest.new_feed.sample import Columns, Sample, collect_known_names, read_by_known_names
from dagster_project.ingest.new_feed.unplaced import Unplaced, list_unplaced
from dagster_project.ingest.new_feed.value_guesses import Word, guess_values
from dagster_project.ingest.normalise import data_dates, dates, text
from dagster_project.ingest.normalise.columns import DAYS
from dagster_project.ingest.normalise.quantities import UnitReading, join_readings, read_money
from dagster_project.ingest.readers.base import MEMBER, RawTable, find_column_of_role, name_column, name_columns
from dagster_project.ingest.readers.headers import Matcher

TO_FILL = "CẦN ĐIỀN"
"""Stands in a draft where only a person knows what to write."""


@dataclass
class Draft:
    """Holds what the sample shows. `headers`: role → headers as written; `open_points`: what a person must still say.

    `missing`: required roles without a header → headers of the sample that read alike; `unplaced`: columns that no role
    is read from; `rivals`: role → columns that have the same right to it. `placed`: role → the letters of its column.
    `in_groups`: the role of a place that group rows name for the rows below them. `like`: the layout of the domain
    whose form is nearest; its rhythm and delivery are proposals.
    """

    domain: str
    area: str
    reader: dict[str, str]
    like: Layout
    headers: dict[str, list[str]] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    in_groups: str | None = None
    sub_columns: SubColumns | None = None
    said_once: dict[str, str] = field(default_factory=dict)
    unplaced: list[Unplaced] = field(default_factory=list)
    rivals: Mapping[str, Columns] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    money_unit: str = "dong"
    date_styles: list[str] = field(default_factory=list)
    code_system: str | None = None
    sheets: list[str] = field(default_factory=list)
    data_date: date | None = None
    open_points: list[str] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def feed_id(self) -> str:
        """Names the feed and its folder in the inbox."""
        return f"{self.domain}_{self.area}"

    def note_evidence(self, evidence: Evidence) -> None:
        """Note how the sample was read by this draft; what keeps a night from using it is a point to settle."""
        self.evidence = evidence
        self.open_points += [f"Đọc thử tệp mẫu chưa được: {fault}" for fault in evidence.faults]


def read_sample(
    content: bytes, name: str, domain: str, area: str, registry: Registry, money_unit: str | None = None
) -> Draft:
    """Draft a layout of `domain` for the office that sent this file.

    `money_unit` (dong | trieu_dong): what a person knows of the amounts, where the file does not say. Raises UsageError
    for an unknown domain, or one that has no finished layout, and BlockedFile when the file cannot be read or shares no
    column with the contract.
    """
    contract = registry.contracts.get(domain)
    if contract is None:
        raise UsageError(f"Không có lĩnh vực '{domain}'.", f"Chọn một trong: {', '.join(registry.contracts)}.")
    known = _list_models(registry, domain)
    sample = read_by_known_names(content, name, contract, known)
    like = _choose_nearest_layout(known, sample.reader["kind"])
    draft = Draft(domain, area, sample.reader, like, rivals=sample.rivals)
    draft.sheets = [table.sheet for table in sample.tables if table.sheet]
    draft.unplaced = list_unplaced(sample, contract, like.ignored_headers)
    _match_headers(draft, sample, contract, known)
    _detect_dates_and_units(draft, sample.tables, contract, name)
    _decide_money_unit(draft, sample.tables, contract, money_unit)
    draft.words = guess_values(sample.tables, contract, known, registry)
    _list_open_words(draft)
    draft.open_points.append(f"Điền tên nguồn, cơ quan gửi và ai sửa được số liệu (các dòng “{TO_FILL}”).")
    return draft


def _list_models(registry: Registry, domain: str) -> list[Layout]:
    """List the layouts of a domain that a person has finished: what is guessed in one draft proves nothing for another.

    Raises UsageError when there is none.
    """
    layouts = [feed.layout for feed in registry.list_domain(domain)]
    finished = [one for one in layouts if TO_FILL not in "\n".join((one.title_vi, one.owner_vi, one.fixer_vi))]
    if not finished:
        raise UsageError(
            f"Lĩnh vực '{domain}' chưa có bố cục nào làm xong để theo.",
            f"Điền xong {layouts[0].feed_id} trước." if layouts else "Chép một bố cục của lĩnh vực ấy vào rồi sửa.",
        )
    return finished


def _list_open_words(draft: Draft) -> None:
    """Note that words of code lists wait for a person: those to confirm, and those that nobody could guess."""
    guessed = sum(word.code is not None for word in draft.words)
    if guessed:
        draft.open_points.append(f"{guessed} giá trị mã mới được đoán nghĩa (mục `values`): xác nhận từng dòng.")
    if len(draft.words) > guessed:
        draft.open_points.append(
            f"{len(draft.words) - guessed} giá trị mã chưa đoán được nghĩa (mục `values`): chọn mã cho từng giá trị."
        )


def _choose_nearest_layout(known: list[Layout], kind: str) -> Layout:
    """Choose a layout of the domain that is read in the same way, else its first."""
    return next((layout for layout in known if layout.reader.kind == kind), known[0])


def _match_headers(draft: Draft, sample: Sample, contract: Contract, known: Sequence[Layout]) -> None:
    """Note for each role the headers by which the sample's tables name it."""
    matcher = Matcher(sample.spec)
    members: dict[str, None] = {}
    for table in sample.tables:
        for role, head in table.heads.items():
            measure, _, member = role.partition(MEMBER)
            path = _shorten(role, table.paths.get(table.columns.get(role, -1), (head,)), matcher)
            name = " ".join("/".join(path[:-1] if member else path).split())
            names = draft.headers.setdefault(measure, [])
            names += [name] if name not in names else []
            members |= {member: None} if member else {}
            if table.paths:
                draft.placed.setdefault(role, name_column(table.columns[role]))
    place = sample.spec.place
    if place not in (None, *draft.headers) and any(place in table.frame for table in sample.tables):
        draft.in_groups = place
        draft.headers[str(place)] = list(collect_known_names(contract, known)[str(place)])
    if sample.wide is not None and members:
        wide = sample.wide
        draft.sub_columns = SubColumns(
            column=wide.column,
            of=tuple(measure for measure in wide.of if measure in draft.headers),
            members={member: words for member, words in wide.members.items() if member in members},
        )
    order = {column.name: number for number, column in enumerate(contract.columns)}
    draft.headers = dict(sorted(draft.headers.items(), key=lambda item: (order[item[0].split(".")[0]], item[0])))
    _find_values_said_once(draft, sample.tables)
    _list_missing_columns(draft, contract)
    _list_rivals(draft, contract)


def _shorten(role: str, path: Sequence[str], matcher: Matcher) -> Sequence[str]:
    """Return the lowest texts of a header by which the readers know its column: forms change their upper rows. Of one
    whose lowest text only says which figures it holds ("Thực tế") the text above it is known."""
    for parts in (path[-1:], path[-2:], path, (path[0], path[-1]), path[-2:-1] or path):
        if role in matcher.find_roles([text.make_header_key("/".join(parts))]):
            return parts
    return path[-2:]  # two cells that say one header together


_ONCE = {"plan_year": "title_year", "report_date": "data_date"}


def _find_values_said_once(draft: Draft, tables: list[RawTable]) -> None:
    """Find columns that some layout of the domain lets the file say once, where this one has no header for them."""
    in_title = any(table.extra.get("plan_year") for table in tables)
    dated = (data_dates.find_data_date(table.title) for table in tables)
    draft.data_date = next((found.end for found in dated if found is not None), None)
    for column, how in _ONCE.items():
        if column not in draft.headers and (in_title if how == "title_year" else draft.data_date is not None):
            draft.said_once[column] = how


def _list_missing_columns(draft: Draft, contract: Contract) -> None:
    """List required columns that nothing in the sample names, each with the headers left over that read alike."""
    for column in contract.columns:
        named = any(role.split(".")[0] == column.name for role in draft.headers)
        is_above = draft.sub_columns is not None and draft.sub_columns.column == column.name
        if not column.required or named or is_above or column.kind.startswith("file_period"):
            continue
        if column.name in draft.said_once or column.read_from:
            continue
        role = f"{column.name}.name" if column.kind == "unit" else column.name
        draft.missing[role] = _find_close_headers(column.label_vi, draft.unplaced)
        if not any(find_column_of_role(one) == column.name for one in draft.rivals):
            draft.open_points.append(f"Cột bắt buộc “{column.label_vi}” ({role}) chưa có tiêu đề.")
    names = {column.name for column in contract.columns}
    draft.said_once = {column: how for column, how in draft.said_once.items() if column in names}


def _list_rivals(draft: Draft, contract: Contract) -> None:
    """Note every column that two headers claim, be it required or not: as long as none is chosen it is not read."""
    known = {column.name: column for column in contract.columns}
    for role, rivals in draft.rivals.items():
        column = known[find_column_of_role(role)]
        which = "Cột bắt buộc" if role in draft.missing else "Cột"
        todo = "chọn một" if can_be_told_apart(rivals) else "cơ quan gửi phải ghi tiêu đề khác nhau"
        named = mask_header(name_columns(rivals))
        draft.open_points.append(f"{which} “{column.label_vi}” ({role}) có hai cột cùng nghĩa: {named}; {todo}.")


def can_be_told_apart(rivals: Columns) -> bool:
    """Tell whether the headers of these columns differ, so that a layout can name the one and not the other."""
    return len({tuple(map(text.make_key, path)) for _, path in rivals}) == len(rivals)


def _find_close_headers(label: str, unplaced: Sequence[Unplaced]) -> list[str]:
    """Find the headers left over that read like a label. A hint for a person, so that a doubtful one does no harm."""
    keys = {text.make_header_key(words)[0]: one.header for one in unplaced for words in (*one.path, " ".join(one.path))}
    close = difflib.get_close_matches(text.make_header_key(label)[0], list(keys), n=3, cutoff=0.5)
    return list(dict.fromkeys(keys[key] for key in close))


def _detect_dates_and_units(draft: Draft, tables: list[RawTable], contract: Contract, name: str) -> None:
    """Detect the styles of dates that the cells have, and by which codes units are named."""
    columns = [column.name for column in contract.columns if column.kind in DAYS and column.name in draft.headers]
    cells = _collect_cells(tables, columns)
    draft.date_styles = _detect_date_styles(cells, draft.like.date_styles)
    codes = _collect_cells(tables, [role for role in draft.headers if role.endswith(".code")]).astype("str").str.strip()
    if len(codes):
        # Most codes decide: a few may be slips, or another system's.
        is_portal = codes.str.upper().str.match(r"H\d{2}\.\d").mean() > 0.5
        draft.code_system = "portal" if is_portal else "gso"
    named = data_dates.find_data_date_in_name(name)
    draft.data_date = draft.data_date or (named.end if named is not None else None)


def _collect_cells(tables: Iterable[RawTable], roles: Iterable[str]) -> pd.Series:
    """Collect the filled cells of these columns on all sheets, as delivered."""
    wanted = list(roles)
    parts = [table.frame[role] for table in tables for role in wanted if role in table.frame]
    return pd.concat(parts, ignore_index=True).dropna() if parts else pd.Series(dtype=object)


def _detect_date_styles(cells: pd.Series, usual: Sequence[str]) -> list[str]:
    """Return the styles that a form of the domain has, and each other one that reads a cell which these do not."""
    styles = list(usual)
    for style in (style for style in dates.STYLES if style not in styles):
        unread = cells[dates.parse_datetime(cells.astype(object), styles).values.isna()] if len(cells) else cells
        if len(unread) and dates.parse_datetime(unread.astype(object), (style,)).values.notna().any():
            styles.append(style)
    return styles


def _decide_money_unit(draft: Draft, tables: list[RawTable], contract: Contract, known: str | None) -> None:
    """Decide who tells the unit of the amounts: the file, else the person; where neither does, reading the sample
    shows it."""
    money = {column.name for column in contract.columns if column.kind == "money"} & set(draft.headers)
    if not money:
        draft.money_unit = draft.like.money_unit
        return
    line = join_readings(read_money(phrase) for table in tables for phrase in table.unit_phrases)
    heads = [_read_heads_of(tables, column) for column in money]
    if known is None or line.factors or all(reading.factors for reading in heads):
        draft.money_unit = "stated"
    else:
        draft.money_unit = known


def _read_heads_of(tables: Sequence[RawTable], column: str) -> UnitReading:
    """Read what the headers of a column say of its unit."""
    return join_readings(
        read_money(table.header_units.get(role, ""))
        for table in tables
        for role in table.heads
        if role.partition(MEMBER)[0] == column
    )
