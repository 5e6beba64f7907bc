"""The job as a DuckDB script: Python opens what DuckDB cannot (workbooks, TCVN3), SQL does all the rest.

`python -m benchmarks.peers.duckdb_script INBOX FOLDER D` writes marts.duckdb, fct_dossier.parquet, kpi_value.parquet.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import duckdb
import fastexcel
import pyarrow as pa

from benchmarks.peers import task

_DATES = ", ".join(f"{name}" for name in task.DATES)

READ_PT = """
create table pt as
with page as (
    select unnest(data['items']) as item from read_json('{inbox}/procedures_pt/*/*.json',
        columns = {{data: 'STRUCT(items STRUCT({fields})[])'}}, maximum_object_size = 100000000)
)
select
    'pt' as area, item.MaHoSo as dossier_id, item.MaTTHC as procedure_code,
    try_strptime(item.NgayTiepNhan, '%Y%m%d%H%M%S') as received_at,
    try_strptime(item.NgayHenTra, '%Y%m%d%H%M%S') as due_at,
    try_strptime(item.NgayKetThucXuLy, '%Y%m%d%H%M%S') as finished_at,
    try_strptime(item.NgayTra, '%Y%m%d%H%M%S') as returned_at,
    item.TrangThaiHoSo as status, item.KenhThucHien as channel, item.MaDonVi as code, item.TenDonVi as name,
    item.DaSoHoaKetQua as digitised, item.LePhi::bigint as fee,
    try_strptime(item.NgayCapNhat, '%Y%m%d%H%M%S') as stated_at
from page
"""

READ_HB = """
insert into statement
select
    'hb', "Mã HS", "Mã thủ tục", try_strptime("Ngày nhận", '%d/%m/%Y'), try_strptime("Hạn trả", '%d/%m/%Y'),
    try_strptime("Ngày xong", '%d/%m/%Y'), try_strptime("Ngày trả", '%d/%m/%Y'), "Tình trạng", "Kênh", "Mã ĐVHC",
    "Tên đơn vị", null, null, try_strptime("Ngày cập nhật", '%d/%m/%Y'), date '{month}'
from read_csv('{file}', all_varchar = true, delim = ';', header = true, quote = '')
"""

STEPS = (
    """
    create table latest as
    select
        s.* exclude (status, channel, digitised, code, name, stated_at, data_date),
        u.unit_code, u.unit_level, u.commune_code, u.former_province_code, u.attribution,
        st.meaning as status_code, coalesce(c.meaning, '{no_channel}') as channel, d.meaning as is_result_digitised
    from (
        select * from statement
        qualify row_number() over (partition by dossier_id order by stated_at desc, data_date desc) = 1
    ) as s
    left join unit as u
        on u.area = s.area and u.code is not distinct from s.code and u.name = s.name
        and u.is_new = (s.received_at >= timestamp '{merger}')
    left join status as st on st.word = s.status
    left join channel as c on c.word = s.channel
    left join digitised as d on d.word = s.digitised
    """,
    """
    create table measured as
    with stated as (
        select
            * replace (
                case when finished_at < {end} then finished_at end as finished_at,
                case when returned_at < {end} then returned_at end as returned_at
            ),
            case
                when status_code in (1, 3) then 'not_counted' when status_code in (5, 6, 8) then 'paused'
                when status_code in (7, 9, 10) and not coalesce(coalesce(finished_at, returned_at) >= {end}, false)
                    then 'closed'
                else 'open'
            end as state,
            due_at::date as due_on
        from latest
    ),
    judged as (
        select
            *, case when state = 'closed' then coalesce(finished_at, returned_at) end as closed_at,
            coalesce(
                coalesce(finished_at, returned_at)::date < received_at::date
                or (
                    coalesce(finished_at, returned_at) < received_at
                    and coalesce(finished_at, returned_at) <> coalesce(finished_at, returned_at)::date::timestamp
                ), false
            ) as is_contradiction
        from stated
    ),
    timed as (
        select
            j.*, p.sector, p.is_land, p.is_moved, coalesce(j.closed_at::date, {day}) as judged_on,
            case when not j.is_contradiction then closed.n - received.n end as working_days, o.day as own_due_on
        from judged as j
        left join procedure as p using (procedure_code)
        left join calendar as received on received.day = j.received_at::date
        left join calendar as closed on closed.day = j.closed_at::date
        left join calendar as o
            on o.works and o.n = received.n + p.own_days + case
                when received.works and j.received_at::time <= time '17:00:00' then 0 else 1
            end
    )
    select
        *, closed_at is not null as is_resolved, own_due_on + interval 17 hour as own_due_at,
        case
            when state = 'not_counted' or due_on is null or is_contradiction then null
            when state = 'closed' and closed_at is null then null
            when state = 'paused' or (status_code = 7 and state = 'closed') then true
            else judged_on <= due_on
        end as is_on_time,
        state = 'open' and coalesce(due_on < {day}, false) as is_overdue,
        case
            when due_on is null or state in ('paused', 'not_counted') then null
            when state = 'closed' and (closed_at is null or is_contradiction) then null
            else greatest(judged_on - due_on, 0)
        end as days_overdue,
        state <> 'not_counted' and coalesce(due_on <= {day}, false) and not is_contradiction
            and (state <> 'closed' or (closed_at is not null and status_code <> 7)) as is_due,
        state = 'closed' and coalesce(judged_on <= due_on, false) as is_met,
        case when attribution = 'department' then unit_code end as department_code
    from timed
    """,
    """
    create table fct_dossier as
    select {fact}, fee from measured
    """,
    """
    create table segment as
    with counted as (select * from measured where state <> 'not_counted')
    select
        'received_at' as basis,
        greatest(date_trunc('week', received_at), date_trunc('month', received_at))::date as start, commune_code,
        department_code, former_province_code, sector,
        count(is_on_time) as a, count(*) filter (where is_on_time) as a_met,
        count(*) as b, count(*) filter (where due_at is null) as b_met,
        count(*) as c, count(*) filter (where channel = 'truc_tuyen') as c_met
    from counted group by all
    union all
    select
        'due_at', greatest(date_trunc('week', due_at), date_trunc('month', due_at))::date as start, commune_code,
        department_code, former_province_code, sector,
        count(*), count(*) filter (where is_met),
        count(*) filter (where is_land), count(*) filter (where is_land and is_met),
        count(*) filter (where is_moved), count(*) filter (where is_moved and is_met)
    from counted where is_due group by all
    union all
    select
        'closed_at', greatest(date_trunc('week', closed_at), date_trunc('month', closed_at))::date as start,
        commune_code, department_code, former_province_code, sector,
        count(is_on_time), count(*) filter (where is_on_time),
        count(*) filter (where status_code in (9, 10) and is_result_digitised is not null),
        count(*) filter (where status_code in (9, 10) and is_result_digitised),
        count(working_days), coalesce(sum(working_days), 0)
    from counted where closed_at is not null group by all
    """,
    """
    create table atom as
    with flow as (
        select
            s.basis, p.kind, p.start, s.commune_code, s.department_code, s.former_province_code, s.sector,
            sum(a) as a, sum(a_met) as a_met, sum(b) as b, sum(b_met) as b_met, sum(c) as c, sum(c_met) as c_met
        from segment as s,
            lateral (values
                ('week', date_trunc('week', s.start)::date), ('month', date_trunc('month', s.start)::date),
                ('quarter', date_trunc('quarter', s.start)::date), ('year', date_trunc('year', s.start)::date),
                ('to_date', date_trunc('year', {day})::date)
            ) as p(kind, start)
        where s.start <= {day} and (p.kind <> 'week' or p.start >= date_trunc('week', {day})::date - {weeks})
            and (p.kind = 'week' or p.start >= date '{first}')
            and (p.kind <> 'to_date' or s.start >= p.start)
        group by all
    ),
    named as (
        select m.kpi_id, flow.*, m.met as numerator, case when not m.is_count then m.counted end as denominator
        from flow,
            lateral (values
                ('received_at', 'tthc_on_time', false, a, a_met), ('received_at', 'tthc_no_due', true, b, b_met),
                ('received_at', 'tthc_online', false, c, c_met), ('due_at', 'tthc_due_on_time', false, a, a_met),
                ('due_at', 'tthc_land_on_time', false, b, b_met), ('due_at', 'tthc_moved_on_time', false, c, c_met),
                ('closed_at', 'tthc_resolved_on_time', false, a, a_met),
                ('closed_at', 'tthc_digitised', false, b, b_met), ('closed_at', 'tthc_working_days', false, c, c_met)
            ) as m(basis, kpi_id, is_count, counted, met)
        where m.basis = flow.basis
    ),
    overdue as (
        select
            'tthc_backlog_overdue' as kpi_id, 'to_date' as kind, date_trunc('year', {day})::date as start,
            commune_code, department_code, former_province_code, sector, count(*) as numerator, null as denominator
        from measured where is_overdue group by all
    )
    select
        kpi_id, kind, start, commune_code, department_code, former_province_code, sector, numerator, denominator
    from named
    union all
    from overdue
    """,
    """
    create table kpi_value as
    with shown as (
        select *, '' as dimension, '' as member from atom
        union all
        select *, 'sector', sector from atom where kpi_id in ('tthc_on_time', 'tthc_backlog_overdue')
    ),
    placed as (
        select
            kpi_id, kind as period_kind, start as period_start, g.grain, g.unit_code, dimension, member,
            sum(numerator)::double as numerator, sum(denominator)::double as denominator
        from shown,
            lateral (values
                ('commune', commune_code), ('department', department_code), ('former_province', former_province_code),
                ('province', '{province}')
            ) as g(grain, unit_code)
        where g.unit_code is not null
        group by all
    )
    select
        *, case when kpi_id in ('tthc_no_due', 'tthc_backlog_overdue') then numerator
            else numerator / nullif(denominator, 0) end as value
    from placed
    """,
    "copy fct_dossier to '{folder}/fct_dossier.parquet' (compression zstd)",
    "copy kpi_value to '{folder}/kpi_value.parquet' (compression zstd)",
)


def main(inbox: Path, folder: Path, day: date) -> None:
    """Do the whole job into a fresh database file."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "marts.duckdb")) as connection:
        connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        _load_words(connection)
        fields = ", ".join(f"{name} {'BIGINT' if name == 'LePhi' else 'VARCHAR'}" for name in task.HEADERS["pt"])
        connection.execute(READ_PT.format(inbox=inbox, fields=fields))
        connection.execute("create table statement as select *, null::date as data_date from pt; drop table pt")
        for path in task.list_files(inbox, "hb"):
            decoded = folder / "decoded.csv"
            decoded.write_text(task.decode_tcvn3(path.read_bytes()), encoding="utf-8", newline="")
            connection.execute(READ_HB.format(file=decoded, month=task.find_month(path)))
            decoded.unlink()
        for path in task.list_files(inbox, "vp"):
            _read_workbook(connection, path)
        _resolve_units(connection)
        for step in STEPS:
            connection.execute(
                step.format(
                    folder=folder, day=f"date '{day}'", end=f"timestamp '{day}' + interval 1 day", merger=task.MERGER,
                    no_channel=task.NO_CHANNEL, fact=", ".join(task.FACT), weeks=7 * (task.WEEKS - 1),
                    first=task.FIRST_DAY, province=task.PROVINCE_CODE,
                )
            )  # fmt: skip


def _load_words(connection: duckdb.DuckDBPyConnection) -> None:
    days = task.list_calendar()
    tables = {
        "status": pa.table({"word": list(task.STATUS), "meaning": pa.array(task.STATUS.values(), pa.int32())}),
        "channel": pa.table({"word": list(task.CHANNEL), "meaning": list(task.CHANNEL.values())}),
        "digitised": pa.table({"word": list(task.DIGITISED), "meaning": list(task.DIGITISED.values())}),
        "procedure": pa.Table.from_pylist(task.list_procedures()),
        "calendar": pa.table(dict(zip(("day", "works", "n"), map(list, zip(*days, strict=True)), strict=True))),
    }
    for name, table in tables.items():
        _create(connection, name, table)


def _create(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("given", table)
    connection.execute(f"create table {name} as from given")
    connection.unregister("given")


def _read_workbook(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Insert the rows of a workbook; its header of two rows and its data date are found in the first rows."""
    book = fastexcel.read_excel(path)
    top = book.load_sheet(0, header_row=None, n_rows=30, dtypes="string").to_arrow()
    rows = list(zip(*(column.to_pylist() for column in top.columns), strict=True))
    last, names = task.find_columns(rows)
    kinds = {
        column: "datetime" if name in task.DATES else "float" if name == "fee" else "string"
        for column, name in names.items()
    }
    sheet = book.load_sheet(0, header_row=None, skip_rows=last + 1, use_columns=list(names), dtypes=kinds)
    table = sheet.to_arrow().rename_columns([names[column] for column in sorted(names)])
    connection.register("given", pa.table(table))
    connection.execute(
        f"""
        insert into statement
        select
            'vp', dossier_id, procedure_code, {_DATES}, status, channel, null, name, digitised, fee::bigint,
            date '{task.find_title_day(rows[:last])}'
                + interval 1 day - interval 1 second, null
        from given where regexp_matches(dossier_id, '-[0-9]{{6}}-[0-9]+$')
        """
    )
    connection.unregister("given")


def _resolve_units(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table of what each distinct cell of the unit means."""
    asked = connection.execute(
        f"select distinct area, code, name, received_at >= timestamp '{task.MERGER}' from statement"
    ).fetchall()
    units = task.Units()
    told = [(*question, *units.resolve(question)) for question in asked]
    names = ("area", "code", "name", "is_new", *task.UNIT)
    columns = zip(*told, strict=True)
    kinds = [pa.bool_() if name == "is_new" else pa.string() for name in names]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    _create(connection, "unit", pa.table(arrays, names=list(names)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
