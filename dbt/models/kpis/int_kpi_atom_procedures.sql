-- KPI atoms of the procedures domain: one row a KPI, period, smallest unit and member, ready to be added up.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'procedures'

),

flow as (

    select
        period.period_kind,
        period.period_start,
        period.period_end,
        flow.commune_code,
        flow.department_code as unit_code,
        flow.former_province_code,
        coalesce(flow.sector, '{{ var("uncatalogued_sector") }}') as sector,
        flow.is_land,
        flow.is_moved_to_commune,
        sum(case when flow.basis = 'received' then flow.handled else 0 end) as received,
        sum(flow.on_time_base) as on_time_base,
        sum(flow.on_time) as on_time,
        sum(flow.no_due) as no_due,
        sum(flow.online) as online,
        sum(flow.resolved_base) as resolved_base,
        sum(flow.resolved_on_time) as resolved_on_time,
        sum(flow.digitised_base) as digitised_base,
        sum(flow.digitised) as digitised,
        sum(flow.working_days_base) as working_days_base,
        sum(flow.working_days) as working_days
    from {{ ref('int_dossier_flow') }} as flow
    inner join period on flow.segment_start between period.period_start and period.data_end
    group by
        period.period_kind, period.period_start, period.period_end, flow.commune_code, flow.department_code,
        flow.former_province_code, flow.sector, flow.is_land, flow.is_moved_to_commune

),

{#- kpi_id, numerator, denominator (none: a count), rows that it is about, dimension -#}
{%- set flows = [
    ('tthc_on_time', 'on_time', 'on_time_base', 'on_time_base > 0', ''),
    ('tthc_on_time', 'on_time', 'on_time_base', 'on_time_base > 0', 'sector'),
    ('tthc_land_on_time', 'on_time', 'on_time_base', 'on_time_base > 0 and is_land', ''),
    ('tthc_moved_on_time', 'on_time', 'on_time_base', 'on_time_base > 0 and is_moved_to_commune', ''),
    ('tthc_resolved_on_time', 'resolved_on_time', 'resolved_base', 'resolved_base > 0', ''),
    ('tthc_no_due', 'no_due', none, 'received > 0', ''),
    ('tthc_online', 'online', 'received', 'received > 0', ''),
    ('tthc_digitised', 'digitised', 'digitised_base', 'digitised_base > 0', ''),
    ('tthc_working_days', 'working_days', 'working_days_base', 'working_days_base > 0', ''),
] %}

flow_atom as (
    {% for kpi_id, numerator, denominator, condition, dimension in flows %}
        select
            '{{ kpi_id }}' as kpi_id,
            period_kind,
            period_start,
            period_end,
            commune_code,
            unit_code,
            former_province_code,
            '{{ dimension }}' as dimension,
            {{ "sector" if dimension else "''" }} as member,
            sum({{ numerator }}) as numerator,
            {{ "sum(" ~ denominator ~ ")" if denominator else "null" }} as denominator
        from flow
        where {{ condition }}
        group by
            period_kind, period_start, period_end, commune_code, unit_code, former_province_code
            {{- ", sector" if dimension }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

stock as (

    select
        dossier.commune_code,
        {{ department_code('dossier.attribution', 'dossier.unit_code') }} as unit_code,
        dossier.former_province_code,
        coalesce(procedure_catalogue.sector, '{{ var("uncatalogued_sector") }}') as sector,
        {{ count_if('dossier.is_overdue') }} as overdue,
        {{ count_if('dossier.is_backlog_cohort') }} as cohort,
        {{ count_if("dossier.is_backlog_cohort and dossier.state = 'closed'") }} as cohort_closed
    from {{ ref('fct_dossier') }} as dossier
    left join {{ ref('dim_procedure') }} as procedure_catalogue
        on dossier.procedure_code = procedure_catalogue.procedure_code
    where dossier.is_overdue or dossier.is_backlog_cohort
    group by
        dossier.commune_code, dossier.attribution, dossier.unit_code, dossier.former_province_code,
        procedure_catalogue.sector

),

{%- set stocks = [
    ('tthc_backlog_overdue', 'overdue', none, 'overdue > 0', ''),
    ('tthc_backlog_overdue', 'overdue', none, 'overdue > 0', 'sector'),
    ('tthc_backlog_cleared', 'cohort_closed', 'cohort', 'cohort > 0', ''),
] %}

stock_atom as (
    {% for kpi_id, numerator, denominator, condition, dimension in stocks %}
        select
            '{{ kpi_id }}' as kpi_id,
            period.period_kind,
            period.period_start,
            period.period_end,
            stock.commune_code,
            stock.unit_code,
            stock.former_province_code,
            '{{ dimension }}' as dimension,
            {{ "stock.sector" if dimension else "''" }} as member,
            sum(stock.{{ numerator }}) as numerator,
            {{ "sum(stock." ~ denominator ~ ")" if denominator else "null" }} as denominator
        from stock
        inner join period on period.period_kind = 'to_date'
        where stock.{{ condition }}
        group by
            period.period_kind, period.period_start, period.period_end, stock.commune_code, stock.unit_code,
            stock.former_province_code
            {{- ", stock.sector" if dimension }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

final as (

    select * from flow_atom
    union all
    select * from stock_atom

)

select
    kpi_id,
    period_kind,
    period_start,
    period_end,
    commune_code,
    unit_code,
    former_province_code,
    dimension,
    member,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator
from final
