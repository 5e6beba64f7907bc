{{ published() }}

-- Everything that is missing or wrong in what the offices sent, and who mends it. The ledger remembers when each gap
-- was first seen, and the gaps that are gone.
with found as (

    select * from {{ ref('int_gap_delivery') }}
    union all
    select * from {{ ref('int_gap_content') }}
    union all
    select * from {{ ref('int_gap_money') }}
    union all
    select * from {{ ref('int_gap_unit') }}

),

named as (

    -- A feed that is late or stale is one gap, and so is an unknown column, however their periods move on while they
    -- stay open.
    select
        {{ surrogate_key([
            'found.feed_id', 'found.kind', "case when found.kind not in ('late', 'stale', 'drift') then found.period end",
            'found.commune_code', 'found.measure', 'found.detail'
        ]) }} as gap_id,
        found.*,
        coalesce(feed.fixer_vi, feed.owner_vi) as fixer_vi
    from found
    inner join {{ ref('stg_feed') }} as feed on found.feed_id = feed.feed_id

),

identified as (

    -- What is the same gap is told once, however many files say it: an office may send two of one name.
    select
        gap_id,
        feed_id,
        area,
        commune_code,
        max(period) as period,
        kind,
        max(severity) as severity,
        measure,
        sum(rows_affected) as rows_affected,
        max(what_to_do_vi) as what_to_do_vi,
        detail,
        fixer_vi
    from named
    group by gap_id, feed_id, area, commune_code, kind, measure, detail, fixer_vi

),

recorded as (

    -- Of each stretch of versions that said the same of a gap, the last version.
    select
        told.*,
        coalesce(told.last_seen, version.as_of) as newest_seen,
        min(told.first_seen) over (partition by told.gap_id) as earliest_seen,
        row_number() over (
            partition by told.gap_id
            order by coalesce(told.last_seen, version.as_of) desc nulls last, told.last_no desc
        ) as newest_first
    from {{ ref('stg_ledger_data_gap') }} as told
    inner join {{ ref('stg_ledger_published_version') }} as version on told.last_no = version.version_no

),

remembered as (

    select * from recorded
    where newest_first = 1

),

accepted as (

    -- When several acceptances fit a gap, the one that lasts longest holds.
    select
        identified.gap_id,
        fault.until as accepted_until,
        fault.by_vi || ': ' || fault.why_vi as accepted_by_vi,
        row_number() over (
            partition by identified.gap_id order by fault.until desc, fault.by_vi asc, fault.why_vi asc
        ) as longest_first
    from identified
    inner join {{ ref('stg_accepted_fault') }} as fault
        on
            identified.feed_id = fault.feed_id
            and identified.kind = fault.gap_kind
            and coalesce(identified.commune_code = fault.commune_code, fault.commune_code is null)
            and coalesce(identified.period = fault.period, fault.period is null)

),

newest_due as (

    select
        feed_id,
        max(case when is_due then expected_end end) as last_day,
        max(case when is_delivered then expected_end end) as newest_told,
        max(delivery_period) as delivery_period
    from {{ ref('int_feed_expectation') }}
    group by feed_id

),

absent as (

    -- Gaps of what should have come: of which unit (NULL: of the whole feed), and of which days.
    select
        identified.gap_id,
        identified.feed_id,
        identified.kind in ('late', 'stale') as is_of_the_newest,
        coalesce(
            identified.commune_code,
            case when identified.kind in ('missing_unit', 'refused_unit', 'stale') then department.unit_code end
        ) as unit_code,
        commune.former_province_code,
        {{ first_day_of_named('identified.period') }} as first_day,
        {{ last_day_of_named('identified.period') }} as last_day
    from identified
    left join {{ ref('dim_commune') }} as commune on identified.commune_code = commune.commune_code
    left join {{ ref('int_kpi_unit') }} as department
        on department.grain = 'department' and identified.detail = 'department ' || department.unit_code
    where
        identified.kind in ('missing_period', 'missing_unit', 'refused_unit', 'late', 'stale', 'blocked_file')

),

waiting as (

    -- A verdict on what came in a period waits for gaps of its days; one on the state at D for what is due now, and for
    -- each part of a state that is told in parts.
    select
        absent.gap_id,
        count(*) as verdicts_waiting
    from absent
    inner join {{ ref('int_verdict_waiting') }} as verdict on absent.feed_id = verdict.feed_id
    left join newest_due on absent.feed_id = newest_due.feed_id
    where
        (
            absent.unit_code is null
            or verdict.grain = 'province'
            or verdict.unit_code = absent.unit_code and verdict.grain in ('commune', 'department')
            or verdict.unit_code = absent.former_province_code and verdict.grain = 'former_province'
        )
        and (
            absent.is_of_the_newest
            or absent.first_day is null
            or verdict.is_stock and absent.last_day >= coalesce(newest_due.last_day, absent.last_day)
            or verdict.is_stock
            and {{ is_part_owed(
                'newest_due.delivery_period', 'absent.last_day', 'verdict.period_start', 'newest_due.newest_told'
            ) }}
            or not verdict.is_stock
            and absent.first_day <= verdict.period_end
            and absent.last_day >= verdict.period_start
        )
    group by absent.gap_id

),

present_gap as (

    select
        identified.gap_id,
        identified.feed_id,
        identified.area,
        identified.commune_code,
        identified.period,
        identified.kind,
        identified.severity,
        identified.measure,
        cast(identified.rows_affected as bigint) as rows_affected,
        coalesce(remembered.earliest_seen, {{ as_of() }}) as first_seen,
        {{ as_of() }} as last_seen,
        case when accepted.gap_id is null then 'open' else 'accepted' end as state,
        identified.fixer_vi as who_fixes,
        identified.what_to_do_vi,
        identified.detail,
        accepted.accepted_until,
        accepted.accepted_by_vi,
        cast(coalesce(waiting.verdicts_waiting, 0) as bigint) as verdicts_waiting
    from identified
    left join waiting on identified.gap_id = waiting.gap_id
    left join remembered on identified.gap_id = remembered.gap_id
    left join accepted on identified.gap_id = accepted.gap_id and accepted.longest_first = 1

),

resolved_gap as (

    select
        remembered.gap_id,
        remembered.feed_id,
        remembered.area,
        remembered.commune_code,
        remembered.period,
        remembered.kind,
        remembered.severity,
        remembered.measure,
        remembered.rows_affected,
        remembered.earliest_seen as first_seen,
        remembered.newest_seen as last_seen,
        'resolved' as state,
        remembered.who_fixes,
        remembered.what_to_do_vi,
        remembered.detail,
        cast(null as date) as accepted_until,
        cast(null as varchar) as accepted_by_vi,
        cast(0 as bigint) as verdicts_waiting
    from remembered
    left join identified on remembered.gap_id = identified.gap_id
    where identified.gap_id is null

),

final as (

    select * from present_gap
    union all
    select * from resolved_gap

)

select * from final
