{{ published(alias='plan_decision') }}

-- One row per official plan as decided and announced: by scope, plan year and day. `is_current`: the newest decision of
-- its scope for the running plan year, taken at or before D.
with decision as (

    select
        *,
        case when scope like '%-former' then 'former_province' else 'province' end as grain,
        replace(scope, '-former', '') as unit_code
    from {{ ref('plan_decision') }}

),

final as (

    select
        scope,
        cast(plan_year as integer) as plan_year,
        as_of,
        grain,
        unit_code,
        plan_pm,
        plan_total,
        disbursed,
        source,
        as_of <= {{ as_of() }}
        and plan_year = {{ plan_year() }}
        and row_number() over (
            partition by scope, plan_year, as_of <= {{ as_of() }} order by as_of desc
        ) = 1 as is_current
    from decision

)

select * from final
