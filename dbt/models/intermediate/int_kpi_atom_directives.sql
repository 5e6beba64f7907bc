-- KPI atoms of the leaders' tasks at D, by lead agency.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'directives' and period_kind = 'to_date'

),

task as (

    select
        commune_code,
        {{ department_code('attribution', 'unit_code') }} as unit_code,
        former_province_code,
        {{ count_if('is_overdue') }} as overdue,
        {{ count_if('is_on_time') }} as on_time,
        {{ count_if('is_on_time is not null') }} as judged
    from {{ ref('fct_directive') }}
    group by commune_code, {{ department_code('attribution', 'unit_code') }}, former_province_code

),

measure as (

    select
        'directive_overdue' as kpi_id,
        task.*,
        overdue as numerator,
        null as denominator
    from task

    union all

    select
        'directive_on_time' as kpi_id,
        task.*,
        on_time as numerator,
        judged as denominator
    from task
    where judged > 0

),

final as (

    select
        measure.kpi_id,
        period.period_kind,
        period.period_start,
        period.period_end,
        measure.commune_code,
        measure.unit_code,
        measure.former_province_code,
        '' as dimension,
        '' as member,
        cast(measure.numerator as double) as numerator,
        cast(measure.denominator as double) as denominator
    from measure
    cross join period

)

select * from final
