-- Gaps in houses, centres and tasks: households under two strands, centres and communes without a report.
with two_strands as (

    select
        feed_id,
        max(area) as area,
        commune_code,
        {{ year_month(as_of()) }} as period,
        'contradiction' as kind,
        'warning' as severity,
        'two_strands' as measure,
        '' as detail,
        count(*) as rows_affected,
        'Hộ có tên ở hai nhóm hỗ trợ; chỉ tính một lần ở nhóm có mức hỗ trợ lớn hơn. Xác định một nhóm cho mỗi hộ.'
            as what_to_do_vi
    from {{ ref('fct_household') }}
    where is_under_two_strands
    group by feed_id, commune_code

),

silent_unit as (

    -- In these feeds every unit owes a report of its own.
    select
        feed.feed_id,
        feed.area,
        case when coverage.grain = 'commune' then coverage.unit_code end as commune_code,
        {{ period_name('feed.cadence', 'status.as_of') }} as period,
        'missing_unit' as kind,
        'warning' as severity,
        'report' as measure,
        coverage.grain || ' ' || coverage.unit_code as detail,
        cast(null as bigint) as rows_affected,
        'Đơn vị chưa gửi báo cáo của kỳ. Gửi báo cáo còn thiếu.' as what_to_do_vi
    from (
        {% for domain in ['housing', 'centre_readiness'] %}
            select
                '{{ domain }}' as domain,
                grain,
                unit_code,
                owes,
                reports
            from {{ ref('int_coverage_' ~ domain) }}
            {{ "union all" if not loop.last }}
        {% endfor %}
    ) as coverage
    inner join {{ ref('int_kpi_unit') }} as unit
        on coverage.grain = unit.grain and coverage.unit_code = unit.unit_code
    left join {{ ref('former_province') }} as former_province
        on unit.former_province_code = former_province.former_province_code
    inner join {{ ref('stg_feed') }} as feed
        on
            coverage.domain = feed.domain
            and feed.every_unit_owes
            and (feed.area is null or former_province.area = feed.area)
    inner join {{ ref('feed_status') }} as status on feed.feed_id = status.feed_id and status.files_accepted > 0
    where coverage.owes = 1 and coverage.reports = 0

),

unit_figure as (

    -- The newest figures of each unit that reports for itself. A commune's own file is its report even when it has no
    -- rows, but not when all of them were refused.
    select
        file.feed_id,
        file.scope as commune_code,
        file.scope as unit_code,
        max(file.data_date) as data_date
    from {{ ref('int_source_file') }} as file
    inner join {{ ref('source_file') }} as account
        on file.feed_id = account.feed_id and file.batch_id = account.batch_id
    inner join {{ ref('dim_commune') }} as commune on file.scope = commune.commune_code
    where
        file.state = 'accepted'
        and (account.rows_accepted + account.rows_duplicate > 0 or account.rows_quarantined = 0)
    group by file.feed_id, file.scope

    union all

    select
        feed_id,
        commune_code,
        unit_code,
        report_date as data_date
    from {{ ref('fct_centre_readiness') }}
    where is_current

),

stale_unit as (

    -- Figures of one unit that are too old while those of its feed are not.
    select
        unit_figure.feed_id,
        feed.area,
        unit_figure.commune_code,
        {{ period_name('feed.cadence', 'unit_figure.data_date') }} as period,
        'stale' as kind,
        'error' as severity,
        'data_date' as measure,
        unit_figure.unit_code as detail,
        cast(null as bigint) as rows_affected,
        'Số liệu mới nhất của đơn vị đến ngày ' || {{ vietnamese_date('unit_figure.data_date') }} || ', cũ hơn '
        || cast(feed.max_age_days as varchar) || ' ngày cho phép. Gửi số liệu mới.' as what_to_do_vi
    from unit_figure
    inner join {{ ref('stg_feed') }} as feed on unit_figure.feed_id = feed.feed_id and feed.every_unit_owes
    inner join {{ ref('feed_status') }} as status on unit_figure.feed_id = status.feed_id
    where
        {{ date_add_days('unit_figure.data_date', 'feed.max_age_days') }} < {{ as_of() }}
        and status.state <> 'not_expected'
        and not status.is_stale

),

latest_week as (

    select
        feed_id,
        max(report_date) as report_date
    from {{ ref('fct_centre_readiness') }}
    group by feed_id

),

absent_from_week as (

    -- A centre that reported earlier and is absent from the workbook of the newest week.
    select
        centre.feed_id,
        centre.area,
        centre.commune_code,
        {{ iso_year_week('latest_week.report_date') }} as period,
        'missing_unit' as kind,
        'warning' as severity,
        'week' as measure,
        centre.unit_code as detail,
        cast(null as bigint) as rows_affected,
        'Trung tâm không có trong báo cáo tuần mới nhất; đang dùng số của ngày '
        || {{ vietnamese_date('centre.report_date') }} || '. Gửi báo cáo tuần này.' as what_to_do_vi
    from {{ ref('fct_centre_readiness') }} as centre
    inner join latest_week on centre.feed_id = latest_week.feed_id
    where
        centre.is_current
        and {{ first_day_of('week', 'centre.report_date') }} < {{ first_day_of('week', 'latest_week.report_date') }}

),

final as (

    select * from two_strands
    union all
    select * from silent_unit
    union all
    select * from stale_unit
    union all
    select * from absent_from_week

)

select * from final
