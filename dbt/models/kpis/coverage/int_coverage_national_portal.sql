-- The smallest units in each period of the national portal. Every commune owes a figure, and so does every department
-- that the portal has ever listed. A unit has reported when the portal's answer for the period has a figure for it: of
-- a period that is over an answer of its end, of a running one an answer that is not too old.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'national_portal' and period_kind <> 'week'

),

feed as (

    select
        feed_id,
        max_age_days
    from {{ ref('stg_feed') }}
    where domain = 'national_portal'

),

score as (

    select
        score.period_kind,
        score.period_start,
        case when score.attribution = 'department' then 'department' else 'commune' end as grain,
        coalesce({{ department_code('score.attribution', 'score.unit_code') }}, score.commune_code) as unit_code,
        max(case when score.total_received is null or score.total_on_time is null then 0 else 1 end) as has_figure,
        max(file.data_date) as data_date
    from {{ ref('fct_portal_score') }} as score
    inner join {{ ref('int_source_file') }} as file
        on score.feed_id = file.feed_id and score.batch_id = file.batch_id
    group by
        score.period_kind, score.period_start, score.attribution, score.unit_code, score.commune_code

),

unit as (

    -- A department that the portal does not list owes nothing.
    select
        unit.grain,
        unit.unit_code,
        case
            when unit.grain = 'commune' then 1
            when unit.unit_code in (select listed.unit_code from score as listed) then 1
            else 0
        end as owes
    from {{ ref('int_kpi_unit') }} as unit
    where unit.grain in ('commune', 'department')

),

final as (

    select
        false as is_stock,
        period.period_kind,
        period.period_start,
        unit.grain,
        unit.unit_code,
        feed.feed_id,
        unit.owes,
        case
            when
                score.data_date >= period.period_end
                or (period.is_running or period.period_kind = 'to_date')
                and {{ is_fresh('score.data_date', 'feed.max_age_days') }}
                then score.has_figure
            else 0
        end as reports,
        -- The portal has no figure of a department that it does not list: that department has 0.
        coalesce(score.has_figure, 1 - unit.owes) as has_delivery,
        0 as has_stale,
        1 - coalesce(score.has_figure, 0) as is_unknown,
        case when score.has_figure = 1 then score.data_date end as data_date
    from period
    cross join feed
    cross join unit
    left join score
        on
            case when period.period_kind = 'to_date' then 'year' else period.period_kind end = score.period_kind
            and period.period_start = score.period_start
            and unit.grain = score.grain
            and unit.unit_code = score.unit_code

)

select * from final
