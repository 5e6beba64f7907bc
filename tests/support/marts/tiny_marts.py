"""A published file in miniature: the tables that publishing, the ledger, the command line and the workbook read."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.core.paths import Home
from dagster_project.warehouse.identity import Identity

AS_OF = date(2025, 7, 13)

REGISTERS = """
create table marts.fct_directive (
    directive_no varchar, task varchar, lead_agency varchar, supporting varchar, issued_on date, due_text varchar,
    product varchar, due_on date, done_on date, result_no varchar, is_overdue boolean, commune_code varchar,
    is_done boolean, days_past_due integer
);
create table marts.fct_dossier (
    commune_code varchar, procedure_code varchar, is_overdue boolean, days_overdue integer
);
create table marts.dim_procedure (procedure_code varchar, procedure_name varchar);
create table marts.fct_plan_milestone (
    plan_no varchar, title varchar, milestone varchar, lead_agency varchar, started_on date, milestone_due date,
    milestone_done date, is_overdue boolean
);
create table marts.restatement (feed_id varchar, first_seen date);
"""
_TABLES = """
create schema marts;
create table marts.kpi_definition (
    kpi_id varchar, definition_no integer default 1, domain varchar, title_vi varchar, unit varchar,
    headline_period varchar, formula_vi varchar, direction varchar, amber_from double, min_coverage double default 0.8,
    min_denominator integer, legal_basis varchar, owner varchar, valid_from date, valid_to date, is_proposal boolean
);
insert into marts.kpi_definition (kpi_id, domain, title_vi, unit, headline_period, direction) values
    ('tthc_on_time', 'procedures', 'Hồ sơ đúng hạn', 'percent', 'month', 'up'),
    ('tthc_no_due', 'procedures', 'Hồ sơ không có hạn trả', 'count', 'month', 'down');
create table marts.kpi_target (
    kpi_id varchar, grain varchar, unit_code varchar, dimension varchar, member varchar, valid_from date, valid_to date,
    points varchar
);
insert into marts.kpi_target values
    ('tthc_on_time', '', '', '', '', null, null, '2024-01-01:0.95'),
    ('tthc_no_due', '', '', '', '', null, null, '2024-01-01:0');
create table marts.kpi_part (
    kpi_id varchar, period varchar, part varchar, numerator double, denominator double, value double,
    oldest_data_date date
);
create table marts.kpi_value (
    kpi_id varchar, as_of date, period_kind varchar, period_start date, period_end date, grain varchar,
    unit_code varchar, dimension varchar, member varchar, numerator double, denominator double, value double,
    target double, rating varchar, coverage double, is_provisional boolean, is_certain boolean default false,
    value_low double, value_high double, decided_share double, paused bigint, remaining bigint, oldest_data_date date,
    definition_no integer default 1
);
insert into marts.kpi_value by name
select 'tthc_on_time' as kpi_id, date '2025-07-13' as as_of, 'month' as period_kind, period_start,
    last_day(period_start) as period_end, grain, unit_code, '' as dimension, '' as member, numerator, 10 as denominator,
    numerator / 10 as value, 0.95 as target, rating, 1.0 as coverage, period_start = date '2025-07-01' as is_provisional
from (values
    (date '2025-06-01', 'province', '25', 3, 'missed'),
    (date '2025-07-01', 'province', '25', {numerator}, 'met'),
    (date '2025-07-01', 'former_province', '26', 10, 'met'),
    (date '2025-07-01', 'commune', '08707', 9, 'at_risk')
) as given (period_start, grain, unit_code, numerator, rating);
insert into marts.kpi_value (kpi_id, as_of, period_kind, period_start, period_end, grain, unit_code, dimension, member,
    numerator, value, target, rating, coverage, is_provisional)
values ('tthc_no_due', date '2025-07-13', 'month', date '2025-07-01', date '2025-07-31', 'province', '25', '', '', 4, 4,
    0, 'missed', 0.5, true);
create table marts.dim_commune (
    commune_code varchar, commune_name varchar, commune_type varchar, former_province_code varchar,
    former_province varchar, former_districts varchar, portal_code varchar, tile_col integer, tile_row integer
);
insert into marts.dim_commune values
    ('08707', 'Vĩnh Yên', 'phường', '26', 'Vĩnh Phúc', 'Vĩnh Yên', 'H44.166', 2, 0),
    ('04795', 'Hòa Bình', 'phường', '17', 'Hòa Bình', 'Hòa Bình', 'H44.202', 1, 2),
    ('07900', 'Việt Trì', 'phường', '25', 'Phú Thọ', 'Việt Trì', 'H44.100', 0, 0);
create table marts.published_version (version_no integer, version varchar, as_of date);
create table marts.kpi_history as
select * exclude (as_of, target), '' as first_version, as_of as first_as_of, '' as last_version, as_of as last_as_of
from marts.kpi_value limit 0;
create table marts.feed_status (
    feed_id varchar, area varchar, last_file varchar, last_period varchar, as_of date, received_at timestamp,
    rows_read integer, rows_accepted integer, rows_quarantined integer, rows_duplicate integer, rows_not_data integer,
    is_stale boolean, state varchar, domain varchar, title_vi varchar, owner_vi varchar
);
insert into marts.feed_status values
    ('procedures_vp', 'vp', '=cmd|"/c calc".xlsx', '2025-07', date '2025-07-13', null, 20, 12, 1, 2, 5, false,
     '{feed_state}', 'procedures', 'Hồ sơ TTHC khu vực Vĩnh Phúc', 'Văn phòng UBND tỉnh');
create table marts.data_gap (
    gap_id varchar, feed_id varchar, area varchar, commune_code varchar, period varchar, kind varchar, severity varchar,
    measure varchar, rows_affected integer, first_seen date, last_seen date, state varchar, who_fixes varchar,
    what_to_do_vi varchar, verdicts_waiting bigint default 0
);
insert into marts.data_gap values
    ('g1', 'procedures_vp', 'vp', '08707', '2025-07', 'no_due_date', 'warning', null, 4, date '2025-07-13',
     date '2025-07-13', 'open', 'Văn phòng HĐND và UBND', 'Bổ sung ngày hẹn trả.', 0),
    ('g2', 'procedures_vp', 'vp', null, null, 'late', 'error', null, null, date '2025-07-01', date '2025-07-05',
     'resolved', 'Văn phòng HĐND và UBND', 'Gửi tệp tháng 6.', 0);
"""


def write_marts(path: Path, numerator: int = 9, feed_state: str = "ok", extra: str = "") -> Path:
    """A marts file as dbt would leave it. `numerator` tells one version's province figure from another's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.0.0"}) as connection:
        connection.execute(_TABLES.format(numerator=numerator, feed_state=feed_state) + REGISTERS + extra)
    return path


def built(home: Home, numerator: int = 9, **options: str) -> Path:
    """The same in the scratch folder of a night."""
    return write_marts(home.build / "run-1" / "published.duckdb", numerator, **options)


def identity(letter: str, as_of: date = AS_OF, is_rehearsal: bool = False) -> Identity:
    return Identity(letter * 64, as_of, "code", is_rehearsal)


def copy_home(home: Home, root: Path) -> Home:
    """Return a copy of a home that a test may change."""
    shutil.copytree(home.root, root, symlinks=True)
    return Home(root)
