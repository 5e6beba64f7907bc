-- KPI atoms of the leaders' tasks at D, by lead agency.
with task as (

    select
        commune_code,
        {{ department_code('attribution', 'unit_code') }} as unit_code,
        former_province_code,
        is_overdue,
        is_on_time
    from {{ ref('fct_directive') }}

),

measure as (

    select
        'directive_overdue' as kpi_id,
        commune_code,
        unit_code,
        former_province_code,
        case when is_overdue then 1 else 0 end as numerator,
        null as denominator
    from task

    union all

    select
        'directive_on_time' as kpi_id,
        commune_code,
        unit_code,
        former_province_code,
        case when is_on_time then 1 else 0 end as numerator,
        1 as denominator
    from task
    where is_on_time is not null

),

{{ stock_atoms('directives', ['commune_code', 'unit_code', 'former_province_code']) }}
