-- KPI atoms of plans and organisation decisions at D: milestones with a due date, by the former province of the plan.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'planning' and period_kind = 'to_date'

),

milestone as (

    select
        former_province_code,
        {{ count_if('is_on_time') }} as on_time,
        count(*) as judged
    from {{ ref('fct_plan_milestone') }}
    where is_on_time is not null
    group by former_province_code

),

final as (

    select
        'plan_milestone' as kpi_id,
        period.period_kind,
        period.period_start,
        period.period_end,
        cast(null as varchar) as commune_code,
        cast(null as varchar) as unit_code,
        milestone.former_province_code,
        '' as dimension,
        '' as member,
        cast(milestone.on_time as double) as numerator,
        cast(milestone.judged as double) as denominator
    from milestone
    cross join period

)

select * from final
