-- The smallest units in each period of the procedures domain: who owes a report, who reported, whose feed came at all.
-- A unit owes a report when it handled dossiers in the period or in the month before. A commune reports through the
-- feed of its former province, a department through every feed that has held dossiers of it.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'procedures'

),

feed as (

    select
        feed.feed_id,
        feed.area,
        former_province.former_province_code
    from {{ ref('stg_feed') }} as feed
    inner join {{ ref('former_province') }} as former_province on feed.area = former_province.area
    where feed.domain = 'procedures'

),

delivery as (

    select
        period.period_kind,
        period.period_start,
        feed.feed_id,
        count(day.date) as days_delivered,
        count(day.date) = {{ days_between('period.period_start', 'period.data_end') }} + 1 as is_whole
    from period
    cross join feed
    left join {{ ref('int_feed_day') }} as day
        on feed.feed_id = day.feed_id and day.date between period.period_start and period.data_end
    group by period.period_kind, period.period_start, period.data_end, feed.feed_id

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
        feed.feed_id
    from {{ ref('int_kpi_unit') }} as unit
    inner join feed on unit.former_province_code = feed.former_province_code
    where unit.grain = 'commune'

    union all

    -- A department that no feed has held so far may come with any of them.
    select
        unit.grain,
        unit.unit_code,
        feed.feed_id
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

reported as (

    select
        unit_feed.grain,
        unit_feed.unit_code,
        delivery.period_kind,
        delivery.period_start,
        min(case when delivery.is_whole then 1 else 0 end) as is_whole,
        max(case when delivery.days_delivered > 0 then 1 else 0 end) as has_delivery
    from unit_feed
    inner join delivery on unit_feed.feed_id = delivery.feed_id
    group by unit_feed.grain, unit_feed.unit_code, delivery.period_kind, delivery.period_start

),

handled as (

    select distinct
        period.period_kind,
        period.period_start,
        case when flow.department_code is null then 'commune' else 'department' end as grain,
        coalesce(flow.department_code, flow.commune_code) as unit_code
    from {{ ref('int_dossier_flow') }} as flow
    inner join period on flow.segment_start between period.month_before_start and period.data_end
    where coalesce(flow.department_code, flow.commune_code) is not null

),

final as (

    select
        reported.period_kind,
        reported.period_start,
        reported.grain,
        reported.unit_code,
        case when handled.unit_code is not null then 1 else 0 end as owes,
        case when handled.unit_code is not null then reported.is_whole else 0 end as reports,
        reported.has_delivery,
        0 as has_stale
    from reported
    left join handled
        on
            reported.period_kind = handled.period_kind
            and reported.period_start = handled.period_start
            and reported.grain = handled.grain
            and reported.unit_code = handled.unit_code

)

select * from final
