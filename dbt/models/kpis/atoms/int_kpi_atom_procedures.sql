-- KPI atoms of the procedures domain: one row a KPI, period, smallest unit and member, ready to be added up.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'procedures'

),

{#- kpi_id, dimension; those of `counts` have no denominator -#}
{%- set counts = ['tthc_no_due', 'tthc_backlog_overdue'] %}
{%- set by_date = kpis_by_date_column() %}
{%- set flow_kpis = by_date['received_at'] + by_date['due_at'] + by_date['closed_at'] %}
{%- set flows = [('tthc_on_time', 'sector')] %}
{%- for kpi_id in flow_kpis %}
    {%- do flows.append((kpi_id, '')) %}
{%- endfor %}

flow as (

    select
        period.period_kind,
        period.period_start,
        period.period_end,
        flow.commune_code,
        flow.department_code as unit_code,
        flow.former_province_code,
        {% for kpi_id in flow_kpis %}
            sum(flow.{{ kpi_id }}_counted) as {{ kpi_id }}_counted,
            sum(flow.{{ kpi_id }}_met) as {{ kpi_id }}_met,
            {% if kpi_id in by_date['due_at'] %}
                sum(flow.{{ kpi_id }}_paused) as {{ kpi_id }}_paused,
            {% endif %}
        {% endfor %}
        sum(flow.tthc_on_time_decided) as decided,
        coalesce(flow.sector, '{{ var("uncatalogued_sector") }}') as sector
    from {{ ref('int_dossier_flow') }} as flow
    inner join period on flow.segment_start between period.period_start and period.data_end
    group by
        period.period_kind, period.period_start, period.period_end, flow.commune_code, flow.department_code,
        flow.former_province_code, flow.sector

),

flow_atom as (
    {% for kpi_id, dimension in flows %}
        select
            '{{ kpi_id }}' as kpi_id,
            period_kind,
            period_start,
            period_end,
            commune_code,
            unit_code,
            former_province_code,
            '{{ dimension }}' as dimension,
            {{ dimension or "''" }} as member,
            sum({{ kpi_id }}_met) as numerator,
            {{ "null" if kpi_id in counts else "sum(" ~ kpi_id ~ "_counted)" }} as denominator,
            {{ "sum(decided)" if kpi_id == 'tthc_on_time' else "null" }} as decided,
            {{ "sum(" ~ kpi_id ~ "_paused)" if kpi_id in by_date['due_at'] else "null" }} as paused
        from flow
        where {{ kpi_id }}_counted is not null
        group by
            period_kind, period_start, period_end, commune_code, unit_code, former_province_code
            {{- ", " ~ dimension if dimension }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

stock as (

    select
        dossier.commune_code,
        {{ department_code('dossier.attribution', 'dossier.unit_code') }} as unit_code,
        dossier.former_province_code,
        coalesce(procedure_catalogue.sector, '{{ var("uncatalogued_sector") }}') as sector,
        sum(dossier.tthc_backlog_overdue_met) as tthc_backlog_overdue_met,
        sum(dossier.tthc_backlog_cleared_counted) as tthc_backlog_cleared_counted,
        sum(dossier.tthc_backlog_cleared_met) as tthc_backlog_cleared_met
    from {{ ref('fct_dossier') }} as dossier
    left join {{ ref('dim_procedure') }} as procedure_catalogue
        on dossier.procedure_code = procedure_catalogue.procedure_code
    where dossier.tthc_backlog_overdue_met = 1 or dossier.tthc_backlog_cleared_counted = 1
    group by
        dossier.commune_code, dossier.attribution, dossier.unit_code, dossier.former_province_code,
        procedure_catalogue.sector

),

{#- kpi_id, rows that there is something to show of, dimension -#}
{%- set stocks = [
    ('tthc_backlog_overdue', 'tthc_backlog_overdue_met > 0', ''),
    ('tthc_backlog_overdue', 'tthc_backlog_overdue_met > 0', 'sector'),
    ('tthc_backlog_cleared', 'tthc_backlog_cleared_counted > 0', ''),
] %}

stock_atom as (
    {% for kpi_id, condition, dimension in stocks %}
        select
            '{{ kpi_id }}' as kpi_id,
            period.period_kind,
            period.period_start,
            period.period_end,
            stock.commune_code,
            stock.unit_code,
            stock.former_province_code,
            '{{ dimension }}' as dimension,
            {{ "stock." ~ dimension if dimension else "''" }} as member,
            sum(stock.{{ kpi_id }}_met) as numerator,
            {{ "null" if kpi_id in counts else "sum(stock." ~ kpi_id ~ "_counted)" }} as denominator,
            null as decided,
            null as paused
        from stock
        inner join period on period.period_kind = 'to_date'
        where stock.{{ condition }}
        group by
            period.period_kind, period.period_start, period.period_end, stock.commune_code, stock.unit_code,
            stock.former_province_code
            {{- ", stock." ~ dimension if dimension }}
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
    cast(denominator as double) as denominator,
    cast(decided as bigint) as decided,
    cast(paused as bigint) as paused,
    cast(null as bigint) as remaining
from final
