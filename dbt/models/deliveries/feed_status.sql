{{ published() }}

-- One row a feed: what it delivered last, its account of rows, and whether it is on time.
with feed as (

    select * from {{ ref('stg_feed') }}

),

account as (

    -- Rows of accepted files only: a blocked file has none.
    select
        feed_id,
        max(data_date) as as_of,
        sum(rows_read) as rows_read,
        sum(rows_accepted) as rows_accepted,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_not_data) as rows_not_data,
        count(*) as files_accepted
    from {{ ref('source_file') }}
    where state = 'accepted'
    group by feed_id

),

newest as (

    select
        feed_id,
        max(file_rank) as file_rank
    from {{ ref('int_source_file') }}
    where state = 'accepted'
    group by feed_id

),

last_accepted as (

    select
        file.feed_id,
        file.file,
        file.data_date,
        file.received_at
    from {{ ref('int_source_file') }} as file
    inner join newest on file.file_rank = newest.file_rank

),

blocked as (

    -- Blocked files that are not older than the newest accepted one, and whose period no accepted file covers.
    select distinct blocked_file.feed_id
    from {{ ref('int_source_file') }} as blocked_file
    left join account on blocked_file.feed_id = account.feed_id
    left join {{ ref('int_source_file') }} as accepted
        on
            blocked_file.feed_id = accepted.feed_id
            and accepted.state = 'accepted'
            and blocked_file.scope is not distinct from accepted.scope
            and blocked_file.covers_from >= accepted.covers_from
            and blocked_file.covers_to <= accepted.covers_to
    where
        blocked_file.state = 'blocked'
        and (account.as_of is null or blocked_file.data_date >= account.as_of)
        and accepted.feed_id is null

),

expectation as (

    select
        expectation.feed_id,
        max(case when expectation.is_due then expectation.expected_end end) as newest_due,
        min(expectation.expected_end) as first_end,
        {{ count_if('expectation.is_due and not expectation.is_delivered') }} as periods_missing
    from {{ ref('int_feed_expectation') }} as expectation
    group by expectation.feed_id

),

final as (

    select
        feed.feed_id,
        feed.area,
        last_accepted.file as last_file,
        {{ period_name('feed.cadence', 'last_accepted.data_date') }} as last_period,
        account.as_of,
        last_accepted.received_at,
        cast(coalesce(account.rows_read, 0) as bigint) as rows_read,
        cast(coalesce(account.rows_accepted, 0) as bigint) as rows_accepted,
        cast(coalesce(account.rows_quarantined, 0) as bigint) as rows_quarantined,
        cast(coalesce(account.rows_duplicate, 0) as bigint) as rows_duplicate,
        cast(coalesce(account.rows_not_data, 0) as bigint) as rows_not_data,
        -- A feed that never came is as old as the first period that it owed; one that need not come has nothing that
        -- could grow old.
        feed.is_expected
        and coalesce(
            {{ date_add_days(
                'coalesce(account.as_of, case when feed.waived_until is null then expectation.first_end end)',
                'feed.max_age_days'
            ) }} < {{ as_of() }},
            false
        ) as is_stale,
        case
            when not feed.is_expected or feed.waived_until is not null then 'not_expected'
            when blocked.feed_id is not null then 'blocked'
            when account.files_accepted is null and expectation.newest_due is null then 'not_expected'
            when account.files_accepted is null then 'missing'
            when account.as_of < expectation.newest_due then 'late'
            when expectation.periods_missing > 0 then 'partial'
            else 'ok'
        end as state,
        feed.domain,
        feed.title_vi,
        feed.owner_vi,
        feed.cadence,
        cast(coalesce(account.files_accepted, 0) as integer) as files_accepted,
        cast(coalesce(expectation.periods_missing, 0) as integer) as periods_missing
    from feed
    left join account on feed.feed_id = account.feed_id
    left join last_accepted on feed.feed_id = last_accepted.feed_id
    left join blocked on feed.feed_id = blocked.feed_id
    left join expectation on feed.feed_id = expectation.feed_id

)

select * from final
