-- Every period that a feed was to deliver by D, and whether it did.
with feed as (

    select * from {{ ref('stg_feed') }}
    where is_expected

),

expected as (

    select
        feed.feed_id,
        feed.domain,
        feed.area,
        feed.cadence,
        feed.delivery_period,
        -- Each report of investment is the state at one day, also in a feed that sends all reports so far as one table.
        feed.delivery_period in ('data_date', 'plan_year') or feed.domain = 'investment' as is_of_its_day,
        day.date as expected_end,
        case feed.cadence
            when 'nightly' then day.date
            when 'weekly' then {{ date_add_days('day.date', -6) }}
            when 'twice_monthly'
                then
                    case
                        when day.date = {{ last_day_of('month', 'day.date') }}
                            then {{ date_add_days(first_day_of('month', 'day.date'), 15) }}
                        else {{ first_day_of('month', 'day.date') }}
                    end
            else {{ first_day_of('month', 'day.date') }}
        end as expected_start,
        {{ date_add_days('day.date', 'feed.late_after_days') }} < {{ as_of() }} as is_due
    from feed
    inner join {{ ref('dim_date') }} as day
        on
            day.date between feed.expected_from and {{ as_of() }}
            and (
                feed.cadence = 'nightly'
                or feed.cadence = 'weekly' and {{ iso_weekday('day.date') }} = 5
                or feed.cadence in ('monthly', 'twice_monthly') and day.date = {{ last_day_of('month', 'day.date') }}
                or feed.cadence = 'twice_monthly' and extract(day from day.date) = 15
            )

),

delivered as (

    -- The portal's answer for a quarter or a year delivers no month. A file that tells the state at one day delivers
    -- the period in which that day lies, and no earlier one.
    select distinct
        expected.feed_id,
        expected.expected_end
    from expected
    inner join {{ ref('int_source_file') }} as file
        on
            expected.feed_id = file.feed_id
            and file.state = 'accepted'
            and (
                not expected.is_of_its_day
                and expected.expected_end between file.covers_from and file.covers_to
                and (
                    expected.delivery_period <> 'as_named'
                    or expected.expected_start <= file.period_start and expected.expected_end >= file.period_end
                )
                or expected.is_of_its_day
                and file.data_date between expected.expected_start and expected.expected_end
            )

    union

    -- A table that holds all reports so far delivers exactly the periods of those reports, whatever the file's own day.
    select distinct
        expected.feed_id,
        expected.expected_end
    from expected
    inner join {{ ref('int_investment_statement') }} as statement
        on
            expected.feed_id = statement.feed_id
            and not statement.is_superseded
            and statement.report_date between expected.expected_start and expected.expected_end

),

final as (

    select
        expected.*,
        delivered.feed_id is not null as is_delivered
    from expected
    left join delivered
        on expected.feed_id = delivered.feed_id and expected.expected_end = delivered.expected_end

)

select * from final
