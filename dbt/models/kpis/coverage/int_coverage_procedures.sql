-- The smallest units in each period of the procedures domain: which share of the reporting periods of their feeds has
-- arrived. One delivery covers an area, so that each unit of the area has reported every day that it covers. A commune
-- reports through the feed of its former province, a department through every feed that has held dossiers of it. What
-- stands open at D (`is_stock`) asks for the newest state alone.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'procedures'

),

feed as (

    select
        feed.feed_id,
        feed.area,
        feed.cadence,
        feed.expected_from,
        former_province.former_province_code,
        status.as_of as data_date,
        case when status.state <> 'not_expected' then 1 else 0 end as is_expected,
        case when {{ is_fresh('status.as_of', 'feed.max_age_days') }} then 1 else 0 end as is_fresh
    from {{ ref('stg_feed') }} as feed
    inner join {{ ref('feed_status') }} as status on feed.feed_id = status.feed_id
    inner join {{ ref('former_province') }} as former_province on feed.area = former_province.area
    where feed.domain = 'procedures'

),

reporting_period as (

    -- Of a period that runs on beyond D, or was begun before the feed was expected, the days that are owed.
    select
        period.period_kind,
        period.period_start,
        feed.feed_id,
        count(*) = count(delivered.date) as is_whole,
        count(delivered.date) as days_delivered
    from period
    cross join feed
    inner join {{ ref('dim_date') }} as day
        on day.date between greatest(period.period_start, feed.expected_from) and period.data_end
    left join {{ ref('int_feed_day') }} as delivered on feed.feed_id = delivered.feed_id and day.date = delivered.date
    group by
        period.period_kind, period.period_start, feed.feed_id, {{ period_name('feed.cadence', 'day.date') }}

),

arrived as (

    -- Of a period of which some day came, the units without a dossier have 0.
    select
        period_kind,
        period_start,
        feed_id,
        {{ count_if('is_whole') }} * 1.0 / count(*) as share,
        max(case when days_delivered > 0 then 1 else 0 end) as has_delivery
    from reporting_period
    group by period_kind, period_start, feed_id

),

department_feed as (

    select distinct
        dossier.unit_code,
        feed.feed_id
    from {{ ref('fct_dossier') }} as dossier
    inner join feed on dossier.area = feed.area
    where dossier.attribution = 'department' and dossier.state <> 'not_counted'

),

unit_feed as (

    select
        unit.grain,
        unit.unit_code,
        feed.feed_id,
        1 as owes
    from {{ ref('int_kpi_unit') }} as unit
    inner join feed on unit.former_province_code = feed.former_province_code
    where unit.grain = 'commune'

    union all

    -- A department that no feed has held so far owes nothing, and may come with any of them.
    select
        unit.grain,
        unit.unit_code,
        feed.feed_id,
        case when department_feed.feed_id is not null then 1 else 0 end as owes
    from {{ ref('int_kpi_unit') }} as unit
    cross join feed
    left join department_feed
        on unit.unit_code = department_feed.unit_code and feed.feed_id = department_feed.feed_id
    where
        unit.grain = 'department'
        and (
            department_feed.feed_id is not null
            or unit.unit_code not in (select carried.unit_code from department_feed as carried)
        )

),

shared as (

    -- A department weighs as much as a commune, through however many feeds it comes.
    select
        unit_feed.grain,
        unit_feed.unit_code,
        unit_feed.feed_id,
        unit_feed.owes * feed.is_expected * 1.0
        / count(*) over (partition by unit_feed.grain, unit_feed.unit_code) as owes,
        feed.data_date,
        feed.is_fresh
    from unit_feed
    inner join feed on unit_feed.feed_id = feed.feed_id

),

final as (

    select
        false as is_stock,
        arrived.period_kind,
        arrived.period_start,
        shared.grain,
        shared.unit_code,
        shared.feed_id,
        shared.owes,
        arrived.share as reports,
        arrived.has_delivery,
        0 as has_stale,
        0 as is_unknown,
        shared.data_date
    from shared
    inner join arrived on shared.feed_id = arrived.feed_id

    union all

    select
        true as is_stock,
        period.period_kind,
        period.period_start,
        shared.grain,
        shared.unit_code,
        shared.feed_id,
        shared.owes,
        shared.is_fresh as reports,
        case when shared.data_date is not null then 1 else 0 end as has_delivery,
        case when shared.data_date is not null then 1 - shared.is_fresh else 0 end as has_stale,
        case when shared.data_date is null then 1 else 0 end as is_unknown,
        shared.data_date
    from shared
    inner join period on period.period_kind = 'to_date'

)

select * from final
