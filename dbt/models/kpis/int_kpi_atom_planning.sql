-- KPI atoms of plans and organisation decisions at D: milestones with a due date, by the former province of the plan.
with measure as (

    select
        'plan_milestone' as kpi_id,
        former_province_code,
        case when is_on_time then 1 else 0 end as numerator,
        1 as denominator
    from {{ ref('fct_plan_milestone') }}
    where is_on_time is not null

),

{{ stock_atoms('planning', ['former_province_code']) }}
