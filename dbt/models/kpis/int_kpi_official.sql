-- Denominators that an official decision sets in the place of the sum of the projects, by grain; the sum stands beside
-- them as a control total. A decision of a former province holds for that former province alone.
with decision as (

    select * from {{ ref('mart_plan_decision') }}
    where is_current

),

final as (

    select
        'inv_rate_pm' as kpi_id,
        grain,
        unit_code,
        cast(plan_pm as double) as denominator,
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
        scope,
        plan_year,
        source
    from decision
    where plan_total is not null

)

select * from final
