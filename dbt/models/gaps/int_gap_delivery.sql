-- Gaps in what was delivered: periods, lateness, age, blocked files, refused rows, totals, unknown columns, volume.
with file as (

    select
        file.*,
        feed.cadence,
        feed.delivery_period,
        {{ period_name('feed.cadence', 'file.data_date') }} as period
    from {{ ref('int_source_file') }} as file
    inner join {{ ref('stg_feed') }} as feed on file.feed_id = feed.feed_id

),

expected as (

    -- Of a feed that comes every night, all missing nights of a month are one gap.
    select
        *,
        case
            when cadence = 'nightly' then {{ year_month('expected_end') }}
            else {{ period_name('cadence', 'expected_end') }}
        end as period
    from {{ ref('int_feed_expectation') }}
    where is_due and not is_delivered

),

undelivered as (

    select
        feed_id,
        area,
        cadence,
        period,
        min(expected_start) as first_start,
        min(expected_end) as first_end,
        max(expected_end) as last_end,
        count(*) as ends
    from expected
    group by feed_id, area, cadence, period

),

accepted_name as (

    select distinct
        file_name.feed_id,
        file_name.file
    from {{ ref('stg_file_name') }} as file_name
    inner join file on file_name.feed_id = file.feed_id and file_name.batch_id = file.batch_id
    where file.state = 'accepted'

),

unmended_name as (

    -- Names under which no usable file ever came. A half-written file that was completed, or a page that was fetched
    -- again, is mended when a usable file comes under the same name, whatever other names the bad bytes had.
    select
        file_name.feed_id,
        file_name.batch_id,
        min(file_name.file) as file
    from {{ ref('stg_file_name') }} as file_name
    left join accepted_name on file_name.feed_id = accepted_name.feed_id and file_name.file = accepted_name.file
    where accepted_name.file is null
    group by file_name.feed_id, file_name.batch_id

),

unusable as (

    -- What came of a missing period and cannot be used: the newest, and how many.
    select
        undelivered.feed_id,
        undelivered.period,
        unmended_name.file,
        file.blocked_message_vi,
        count(*) over (partition by undelivered.feed_id, undelivered.period) as files,
        row_number() over (
            partition by undelivered.feed_id, undelivered.period order by file.file_rank desc
        ) as newest_first
    from undelivered
    inner join file
        on
            undelivered.feed_id = file.feed_id
            and file.state <> 'accepted'
            and file.data_date between undelivered.first_start and undelivered.last_end
    inner join unmended_name on file.feed_id = unmended_name.feed_id and file.batch_id = unmended_name.batch_id

),

missing_period as (

    select
        undelivered.feed_id,
        undelivered.area,
        cast(null as varchar) as commune_code,
        undelivered.period,
        'missing_period' as kind,
        'error' as severity,
        'period' as measure,
        '' as detail,
        cast(null as bigint) as rows_affected,
        case
            when undelivered.cadence = 'nightly'
                then
                    'Gửi dữ liệu của ' || cast(undelivered.ends as varchar) || ' ngày còn thiếu, từ '
                    || {{ vietnamese_date('undelivered.first_end') }} || ' đến '
                    || {{ vietnamese_date('undelivered.last_end') }}
            else 'Gửi dữ liệu của kỳ kết thúc ngày ' || {{ vietnamese_date('undelivered.last_end') }}
        end
        || case
            when unusable.feed_id is not null
                then
                    '; đã nhận '
                    || case
                        when unusable.files > 1
                            then cast(unusable.files as varchar) || ' tệp không dùng được, mới nhất là “'
                        else 'nhưng không dùng được tệp “'
                    end
                    || unusable.file || '”: ' || coalesce(unusable.blocked_message_vi, 'Không đọc được tệp.')
            when undelivered.cadence = 'nightly' then '; chưa có tệp nào bao quát những ngày này.'
            else '; kỳ này chưa có tệp nào được nhận.'
        end as what_to_do_vi
    from undelivered
    left join unusable
        on
            undelivered.feed_id = unusable.feed_id
            and undelivered.period = unusable.period
            and unusable.newest_first = 1

),

late as (

    -- A late feed has one gap, whichever periods it owes: the gap opens, grows older, and closes.
    select
        status.feed_id,
        status.area,
        cast(null as varchar) as commune_code,
        {{ period_name('status.cadence', 'status.as_of') }} as period,
        'late' as kind,
        case when status.is_stale then 'error' else 'warning' end as severity,
        'last_delivery' as measure,
        '' as detail,
        cast(null as bigint) as rows_affected,
        'Số liệu mới nhất đến ngày ' || {{ vietnamese_date('status.as_of') }}
        || ', đã quá hạn. Gửi ngay kỳ còn thiếu hoặc báo lý do.' as what_to_do_vi
    from {{ ref('feed_status') }} as status
    where
        status.as_of is not null
        and exists (
            select 1
            from {{ ref('int_feed_expectation') }} as expectation
            where
                expectation.feed_id = status.feed_id
                and expectation.is_due
                and expectation.expected_end > status.as_of
        )

),

stale as (

    -- The newest figures of a feed are older than its layout allows. Like lateness, one gap while it lasts.
    select
        status.feed_id,
        status.area,
        cast(null as varchar) as commune_code,
        {{ period_name('status.cadence', 'status.as_of') }} as period,
        'stale' as kind,
        'error' as severity,
        'data_date' as measure,
        '' as detail,
        cast(null as bigint) as rows_affected,
        'Số liệu mới nhất đến ngày ' || {{ vietnamese_date('status.as_of') }} || ', cũ hơn '
        || cast(feed.max_age_days as varchar) || ' ngày cho phép. Gửi số liệu mới.' as what_to_do_vi
    from {{ ref('feed_status') }} as status
    inner join {{ ref('stg_feed') }} as feed on status.feed_id = feed.feed_id
    where status.is_stale and status.as_of is not null

),

blocked as (

    select
        file.*,
        commune.commune_code,
        unmended_name.file as unmended_file,
        -- A file sent again under its name and no better is the same gap, told as the newest has it.
        row_number() over (
            partition by file.feed_id, file.period, commune.commune_code, file.blocked_rule, file.file
            order by file.file_rank desc
        ) as newest_first
    from file
    inner join unmended_name
        on file.feed_id = unmended_name.feed_id and file.batch_id = unmended_name.batch_id
    left join {{ ref('dim_commune') }} as commune on file.scope = commune.commune_code
    left join file as accepted
        on
            -- Another statement of its period. Of a blocked report nobody knows the plan year, from whose first day the
            -- period of an accepted one runs.
            file.feed_id = accepted.feed_id
            and accepted.state = 'accepted'
            and file.scope is not distinct from accepted.scope
            and (
                file.period_start = accepted.period_start
                or file.delivery_period = 'plan_year' and file.period_start > accepted.period_start
            )
            and file.period_end = accepted.period_end
            and file.data_date <= accepted.data_date
    where file.state = 'blocked' and accepted.feed_id is null

),

blocked_file as (

    select
        feed_id,
        area,
        commune_code,
        period,
        'blocked_file' as kind,
        'error' as severity,
        blocked_rule as measure,
        file as detail,
        cast(null as bigint) as rows_affected,
        coalesce(blocked_message_vi, 'Không đọc được tệp.') || coalesce(' ' || blocked_remedy_vi, '')
        || ' Gửi lại tệp: ' || unmended_file as what_to_do_vi
    from blocked
    where newest_first = 1

),

quarantined_rows as (

    select
        refused.feed_id,
        file.area,
        refused.commune_code,
        file.period,
        'quarantined_rows' as kind,
        'warning' as severity,
        refused.rule as measure,
        coalesce(refused.column_name, '') as detail,
        count(*) as rows_affected,
        coalesce(max(refused.remedy_vi), max(refused.message_vi), 'Sửa tại nguồn rồi gửi lại.') as what_to_do_vi
    from {{ ref('int_quarantine') }} as refused
    inner join file on refused.feed_id = file.feed_id and refused.batch_id = file.batch_id
    where file.state = 'accepted' and not file.is_superseded
    group by refused.feed_id, file.area, refused.commune_code, file.period, refused.rule, refused.column_name

),

unequal_total as (

    select
        total.feed_id,
        file.area,
        cast(null as varchar) as commune_code,
        file.period,
        'control_total' as kind,
        'warning' as severity,
        total.measure,
        total.file || coalesce(' · ' || nullif(total.scope, ''), '') as detail,
        cast(null as bigint) as rows_affected,
        'Tổng ghi trong tệp (' || {{ plain_number('total.stated') }} || ') khác tổng cộng từ các dòng ('
        || {{ plain_number('total.computed') }} || '). Rà lại dòng tổng và các dòng chi tiết, rồi gửi lại.'
            as what_to_do_vi
    from {{ ref('control_total') }} as total
    inner join file on total.feed_id = file.feed_id and total.batch_id = file.batch_id
    where not total.is_equal and not file.is_superseded

),

drift as (

    select
        drift.feed_id,
        file.area,
        cast(null as varchar) as commune_code,
        max(file.period) as period,
        'drift' as kind,
        'info' as severity,
        'column' as measure,
        max(coalesce(drift.header, '')) as detail,
        cast(null as bigint) as rows_affected,
        'Cột lạ "' || max(coalesce(drift.header, ''))
        || '" chưa có trong mẫu. Báo cho đơn vị quản trị kho dữ liệu nếu đây là cột mới.'
            as what_to_do_vi
    from {{ ref('stg_drift') }} as drift
    inner join file on drift.feed_id = file.feed_id and drift.batch_id = file.batch_id
    where file.state = 'accepted' and not file.is_superseded
    -- In capitals it is the same header.
    group by drift.feed_id, file.area, lower(drift.header)

),

delivery as (

    -- All files of one data date together (a pull may be many pages), as rows per delivered working day. A delivery
    -- without a working day, or of a period that is not whole yet, is not compared.
    select
        source_file.feed_id,
        source_file.area,
        source_file.period,
        source_file.data_date,
        max(source_file.covers_to) = max(coalesce(source_file.period_end, source_file.covers_to))
        and max(last_day.working_day_number) > min(before_day.working_day_number) as is_comparable,
        sum(source_file.rows_accepted + source_file.rows_duplicate) as rows_delivered,
        sum(source_file.rows_accepted + source_file.rows_duplicate) * 1.0
        / nullif(max(last_day.working_day_number) - min(before_day.working_day_number), 0) as rows_a_day
    from {{ ref('source_file') }} as source_file
    inner join {{ ref('dim_date') }} as last_day on source_file.covers_to = last_day.date
    inner join {{ ref('dim_date') }} as before_day
        on {{ date_add_days('source_file.covers_from', -1) }} = before_day.date
    where source_file.state = 'accepted' and not source_file.is_superseded and source_file.domain = 'procedures'
    group by source_file.feed_id, source_file.area, source_file.period, source_file.data_date

),

compared as (

    select
        *,
        {{ median('rows_a_day') }} over before as usual_rows_a_day,
        {{ median('rows_delivered') }} over before as usual_rows,
        count(*) over before as earlier_deliveries
    from delivery
    where is_comparable
    window before as (
        partition by feed_id order by data_date asc rows between 3 preceding and 1 preceding
    )

),

volume as (

    -- Less than half or more than double of what is usual. What is usual takes at least two earlier deliveries, and a
    -- median of at least 30 rows.
    select
        feed_id,
        area,
        cast(null as varchar) as commune_code,
        period,
        'volume' as kind,
        'warning' as severity,
        'rows_a_working_day' as measure,
        '' as detail,
        cast(rows_delivered as bigint) as rows_affected,
        'Số dòng của kỳ này khác hẳn các kỳ trước (bằng '
        || cast(cast(round(100.0 * rows_a_day / usual_rows_a_day) as bigint) as varchar)
        || '% mức thường). Kiểm tra tệp đã đủ đơn vị và đủ ngày chưa.' as what_to_do_vi
    from compared
    where
        earlier_deliveries >= 2
        and usual_rows >= 30
        and (rows_a_day < 0.5 * usual_rows_a_day or rows_a_day > 2 * usual_rows_a_day)

),

dated_ahead as (

    -- Of a wrong year nobody would ever hear: such a file waits for a day that does not come.
    select
        waiting.feed_id,
        waiting.area,
        cast(null as varchar) as commune_code,
        {{ period_name('feed.cadence', 'waiting.data_date') }} as period,
        'contradiction' as kind,
        'warning' as severity,
        'dated_ahead' as measure,
        waiting.file as detail,
        cast(null as bigint) as rows_affected,
        'Tệp ghi số liệu đến ngày ' || {{ vietnamese_date('waiting.data_date') }}
        || ', là ngày chưa đến; tệp chờ đến ngày đó. Nếu ghi nhầm ngày, sửa tiêu đề rồi gửi lại.' as what_to_do_vi
    from {{ ref('stg_waiting_file') }} as waiting
    inner join {{ ref('stg_feed') }} as feed on waiting.feed_id = feed.feed_id

),

final as (

    select * from missing_period
    union all
    select * from late
    union all
    select * from stale
    union all
    select * from blocked_file
    union all
    select * from quarantined_rows
    union all
    select * from unequal_total
    union all
    select * from drift
    union all
    select * from volume
    union all
    select * from dated_ahead

)

select * from final
