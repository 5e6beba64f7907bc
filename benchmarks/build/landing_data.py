"""This module makes a landing of any number of dossiers inside DuckDB: the three offices' feeds once they are typed.

840 files. Of the dossiers received before the merger each names a former unit, a few a divided one; the files of July
name the communes that followed. A quarter is stated twice, a fiftieth with another due date or day of receipt.
"""

from __future__ import annotations

from pathlib import Path

from dagster_project.core.database import open_database
from dagster_project.core.paths import SEEDS_DIR

_REFERENCE = """
create table unit as
select row_number() over (order by former_code) - 1 as i, former_code, province, commune_code, successor
from (
    select
        f.former_code, f.former_province_code as province, min(b.commune_code) as successor,
        case when count(*) = 1 and min(b.is_split) = 'false' then min(b.commune_code) end as commune_code
    from read_csv('{seeds}/former_commune.csv', all_varchar = true) as f
    join read_csv('{seeds}/bridge_commune.csv', all_varchar = true) as b using (former_code)
    group by all
);
create table procedure as
select row_number() over (order by procedure_code) - 1 as i, procedure_code
from read_csv('{seeds}/procedure.csv', all_varchar = true);
create table department as
select row_number() over (order by department_code) - 1 as i, department_code
from read_csv('{seeds}/department.csv', all_varchar = true);
create table dossier as
with drawn as (
    select
        range as n,
        (random() * 193)::int as day,
        (random() * 478)::int as unit,
        (random() * 75)::int as procedure,
        (random() * 15)::int as department,
        random() as r1,
        random() as r2,
        random() as r3,
        random() as r4
    from range({dossiers})
)
select
    drawn.*,
    unit.former_code,
    unit.commune_code,
    unit.successor,
    unit.province,
    case unit.province when '25' then 'pt' when '26' then 'vp' else 'hb' end as area,
    procedure.procedure_code,
    department.department_code,
    timestamp '2025-01-01 07:30:00' + to_days(day) + to_seconds((r3 * 34000)::int) as received_at
from drawn
inner join unit on drawn.unit = unit.i
inner join procedure on drawn.procedure = procedure.i
inner join department on drawn.department = department.i;
"""

_STATEMENTS = """
copy (
    with statement as (
        select *, 1 as k, month(received_at) as m from dossier
        union all
        select *, 2 as k, least(7, month(received_at) + 1) as m from dossier where r2 < 0.25 and month(received_at) < 7
    ),
    closed as (
        select
            * replace (
                case when k = 2 and r2 < 0.005 then received_at - interval 1 day else received_at end as received_at
            ),
            k = 2 or r2 between 0.25 and 0.9 as is_closed, m = 7 as is_new,
            case when k = 2 and r2 < 0.02 then 15 else 10 end as due_days
        from statement
    )
    select
        'procedures_' || area as feed_id,
        area,
        area || lpad(m::varchar, 2, '0') || (hash(n) % 40)::varchar as batch_id,
        '1' as source_sheet,
        (row_number() over (partition by area, m, hash(n) % 40))::int as source_row,
        null::date as sheet_date,
        null::int as sheet_no,
        hash(n, k) as content_hash,
        'H' || province || '.' || (100 + unit) || '-' || strftime(date '2025-01-01' + day, '%y%m%d') || '-'
            || lpad(n::varchar, 7, '0') as dossier_id,
        procedure_code,
        'x' as procedure_name,
        'y' as sector,
        'ca_nhan' as applicant_kind,
        received_at,
        case when r4 < 0.98 then received_at + to_days(due_days) end as due_at,
        case when is_closed then received_at + to_days((r1 * 20)::int) end as finished_at,
        null::timestamp as returned_at,
        case when is_closed then 10 when r2 > 0.97 then 5 else 4 end::int as status_code,
        case when r3 < 0.6 then 'truc_tuyen' else 'truc_tiep' end as channel,
        case when area <> 'vp' then received_at + to_days(2 * k - 1) end as changed_at,
        null::varchar as origin_dossier_id,
        r4 < 0.7 as is_result_digitised,
        8000::bigint as fee,
        case when r1 < 0.08 then department_code when is_new then successor else former_code end as unit_code,
        case when r1 < 0.08 then 'department' when is_new then 'commune' else 'former_commune' end as unit_level,
        case when r1 >= 0.08 then case when is_new then successor else commune_code end end as commune_code,
        case when r1 >= 0.08 then province end as former_province_code,
        case
            when r1 < 0.08 then 'department' when is_new then 'exact' when commune_code is null then 'split'
            else 'former_commune'
        end as attribution
    from closed
) to '{folder}/procedures.parquet' (format parquet, compression zstd)
"""

_FILES = """
copy (
    with file as (
        select feed_id, area, batch_id, make_date(2025, substr(batch_id, 3, 2)::int, 1) as month, count(*)::int as n
        from '{folder}/procedures.parquet'
        group by all
    )
    select
        feed_id, area, 'procedures' as domain, batch_id, batch_id || '.x' as file, batch_id || 'sha' as sha256,
        'accepted' as state, null::varchar as blocked_rule, null::varchar as blocked_message_vi,
        null::varchar as blocked_remedy_vi, least(last_day(month), date '2025-07-13') as data_date,
        'name' as date_source, null::varchar as scope,
        null::date as period_start, null::date as period_end, month as covers_from,
        least(last_day(month), date '2025-07-13') as covers_to, 1 as statement_no,
        timestamp '2025-07-13 20:00:00' as received_at, n + 3 as rows_read, 3 as rows_not_data,
        0 as rows_quarantined, 0 as copies
    from file
) to '{folder}/source_file.parquet' (format parquet)
"""


def make_landing(folder: Path, dossiers: int) -> None:
    """Write procedures.parquet (about 1.2 statements per dossier) and source_file.parquet; the same data every time."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_database() as connection:
        connection.execute("set threads = 1; select setseed(0.42)")
        for text in (_REFERENCE, _STATEMENTS, _FILES):
            connection.execute(text.format(seeds=SEEDS_DIR, dossiers=dossiers, folder=folder))
