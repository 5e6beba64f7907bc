-- Official plans of the running plan year, by grain. `is_divisor`: both rates of a scope divide by one source, so that
-- a decision that lacks one of the two plans stands beside the rates and divides neither. A decision of a former
-- province holds for that former province alone.
with decision as (

    select
        *,
        plan_pm is not null and plan_total is not null as is_divisor
    from {{ ref('mart_plan_decision') }}
    where is_current

),

final as (

    select
        'inv_rate_pm' as kpi_id,
        grain,
        unit_code,
        cast(plan_pm as double) as denominator,
        is_divisor,
        scope,
        plan_year,
        source
    from decision
    where plan_pm is not null

    union all

    select
        'inv_rate_total' as kpi_id,
        grain,
        unit_code,
        cast(plan_total as double) as denominator,
        is_divisor,
        scope,
        plan_year,
        source
    from decision
    where plan_total is not null

)

select * from final
