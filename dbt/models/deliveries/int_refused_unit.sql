-- Communes of which rows were refused in the files that tell the state at D, by the period of the file, for feeds in
-- which not every unit owes: who is in no row of theirs and stands here has sent. Of reports of a day the newest file
-- tells the state, of lots those of D's year, of a list the live ones.
with file as (

    select
        file.feed_id,
        file.batch_id,
        file.data_date,
        file.covers_to,
        feed.cadence,
        feed.delivery_period,
        max(file.data_date) over (partition by file.feed_id) as newest_date
    from {{ ref('int_source_file') }} as file
    inner join {{ ref('stg_feed') }} as feed on file.feed_id = feed.feed_id
    where
        file.state = 'accepted'
        and not file.is_superseded
        and not coalesce(feed.every_unit_owes, false)
        and feed.domain not in ('procedures', 'national_portal')

),

state_file as (

    select
        *,
        {{ period_name('cadence', 'data_date') }} as period
    from file
    where
        case
            when delivery_period in ('data_date', 'plan_year') then data_date = newest_date
            when delivery_period = 'months' then covers_to >= {{ first_day_of('year', as_of()) }}
            else true
        end

),

final as (

    select
        file.feed_id,
        refused.commune_code,
        file.period,
        {{ count_refused_rows('file', 'refused') }}
    from state_file as file
    inner join {{ ref('stg_quarantine') }} as refused
        on file.feed_id = refused.feed_id and file.batch_id = refused.batch_id
    where refused.commune_code is not null
    group by file.feed_id, refused.commune_code, file.period

)

select * from final
