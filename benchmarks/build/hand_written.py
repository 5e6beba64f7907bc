"""This hand-written DuckDB script does the build's heavy work, for comparison: no tests, no comments, no contracts.

It ranks statements, marks duplicates, keeps the unit that took a dossier before the merger, finds the latest state,
on-time and working days, history, restatements, accounts and atoms.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dagster_project.core.database import open_database
from dagster_project.core.paths import SEEDS_DIR

END = "timestamp '2025-07-14'"
DAY = "date '2025-07-13'"

STEPS = (
    """
    create table procedure as
    select * from read_csv('{seeds}/procedure.csv', types = {{'procedure_code': 'varchar'}})
    """,
    """
    create table calendar as
    with day as (select range::date as day from range(date '2024-01-01', date '2028-01-01', interval 1 day)),
    known as (
        select day, coalesce(x.is_make_up_day, false) or (isodow(day) <= 5 and x.date is null) as works
        from day left join read_csv('{seeds}/calendar_exception.csv') as x on x.date = day
    )
    select day, works, (sum(works::int) over (order by day))::int as n from known
    """,
    """
    create table statement as
    with stated as (
        select
            p.* exclude (procedure_name, sector, applicant_kind), f.sha256, f.data_date,
            coalesce(changed_at, f.data_date + interval 86399 second) as stated_at,
            p.received_at::date > f.data_date as refused
        from '{landing}/procedures.parquet' as p join '{landing}/source_file.parquet' as f using (feed_id, batch_id)
    )
    select
        * exclude (content_hash, sha256, changed_at),
        content_hash = lead(content_hash) over newest as is_duplicate,
        lead(status_code) over newest as status_before,
        not refused and stated_at < {end} as live,
        sum((not refused and stated_at < {end})::int) over newest as place
    from stated
    window newest as (
        partition by dossier_id, refused
        order by stated_at desc, data_date desc, sha256 desc, source_sheet desc, source_row desc
    )
    """,
    """
    create table carried as
    select
        dossier_id, unit_code, unit_level, commune_code, former_province_code, attribution
    from statement
    where live and received_at < date '2025-07-01' and data_date < date '2025-07-01'
        and unit_level in ('former_commune', 'former_district')
    qualify row_number() over (partition by dossier_id order by place) = 1
    """,
    """
    create table fct_dossier as
    with latest as (
        select
            s.* replace (
                coalesce(c.unit_code, s.unit_code) as unit_code, coalesce(c.unit_level, s.unit_level) as unit_level,
                case when c.unit_code is null then s.commune_code else c.commune_code end as commune_code,
                coalesce(c.former_province_code, s.former_province_code) as former_province_code,
                coalesce(c.attribution, s.attribution) as attribution
            ),
            coalesce(finished_at, returned_at) as ended
        from statement as s left join carried as c
            on c.dossier_id = s.dossier_id and s.unit_level = 'commune' and s.received_at < date '2025-07-01'
                and s.data_date >= date '2025-07-01'
        where live and place = 1
    ),
    stated as (
        select
            *,
            case
                when status_code in (1, 3) then 'not_counted'
                when status_code in (5, 6, 8) then 'paused'
                when status_code in (7, 9, 10) and (ended is null or ended < {end}) then 'closed'
                else 'open'
            end as state
        from latest
    ),
    measured as (
        select
            stated.*, case when state = 'closed' then ended end as closed_at,
            ended::date < received_at::date as is_contradiction, r.n as received_n, r.works as received_works
        from stated left join calendar as r on r.day = received_at::date
    )
    select
        m.dossier_id, origin_dossier_id, area, unit_code, commune_code, former_province_code, attribution,
        m.procedure_code, channel, status_code, state, received_at, due_at, finished_at, returned_at,
        o.day + interval 17 hour as own_due_at, closed_at is not null as is_resolved,
        case
            when due_at is null or is_contradiction or state = 'not_counted' or (state = 'closed' and closed_at is null)
                then null
            when state = 'paused' or status_code = 7 then true
            else coalesce(closed_at::date, {day}) <= due_at::date
        end as is_on_time,
        state = 'open' and coalesce(due_at::date < {day}, false) as is_overdue,
        greatest(coalesce(closed_at::date, {day}) - due_at::date, 0) as days_overdue,
        e.n - received_n as working_days, batch_id, source_sheet, source_row, unit_level, stated_at,
        is_result_digitised, closed_at, state <> 'not_counted' as is_counted, is_contradiction
    from measured as m
    left join calendar as e on e.day = closed_at::date
    left join procedure as p on p.procedure_code = m.procedure_code
    left join calendar as o
        on o.works and o.n = received_n + p.working_days
            + case when received_works and hour(received_at) * 60 + minute(received_at) <= 1020 then 0 else 1 end
    """,
    """
    create table fct_dossier_history as
    select
        dossier_id, stated_at, area, status_code,
        case
            when status_code in (1, 3) then 'not_counted' when status_code in (5, 6, 8) then 'paused'
            when status_code in (7, 9, 10) then 'closed' else 'open'
        end as state,
        received_at, due_at, finished_at, returned_at, unit_code, unit_level, status_before > status_code as went_back,
        batch_id, source_sheet, source_row
    from statement
    where not refused and not coalesce(is_duplicate, false) and stated_at < {end}
    """,
    """
    create table restatement as
    with earlier as (
        select *, lag(received_at) over by_time as old_received_at, lag(due_at) over by_time as old_due_at
        from statement
        where live and dossier_id in (select dossier_id from statement where live and place = 2)
        window by_time as (partition by dossier_id order by stated_at)
    )
    select dossier_id, received_at, old_received_at, due_at, old_due_at
    from earlier where old_received_at <> received_at or old_due_at <> due_at
    """,
    """
    create table account as
    select
        feed_id, batch_id, count(*) filter (where refused) as refused,
        count(*) filter (where is_duplicate) as duplicate
    from statement group by all
    """,
    """
    create table received_atom as
    select
        p.kind, p.start, case when attribution = 'department' then unit_code end as department, commune_code,
        former_province_code, sector, is_land,
        count(is_on_time) as measured, count(*) filter (where is_on_time) as on_time,
        count(*) filter (where due_at is null) as no_due, count(*) filter (where channel = 'truc_tuyen') as online
    from fct_dossier join procedure using (procedure_code),
        lateral (values
            ('week', date_trunc('week', received_at)::date), ('month', date_trunc('month', received_at)::date),
            ('quarter', date_trunc('quarter', received_at)::date), ('year', date_trunc('year', received_at)::date)
        ) as p(kind, start)
    where is_counted group by all
    """,
    """
    create table resolved_atom as
    select
        p.kind, p.start, case when attribution = 'department' then unit_code end as department, commune_code,
        former_province_code, sector, is_land,
        count(is_on_time) as measured, count(*) filter (where is_on_time) as on_time,
        sum(fct_dossier.working_days) as working_days, count(*) filter (where is_result_digitised) as digitised
    from fct_dossier join procedure using (procedure_code),
        lateral (values
            ('week', date_trunc('week', closed_at)::date), ('month', date_trunc('month', closed_at)::date),
            ('quarter', date_trunc('quarter', closed_at)::date), ('year', date_trunc('year', closed_at)::date)
        ) as p(kind, start)
    where is_resolved group by all
    """,
)


def main(landing: Path, database: Path) -> None:
    """Run every step into a fresh database file."""
    with open_database(database) as connection:
        connection.execute("set threads = 2; set preserve_insertion_order = false")
        for step in STEPS:
            connection.execute(step.format(seeds=SEEDS_DIR, landing=landing, end=END, day=DAY))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
