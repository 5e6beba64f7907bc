-- Every centre owes one report a week: those of the communes and the provincial one. A centre whose latest report is
-- older than the feed's `max_age_days` is stale: its figure stays in the sums, but it counts as not reported.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'centre_readiness' and period_kind = 'to_date'

),

feed as (

    select
        feed.feed_id,
        feed.max_age_days,
        status.state
    from {{ ref('stg_feed') }} as feed
    inner join {{ ref('feed_status') }} as status on feed.feed_id = status.feed_id
    where feed.domain = 'centre_readiness'

),

centre as (

    select
        coalesce({{ department_code('attribution', 'unit_code') }}, commune_code) as unit_code,
        max(report_date) as report_date
    from {{ ref('fct_centre_readiness') }}
    where is_current
    group by coalesce({{ department_code('attribution', 'unit_code') }}, commune_code)

),

final as (

    select
        true as is_stock,
        period.period_kind,
        period.period_start,
        unit.grain,
        unit.unit_code,
        feed.feed_id,
        case
            when unit.grain = 'department' and unit.unit_code <> '{{ var("provincial_centre") }}' then 0
            when feed.state = 'not_expected' then 0
            else 1
        end as owes,
        case when {{ is_fresh('centre.report_date', 'feed.max_age_days') }} then 1 else 0 end as reports,
        -- A centre speaks for itself alone: of one that never reported nothing is known.
        case when centre.unit_code is not null then 1 else 0 end as has_delivery,
        case
            when centre.unit_code is not null and not {{ is_fresh('centre.report_date', 'feed.max_age_days') }} then 1
            else 0
        end as has_stale,
        case when centre.unit_code is null then 1 else 0 end as is_unknown,
        centre.report_date as data_date
    from period
    cross join feed
    inner join {{ ref('int_kpi_unit') }} as unit on unit.grain in ('commune', 'department')
    left join centre on unit.unit_code = centre.unit_code

)

select * from final
