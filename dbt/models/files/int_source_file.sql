-- One row per landed file, with its rank among all files and whether another file of its period replaced it. Files are
-- ranked by data date, then by the "lần n" of their title, then by SHA-256; when a file arrived plays no part.
with source as (

    select * from {{ ref('stg_file') }}

),

ranked as (

    select
        *,
        row_number() over (
            order by
                data_date asc nulls first,
                statement_no asc nulls first,
                sha256 asc nulls first,
                feed_id asc nulls first,
                batch_id asc nulls first
        ) as file_rank
    from source

),

live as (

    -- A snapshot replaces its whole period: of the accepted files of a period only the best ranked one counts. A
    -- register grows: a later one holds the periods of the earlier ones, and replaces them too.
    select
        replaced.feed_id,
        replaced.period_start,
        replaced.period_end,
        replaced.scope,
        max(best.file_rank) as live_file_rank
    from ranked as replaced
    inner join ranked as best
        on
            replaced.feed_id = best.feed_id
            and best.state = 'accepted'
            and replaced.scope is not distinct from best.scope
    inner join {{ ref('stg_feed') }} as feed
        on
            replaced.feed_id = feed.feed_id
            and (
                replaced.period_start = best.period_start and replaced.period_end = best.period_end
                or feed.delivery_period in ('months', 'register', 'register_or_part')
                and replaced.period_start >= best.period_start
                and replaced.period_end <= best.period_end
            )
    where replaced.state = 'accepted' and replaced.period_start is not null
    group by replaced.feed_id, replaced.period_start, replaced.period_end, replaced.scope

),

final as (

    select
        ranked.feed_id,
        ranked.batch_id,
        ranked.area,
        ranked.domain,
        ranked.file,
        ranked.sha256,
        ranked.state,
        ranked.blocked_rule,
        ranked.blocked_message_vi,
        ranked.blocked_remedy_vi,
        ranked.data_date,
        ranked.period_start,
        ranked.period_end,
        ranked.scope,
        ranked.covers_from,
        ranked.covers_to,
        ranked.statement_no,
        ranked.received_at,
        ranked.rows_read,
        ranked.rows_not_data,
        ranked.rows_quarantined,
        ranked.copies,
        cast(ranked.file_rank as integer) as file_rank,
        cast(live.live_file_rank as integer) as live_file_rank,
        ranked.state = 'accepted'
        and live.live_file_rank is not null
        and ranked.file_rank <> live.live_file_rank as is_superseded
    from ranked
    left join live
        on
            ranked.feed_id = live.feed_id
            and ranked.period_start = live.period_start
            and ranked.period_end = live.period_end
            and ranked.scope is not distinct from live.scope

)

select * from final
