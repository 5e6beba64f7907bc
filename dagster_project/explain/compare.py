"""What two versions say differently: every cell of a KPI that changed, and the statements that changed beneath it.

The figures come from the ledger, so that a version whose file is no longer kept can still be compared; restatements and
files come from the published files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.core.database import open_database
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.warehouse import ledger
from dagster_project.warehouse.query import ask, fetch_answer
from dagster_project.warehouse.versions import Version

Row = dict[str, Any]

# to_date ends at D: the same cell in two versions has two last days. `is_open`: the period still ran when the older
# version was published, so that its figure was bound to move; otherwise what was said of a past period has changed.
_CHANGED = """
with older as (
    select * exclude (version, as_of), as_of from ({older})
),
newer as (
    select * exclude (version, as_of), as_of from ({newer})
),
bounds as (
    select period_kind, min(period_start) as first_start from newer group by period_kind
),
cell as (
    select
        coalesce(newer.kpi_id, older.kpi_id) as kpi_id,
        coalesce(newer.grain, older.grain) as grain,
        coalesce(newer.unit_code, older.unit_code) as unit_code,
        coalesce(newer.period_kind, older.period_kind) as period_kind,
        coalesce(newer.period_start, older.period_start) as period_start,
        coalesce(newer.dimension, older.dimension) as dimension,
        coalesce(newer.member, older.member) as member,
        older.numerator as old_numerator, newer.numerator as new_numerator,
        older.denominator as old_denominator, newer.denominator as new_denominator,
        older.value as old_value, newer.value as new_value,
        older.target as old_target, newer.target as new_target,
        older.rating as old_rating, newer.rating as new_rating,
        older.coverage as old_coverage, newer.coverage as new_coverage,
        older.kpi_id is not null as was_there, newer.kpi_id is not null as is_there,
        coalesce(older.period_kind = 'to_date' or older.period_end > older.as_of, false)
            and ?::date < ?::date as is_open
    from older
    full join newer
        on older.kpi_id = newer.kpi_id and older.grain = newer.grain and older.unit_code = newer.unit_code
        and older.period_kind = newer.period_kind and older.period_start = newer.period_start
        and coalesce(older.dimension, '') = coalesce(newer.dimension, '')
        and coalesce(older.member, '') = coalesce(newer.member, '')
),
final as (
    select cell.*
    from cell left join bounds on cell.period_kind = bounds.period_kind
    where
        -- A period that begins after the older version's day, or has left the newer one's window, is no change.
        (cell.was_there or cell.period_start <= ?::date)
        and (cell.is_there or cell.period_start >= bounds.first_start or bounds.first_start is null)
        and (
            cell.was_there <> cell.is_there
            or round(cell.old_value, 9) is distinct from round(cell.new_value, 9)
            or round(cell.old_numerator, 6) is distinct from round(cell.new_numerator, 6)
            or round(cell.old_denominator, 6) is distinct from round(cell.new_denominator, 6)
            or round(cell.old_target, 9) is distinct from round(cell.new_target, 9)
            or cell.old_rating is distinct from cell.new_rating
            or round(cell.old_coverage, 9) is distinct from round(cell.new_coverage, 9)
        )
)
select * from final
order by
    kpi_id, list_position(['province', 'former_province', 'department', 'commune'], grain), unit_code,
    list_position(['week', 'month', 'quarter', 'year', 'to_date'], period_kind), period_start desc, dimension, member
"""
# A version of before the numbers has none: its definitions were the first.
_NUMBERS = """
select kpi_id, max(coalesce(definition_no, 1)) as definition_no
from (
    select cast(null as varchar) as kpi_id, cast(null as integer) as definition_no where false
    union all by name select * from ({figures})
) as told
group by kpi_id
"""
_DEFINITION = "select kpi_id, any_value(domain), any_value(title_vi), any_value(unit) from {} group by kpi_id"
_UNITS = """
select 'commune', commune_code, commune_type || ' ' || commune_name from marts.dim_commune
union all select 'former_province', former_province_code, any_value(former_province)
from marts.dim_commune group by former_province_code
"""
# A key says what it is a key of; the row that a key was stated in is found where the fact keeps it.
_PLACED = """
with place as (
    select 'fct_dossier' as "table", dossier_id as key, batch_id, source_sheet, source_row
    from marts.fct_dossier_history
    union all
    select 'fct_household', household_key::varchar, batch_id, source_sheet, source_row from marts.fct_household
    union all
    select 'fct_disbursement', concat_ws('|', project_code, fund_source, plan_year, report_date), batch_id,
        source_sheet, source_row
    from marts.fct_disbursement
    union all
    select 'fct_auction_lot', concat_ws('|', lot_id, round), batch_id, source_sheet, source_row
    from marts.fct_auction_lot
    union all
    select 'fct_directive', concat_ws('|', directive_no, task), batch_id, source_sheet, source_row
    from marts.fct_directive
    union all
    select 'fct_plan_milestone', concat_ws('|', plan_no, title, milestone), batch_id, source_sheet, source_row
    from marts.fct_plan_milestone
),
first_place as (
    select "table", key, batch_id, min_by(source_sheet, source_row) as sheet, min(source_row) as "row"
    from place group by all
),
"""
_RESTATED = """
stated as (
    select * from marts.restatement
),
final as (
    select
        feed.domain, stated."table", stated.key, stated."column", stated.old_value, stated.new_value,
        stated.first_seen, stated.feed_id, stated.file, {place}
    from stated
    left join marts.feed_status as feed on stated.feed_id = feed.feed_id
    {join}
)
select * from final order by domain, "table", first_seen desc, key, "column", file
"""
_PLACE_JOIN = """left join first_place
        on stated."table" = first_place."table" and stated.key = first_place.key
        and stated.batch_id = first_place.batch_id"""
_SAID = ("table", "key", "column", "old_value", "new_value", "file")
_FILES = "select domain, feed_id, file, state, sha256 from marts.source_file order by feed_id, data_date, file"


@dataclass(frozen=True)
class Comparison:
    """Says how `newer` differs from `older`.

    `cells`: each changed cell with its title, unit of measure, domain, unit's name and `is_open`. `restatements`: those
    that `newer` tells and `older` did not, with file, sheet and row where they are known. `files`: those that only
    `newer` read; `lost_files`: those that only `older` read. `is_complete`: the older file was still there to compare
    statements with; if not, `restatements` are those first seen after its day and no files are told. `kpis`: every one
    that either tells. `redefined`: KPIs that mean something else in `newer`; their cells are in no list.
    """

    older: Version
    newer: Version
    cells: tuple[Row, ...]
    restatements: tuple[Row, ...]
    files: tuple[Row, ...]
    lost_files: tuple[Row, ...]
    is_complete: bool
    kpis: frozenset[str]
    redefined: tuple[Row, ...] = ()

    def list_restatements(self, domain: str) -> tuple[Row, ...]:
        """List the restatements of one domain."""
        return tuple(row for row in self.restatements if row["domain"] == domain)


def compare(home: Home, older: Version, newer: Version) -> Comparison:
    """Compare two versions in the order given, whichever is older. Raises HaicapError where the ledger lacks one."""
    before_no, after_no = (_read_numbers(home, version) for version in (older, newer))
    redefined = [
        {"kpi_id": kpi_id, "old_no": before_no[kpi_id], "new_no": number}
        for kpi_id, number in sorted(after_no.items())
        if before_no.get(kpi_id, number) != number
    ]
    changed = {row["kpi_id"] for row in redefined}
    cells = [cell for cell in _read_changed_cells(home, older, newer) if cell["kpi_id"] not in changed]
    file = newer.path if newer.is_available else older.path if older.is_available else None
    if file is not None:
        _name_cells(file, cells)
    restatements, is_complete = _find_restatements(older, newer)
    before, after = _list_files(older), _list_files(newer)
    both = older.is_available and newer.is_available
    return Comparison(
        older,
        newer,
        tuple(cells),
        tuple(restatements),
        _list_only_in(after, before) if both else (),
        _list_only_in(before, after) if both else (),
        is_complete,
        frozenset(before_no) | frozenset(after_no),
        tuple(redefined),
    )


def _read_changed_cells(home: Home, older: Version, newer: Version) -> list[Row]:
    query = _CHANGED.format(older=_find_figures(home, older), newer=_find_figures(home, newer))
    days = [older.entry.as_of, newer.entry.as_of, older.entry.as_of]
    with open_database() as connection:
        return fetch_answer(connection.execute(query, days)).to_records()


def _read_numbers(home: Home, version: Version) -> dict[str, int]:
    """Return KPI → number of its definition, of every KPI that a version tells."""
    with open_database() as connection:
        return dict(connection.execute(_NUMBERS.format(figures=_find_figures(home, version))).fetchall())


def _find_figures(home: Home, version: Version) -> str:
    """Find what the ledger has of a version's figures, as SQL; its first entry holds them, however often it was
    published."""
    figures = ledger.read_table(home, version.entry.identity, "kpi_value")
    if figures is None:
        raise HaicapError(
            f"Sổ không còn số liệu của phiên bản {version.entry.version}.", "Khôi phục thư mục ledger từ bản sao lưu."
        )
    return figures


def _name_cells(file: Path, cells: list[Row]) -> None:
    """Add to each cell the names that people use for its KPI and its unit."""
    told = {kpi_id: rest for kpi_id, *rest in ask(file, _DEFINITION.format("marts.kpi_definition")).rows}
    units = {(grain, code): name for grain, code, name in ask(file, _UNITS).rows}
    for cell in cells:
        cell["domain"], cell["title_vi"], cell["measure"] = told.get(cell["kpi_id"], ("", cell["kpi_id"], "count"))
        cell["unit_name"] = units.get((cell["grain"], cell["unit_code"]), cell["unit_code"])


def _find_restatements(older: Version, newer: Version) -> tuple[list[Row], bool]:
    if not newer.is_available:
        return [], False
    query = _PLACED + _RESTATED.format(place='first_place.sheet, first_place."row"', join=_PLACE_JOIN)
    found = ask(newer.path, query).to_records()
    if older.is_available:
        query = "with" + _RESTATED.format(place="null as sheet", join="")
        known = {_identify(row) for row in ask(older.path, query).to_records()}
        return [row for row in found if _identify(row) not in known], True
    return [row for row in found if row["first_seen"] is None or row["first_seen"] > older.entry.as_of], False


def _identify(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _SAID)


def _list_files(version: Version) -> list[Row]:
    return ask(version.path, _FILES).to_records() if version.is_available else []


def _list_only_in(these: list[Row], those: list[Row]) -> tuple[Row, ...]:
    known = {(row["feed_id"], row["sha256"]) for row in those}
    return tuple(row for row in these if (row["feed_id"], row["sha256"]) not in known)
