"""A published file with all 148 communes and KPIs of five domains, made from the seeds without a night.

Hòa Bình (17) is behind in disbursement and clearance and has sent nothing on auctions.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from dagster_project.core.paths import DBT_DIR
from tests.support.marts.tiny_marts import REGISTERS

AS_OF = date(2025, 7, 13)
VERSION = "2025-07-13-0a1b2c3d"
SEEDS = DBT_DIR / "seeds"
DOMAINS = ("procedures", "national_portal", "investment", "land_auction", "site_clearance")

_NEWEST = """
select value.*, definition.unit, definition.direction
from marts.kpi_value as value
inner join marts.kpi_definition as definition
    on value.kpi_id = definition.kpi_id and value.period_kind = definition.headline_period
where value.dimension = ''
    and coalesce(definition.valid_from <= value.as_of, true)
qualify value.period_start = max(value.period_start) over (partition by value.kpi_id)
"""
_SEEDED = """
create schema marts;
create table marts.dim_commune as
with district as (
    select bridge.commune_code, string_agg(distinct district.district_name, ', ' order by district.district_name)
        as former_districts
    from read_csv('{seeds}/bridge_commune.csv', all_varchar = true) as bridge
    inner join read_csv('{seeds}/former_commune.csv', all_varchar = true) as former using (former_code)
    inner join read_csv('{seeds}/former_district.csv', all_varchar = true) as district
        on former.former_district_code = district.district_code
    group by bridge.commune_code
)
select commune.* exclude (former_province_code), commune.former_province_code, former_province.former_province,
    district.former_districts
from read_csv('{seeds}/commune.csv', all_varchar = true) as commune
inner join read_csv('{seeds}/former_province.csv', all_varchar = true) as former_province
    using (former_province_code)
inner join district on commune.commune_code = district.commune_code;
alter table marts.dim_commune alter tile_col type integer;
alter table marts.dim_commune alter tile_row type integer;
create table marts.kpi_definition as
select kpi_id, cast(definition_no as integer) as definition_no, domain, title_vi, formula_vi, unit, direction,
    cast(amber_from as double) as amber_from, cast(min_coverage as double) as min_coverage,
    cast(min_denominator as integer) as min_denominator, headline_period, cast(is_headline as boolean) as is_headline,
    legal_basis, owner, cast(valid_from as date) as valid_from, cast(valid_to as date) as valid_to, grains,
    cast(is_proposal as boolean) as is_proposal
from read_csv('{seeds}/kpi_definition.csv', all_varchar = true);
create table marts.kpi_target as
select kpi_id, coalesce(grain, '') as grain, coalesce(unit_code, '') as unit_code, coalesce(dimension, '') as dimension,
    coalesce(member, '') as member, cast(valid_from as date) as valid_from, cast(valid_to as date) as valid_to, points
from read_csv('{seeds}/kpi_target.csv', all_varchar = true);
"""
_FIGURES = """
create table marts.kpi_value as
with unit as (
    select 'commune' as grain, commune_code as unit_code, former_province_code as province,
        cast(commune_code as integer) as n
    from marts.dim_commune
    union all
    select distinct 'former_province', former_province_code, former_province_code,
        cast(former_province_code as integer)
    from marts.dim_commune
    union all
    select 'province', '25', '', 1
),
goal as (
    select kpi_id, max_by(points, coalesce(valid_from, date '1900-01-01')) as points from marts.kpi_target
    where dimension = '' and coalesce(valid_from <= '{as_of}', true) and coalesce(valid_to >= '{as_of}', true)
    group by kpi_id
),
kpi as (
    select definition.*, row_number() over (order by kpi_id) as k,
        cast(regexp_extract(points, ':([0-9.]+)$', 1) as double) as target, points like '%|%' as is_path
    from marts.kpi_definition as definition left join goal using (kpi_id)
    where domain in {domains} and coalesce(valid_from <= '{as_of}', true)
        and coalesce(valid_to >= '{as_of}', true)
),
period as (
    select 'week' as kind, cast(date '2025-03-24' + cast(7 * w as integer) as date) as start, w
    from range(16) as weeks (w)
    union all select 'month', date '2025-07-01', 15
    union all select 'to_date', date '2025-01-01', 15
),
drawn as (
    select kpi.*, unit.*, period.*, (n * 7919 + k * 104729 + w * 31) % 61 as r,
        (domain = 'land_auction' and (province = '17' or grain = 'province')) as is_silent,
        (domain = 'land_auction' and grain = 'commune' and province <> '17' and n % 5 = 0) as owes_nothing,
        (kpi_id = 'tthc_digitised' and grain = 'commune' and n % 7 = 0) as is_few,
        (kpi_id = 'tthc_on_time' and w = 15) as is_early
    from kpi cross join unit inner join period on kpi.headline_period = period.kind
),
counted as (
    select *,
        case when is_silent and grain <> 'province' then null when owes_nothing then 0
            when unit = 'count' then r // 12
            when is_few then r // 10
            when province = '17' and domain in ('investment', 'site_clearance') then 10 + r // 3
            else 40 + r end as numerator,
        case when unit = 'count' or (is_silent and grain <> 'province') then null when owes_nothing then 0
            when is_few then 7 else 100 end as denominator,
        case when is_path then round(target * 0.49, 4) else target end as aim
    from drawn
),
valued as (
    select *, case when unit = 'count' then numerator else numerator / nullif(denominator, 0) end as value
    from counted
)
select kpi_id, date '{as_of}' as as_of, kind as period_kind, start as period_start, start as period_end, grain,
    unit_code, '' as dimension, '' as member, cast(numerator as double) as numerator,
    cast(denominator as double) as denominator, cast(value as double) as value, aim as target,
    case when is_silent then 'insufficient' when owes_nothing or aim is null then 'not_applicable'
        when is_early then 'too_early' when is_few then 'too_few'
        when direction = 'up' then case when value >= aim then 'met' when value >= aim - 0.05 then 'at_risk'
            else 'missed' end
        when value <= aim then 'met' else 'missed' end as rating,
    cast(case when is_silent then case when grain = 'province' then 0.66 else 0 end else 1 end as double) as coverage,
    false as is_certain, cast(null as double) as value_low, cast(null as double) as value_high,
    case when kpi_id = 'tthc_on_time' then case when is_early then 0.8 else 1.0 end end as decided_share,
    cast(null as bigint) as paused, cast(null as bigint) as remaining, date '{as_of}' as oldest_data_date,
    kind = 'month' or is_early as is_provisional, definition_no
from valued;
create table marts.kpi_part as
select kpi_id, period_kind as period, unit_code as part, numerator, denominator, value, oldest_data_date
from marts.kpi_value
where grain = 'former_province' and period_start = (
    select max(newest.period_start) from marts.kpi_value as newest where newest.kpi_id = kpi_value.kpi_id
)
union all
select kpi_id, headline_period, part, numerator,
    case when unit <> 'count' then denominator end,
    case when unit = 'count' then numerator else numerator / denominator end,
    date '{as_of}'
from marts.kpi_definition,
    (values ('departments', 30, 40), ('provincial_centre', 8, 10), ('not_attributable', 3, 4))
    as given (part, numerator, denominator)
where domain in {domains} and grains like '%department%'
    and (part <> 'not_attributable' or kpi_id in ('tthc_due_on_time', 'tthc_no_due'))
union all
select kpi_id, headline_period, 'unassigned', 0, 812e9, 0, null
from marts.kpi_definition where kpi_id = 'inv_rate_total';
create table marts.published_version as
select 1 as version_no, '2025-07-06-bbbbbbbb' as version, cast(date '{as_of}' - 7 as date) as as_of;
create table marts.kpi_history as
select kpi_id, definition_no, period_kind, period_start, cast(null as date) as period_end, grain, unit_code, dimension,
    member, numerator, denominator, value * 0.9 as value, rating, coverage, is_provisional,
    version.as_of as oldest_data_date, version as first_version, version.as_of as first_as_of, version as last_version,
    version.as_of as last_as_of
from marts.kpi_value as told, marts.published_version as version
where period_kind = 'to_date';
create table marts.feed_status (
    feed_id varchar, area varchar, last_file varchar, last_period varchar, as_of date, rows_read integer,
    rows_accepted integer, rows_quarantined integer, rows_duplicate integer, rows_not_data integer, state varchar,
    domain varchar, title_vi varchar, owner_vi varchar
);
insert into marts.feed_status values
    ('procedures_pt', 'pt', 'p.json', '2025-07-13', '{as_of}', 9, 9, 0, 0, 0, 'ok', 'procedures', 'Hồ sơ TTHC', 'VP'),
    ('land_auction_hb', 'hb', null, null, null, 0, 0, 0, 0, 0, 'missing', 'land_auction',
     'Đấu giá đất khu vực Hòa Bình', 'Sở Nông nghiệp và Môi trường');
create table marts.data_gap (
    gap_id varchar, feed_id varchar, area varchar, commune_code varchar, period varchar, kind varchar, severity varchar,
    measure varchar, rows_affected integer, first_seen date, last_seen date, state varchar, who_fixes varchar,
    what_to_do_vi varchar, verdicts_waiting bigint
);
insert into marts.data_gap values
    ('g1', 'land_auction_hb', 'hb', null, '2025-06', 'missing_period', 'error', null, null, '2025-07-01', '{as_of}',
     'open', 'Sở Nông nghiệp và Môi trường', 'Gửi kết quả đấu giá tháng 6.', 46),
    ('g2', 'procedures_pt', 'pt', '07900', '2025-07-13', 'quarantined_rows', 'warning', null, 1234, '{as_of}',
     '{as_of}', 'open', 'Đơn vị giải quyết', 'Sửa mã <thủ tục> & gửi lại.', 0),
    ('g3', 'procedures_pt', 'pt', null, '2025-05', 'late', 'error', null, null, '2025-06-01', '2025-06-05',
     'resolved', 'Văn phòng', 'Đã gửi.', 0);
"""


_JUDGE = """
update marts.fct_directive set is_done = done_on is not null,
    is_overdue = coalesce(due_on < '{as_of}' and done_on is null, false),
    days_past_due = case when done_on is null then date '{as_of}' - due_on end;
"""
"""As the fact itself judges each task that a variant adds."""


def write_page_marts(path: Path, change: str = "") -> Path:
    """A marts file of five domains; `change` is SQL that makes a variant of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_base())
    if change:
        with duckdb.connect(str(path)) as connection:
            connection.execute(change)
            connection.execute(_JUDGE.format(as_of=AS_OF))
    return path


def newest_rows(marts: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The cells of the newest headline period of each valid KPI, by column name, straight from the file."""
    answer = marts.execute(_NEWEST)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@cache
def _base() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "base.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(_SEEDED.format(seeds=SEEDS) + _FIGURES.format(as_of=AS_OF, domains=DOMAINS) + REGISTERS)
        return path.read_bytes()
