-- Gaps of single units in deliveries that did come: a unit of which nothing arrived, one of which all that arrived was
-- refused, one whose figures are too old. What arrived is never called missing.
with unit as (

    select
        unit.grain,
        unit.unit_code,
        former_province.area
    from {{ ref('int_kpi_unit') }} as unit
    left join {{ ref('former_province') }} as former_province
        on unit.former_province_code = former_province.former_province_code
    where unit.grain in ('commune', 'department')

),

own_feed as (

    -- Feeds in which every unit owes: a file of its own, or a row in the file of all.
    select
        feed.feed_id,
        feed.area,
        feed.domain,
        feed.cadence,
        feed.max_age_days,
        status.as_of,
        status.is_stale
    from {{ ref('stg_feed') }} as feed
    inner join {{ ref('feed_status') }} as status on feed.feed_id = status.feed_id
    where feed.every_unit_owes and status.files_accepted > 0 and status.state <> 'not_expected'

),

unit_figure as (

    -- The newest figures of each unit that owes by itself. A commune's own file is its report even when it has no rows,
    -- but not when rows of it were refused.
    select
        feed_id,
        unit_code,
        max(data_date) as data_date
    from (

        select
            household.feed_id,
            household.commune_code as unit_code,
            file.data_date
        from {{ ref('fct_household') }} as household
        inner join {{ ref('int_source_file') }} as file
            on household.feed_id = file.feed_id and household.batch_id = file.batch_id
        where household.commune_code is not null

        union all

        select
            feed_id,
            scope as unit_code,
            data_date
        from {{ ref('int_source_file') }}
        where state = 'accepted' and scope is not null and rows_quarantined = 0

        union all

        select
            feed_id,
            coalesce({{ department_code('attribution', 'unit_code') }}, commune_code) as unit_code,
            report_date as data_date
        from {{ ref('fct_centre_readiness') }}
        where is_current

    ) as figure
    group by feed_id, unit_code

),

owing as (

    -- Of the departments only the provincial centre has a centre to report.
    select
        own_feed.*,
        unit.grain,
        unit.unit_code,
        unit_figure.data_date
    from own_feed
    inner join unit
        on
            unit.grain = 'commune' and unit.area = coalesce(own_feed.area, unit.area)
            or own_feed.area is null and unit.unit_code = '{{ var("provincial_centre") }}'
    left join unit_figure on own_feed.feed_id = unit_figure.feed_id and unit.unit_code = unit_figure.unit_code

),

stale as (

    select
        feed_id,
        area,
        case when grain = 'commune' then unit_code end as commune_code,
        {{ period_name('cadence', 'data_date') }} as period,
        'stale' as kind,
        'error' as severity,
        'data_date' as measure,
        grain || ' ' || unit_code as detail,
        cast(null as bigint) as rows_affected,
        'Số liệu mới nhất của đơn vị đến ngày ' || {{ vietnamese_date('data_date') }} || ', cũ hơn '
        || cast(max_age_days as varchar) || ' ngày cho phép. Gửi số liệu mới.' as what_to_do_vi
    from owing
    where {{ date_add_days('data_date', 'max_age_days') }} < {{ as_of() }} and not is_stale

),

file_of_one as (

    select distinct feed_id
    from {{ ref('int_source_file') }}
    where scope is not null

),

own_period as (

    -- The newest period that is due and came; of one file for all units the newest that came, since who is left out of
    -- it is known at once.
    select
        expected.feed_id,
        max(expected.expected_start) as first_day,
        max(expected.expected_end) as last_day
    from {{ ref('int_feed_expectation') }} as expected
    inner join own_feed on expected.feed_id = own_feed.feed_id
    inner join file_of_one on expected.feed_id = file_of_one.feed_id
    where expected.is_due and expected.is_delivered
    group by expected.feed_id

    union all

    select
        own_feed.feed_id,
        case own_feed.cadence
            when 'weekly' then {{ first_day_of('week', 'own_feed.as_of') }}
            else {{ first_day_of('month', 'own_feed.as_of') }}
        end as first_day,
        own_feed.as_of as last_day
    from own_feed
    left join file_of_one on own_feed.feed_id = file_of_one.feed_id
    where file_of_one.feed_id is null

),

unreported as (

    select
        owing.feed_id,
        owing.area,
        owing.grain,
        owing.unit_code,
        own_period.first_day,
        own_period.last_day,
        {{ period_name('owing.cadence', 'own_period.last_day') }} as period,
        'report' as measure,
        owing.grain || ' ' || owing.unit_code as detail,
        cast(null as bigint) as rows_empty,
        'Chưa nhận được báo cáo nào của đơn vị cho kỳ này'
        || coalesce('; đang dùng số của ngày ' || {{ vietnamese_date('owing.data_date') }}, '')
        || '. Gửi báo cáo của kỳ.' as missing_vi
    from owing
    inner join own_period on owing.feed_id = own_period.feed_id
    where coalesce(owing.data_date < own_period.first_day, true)

),

own_list as (

    select distinct
        feed_id,
        scope as unit_code
    from {{ ref('int_source_file') }}
    where state = 'accepted' and not is_superseded and scope is not null

),

untold as (

    -- Who sends a list of its own in parts owes every part up to the newest; the whole list tells all before it.
    select
        owing.feed_id,
        owing.area,
        owing.grain,
        owing.unit_code,
        expected.expected_start as first_day,
        expected.expected_end as last_day,
        {{ period_name('owing.cadence', 'expected.expected_end') }} as period,
        'report' as measure,
        owing.grain || ' ' || owing.unit_code as detail,
        cast(null as bigint) as rows_empty,
        'Đơn vị gửi danh sách theo từng kỳ, còn thiếu phần của kỳ này. Gửi phần còn thiếu, hoặc cả danh sách đến nay.'
            as missing_vi
    from owing
    inner join {{ ref('int_feed_expectation') }} as expected
        on
            owing.feed_id = expected.feed_id
            and expected.is_due
            and expected.delivery_period = 'register_or_part'
            and owing.data_date >= expected.expected_end
    inner join own_list on owing.feed_id = own_list.feed_id and owing.unit_code = own_list.unit_code
    left join {{ ref('int_source_file') }} as file
        on
            owing.feed_id = file.feed_id
            and owing.unit_code = file.scope
            and file.state = 'accepted'
            and not file.is_superseded
            and expected.expected_end between file.covers_from and file.covers_to
    where file.feed_id is null

),

score as (

    select
        feed_id,
        period_start,
        period_end,
        coalesce({{ department_code('attribution', 'unit_code') }}, commune_code) as unit_code,
        count(*) as answers,
        {{ count_if('total_received is not null and total_on_time is not null') }} as figures
    from {{ ref('fct_portal_score') }}
    where period_kind = 'month'
    group by
        feed_id, period_start, period_end, coalesce({{ department_code('attribution', 'unit_code') }}, commune_code)

),

answered_month as (

    select distinct
        feed_id,
        period_start,
        period_end
    from score

),

unanswered as (

    -- Every commune owes a figure in each month that the portal answered, and so does every department that it has ever
    -- listed.
    select
        answered_month.feed_id,
        cast(null as varchar) as area,
        unit.grain,
        unit.unit_code,
        answered_month.period_start as first_day,
        answered_month.period_end as last_day,
        {{ year_month('answered_month.period_start') }} as period,
        'total_received' as measure,
        unit.grain || ' ' || unit.unit_code as detail,
        score.answers as rows_empty,
        'Cổng Dịch vụ công quốc gia không có số liệu của đơn vị này trong kỳ. Kiểm tra mã đơn vị trên Cổng.'
            as missing_vi
    from answered_month
    inner join unit
        on
            unit.grain = 'commune'
            or unit.unit_code in (select listed.unit_code from score as listed)
    left join score
        on
            answered_month.feed_id = score.feed_id
            and answered_month.period_start = score.period_start
            and unit.unit_code = score.unit_code
    where coalesce(score.figures, 0) = 0

),

received_by_month as (

    select
        commune_code,
        {{ first_day_of('month', 'segment_start') }} as month_start,
        sum(handled) as received
    from {{ ref('int_dossier_flow') }}
    where basis = 'received_at' and commune_code is not null
    group by commune_code, {{ first_day_of('month', 'segment_start') }}

),

delivered_month as (

    -- Whole months, day by day, that a feed of procedures has delivered.
    select
        feed_id,
        area,
        {{ first_day_of('month', 'date') }} as first_day,
        {{ last_day_of('month', 'date') }} as last_day
    from {{ ref('int_feed_day') }}
    where domain = 'procedures'
    group by feed_id, area, {{ first_day_of('month', 'date') }}, {{ last_day_of('month', 'date') }}
    having count(*) = {{ days_between(first_day_of('month', 'date'), last_day_of('month', 'date')) }} + 1

),

silent as (

    -- A commune of 20 dossiers a month or more that has none in a month that its feed delivered whole: 60 in the three
    -- calendar months before. 80 days before the first day of a month lie in the third month before it, whatever their
    -- lengths (three months are 89 to 92 days, two at most 62).
    select
        delivered_month.feed_id,
        delivered_month.area,
        unit.grain,
        unit.unit_code,
        delivered_month.first_day,
        delivered_month.last_day,
        {{ year_month('delivered_month.first_day') }} as period,
        'dossiers' as measure,
        '' as detail,
        cast(null as bigint) as rows_empty,
        'Xã, phường không có hồ sơ nào trong kỳ, khác hẳn các tháng trước. Kiểm tra tệp đã đủ đơn vị chưa.'
            as missing_vi
    from delivered_month
    inner join unit on delivered_month.area = unit.area and unit.grain = 'commune'
    inner join received_by_month as earlier
        on
            unit.unit_code = earlier.commune_code
            and delivered_month.first_day > earlier.month_start
            and earlier.month_start >= {{ first_day_of('month', date_add_days('delivered_month.first_day', -80)) }}
    left join received_by_month as current_month
        on
            unit.unit_code = current_month.commune_code
            and delivered_month.first_day = current_month.month_start
    where current_month.commune_code is null
    group by
        delivered_month.feed_id, delivered_month.area, unit.grain, unit.unit_code, delivered_month.first_day,
        delivered_month.last_day
    having sum(earlier.received) >= 60

),

owed as (

    select * from unreported
    union all
    select * from untold
    union all
    select * from unanswered
    union all
    select * from silent

),

asked_period as (

    select distinct
        owed.feed_id,
        feed.delivery_period,
        owed.first_day,
        owed.last_day
    from owed
    inner join {{ ref('stg_feed') }} as feed on owed.feed_id = feed.feed_id

),

file_of_period as (

    -- Files that speak of a period in which some unit owes. The portal's answer for a quarter speaks of no month.
    select
        asked.first_day,
        file.feed_id,
        file.batch_id,
        file.state,
        commune.commune_code
    from asked_period as asked
    inner join {{ ref('int_source_file') }} as file
        on
            asked.feed_id = file.feed_id
            and (
                asked.last_day >= file.covers_from
                and asked.first_day <= file.covers_to
                and (
                    asked.delivery_period <> 'as_named'
                    or asked.first_day <= file.period_start and asked.last_day >= file.period_end
                )
                -- Nobody can read of which period it is.
                or file.state = 'blocked' and file.covers_from is null
            )
    left join {{ ref('dim_commune') }} as commune on file.scope = commune.commune_code
    where file.state = 'blocked' or file.state = 'accepted' and not file.is_superseded

),

refused as (

    -- Refused rows by the commune that they name, or whose file they stand in; NULL where neither is known. The landing
    -- tells no department of them, so that a department's own are among the unknown ones.
    select
        file.feed_id,
        file.first_day,
        coalesce(refused.commune_code, file.commune_code) as commune_code,
        {{ count_refused_rows('file', 'refused') }}
    from file_of_period as file
    inner join {{ ref('int_quarantine') }} as refused
        on file.feed_id = refused.feed_id and file.batch_id = refused.batch_id
    where file.state = 'accepted'
    group by file.feed_id, file.first_day, coalesce(refused.commune_code, file.commune_code)

),

blocked as (

    select distinct
        feed_id,
        first_day,
        commune_code
    from file_of_period
    where state = 'blocked' and commune_code is not null

),

unpresented as (

    -- What arrived of the unit's commune, and what arrived of nobody knows whom. A blocked file of the unit is a gap by
    -- itself.
    select
        owed.*,
        refused.rows_refused,
        refused.remedy_vi,
        unknown.rows_refused as rows_of_unknown
    from owed
    left join refused
        on
            owed.feed_id = refused.feed_id
            and owed.first_day = refused.first_day
            and owed.unit_code = refused.commune_code
    left join refused as unknown
        on owed.feed_id = unknown.feed_id and owed.first_day = unknown.first_day and unknown.commune_code is null
    left join blocked
        on
            owed.feed_id = blocked.feed_id
            and owed.first_day = blocked.first_day
            and owed.unit_code = blocked.commune_code
    where blocked.feed_id is null or refused.rows_refused is not null

),

all_refused as (

    -- In feeds in which not every unit owes: communes of which all that arrived of the state at D was refused.
    select
        refused.feed_id,
        feed.area,
        refused.commune_code,
        refused.period,
        'refused_unit' as kind,
        'warning' as severity,
        'report' as measure,
        'commune ' || refused.commune_code as detail,
        refused.rows_refused as rows_affected,
        {{ refused_unit_words('refused') }} as what_to_do_vi
    from {{ ref('int_refused_unit') }} as refused
    inner join {{ ref('stg_feed') }} as feed on refused.feed_id = feed.feed_id
    inner join {{ ref('int_coverage_unit') }} as coverage
        on
            refused.feed_id = coverage.feed_id
            and refused.commune_code = coverage.unit_code
            and coverage.grain = 'commune'
            and coverage.is_stock
            and coverage.owes > 0
            and coverage.has_delivery = 0

),

final as (

    select * from stale

    union all

    select * from all_refused

    union all

    select
        feed_id,
        area,
        case when grain = 'commune' then unit_code end as commune_code,
        period,
        case when rows_refused is null then 'missing_unit' else 'refused_unit' end as kind,
        'warning' as severity,
        measure,
        detail,
        coalesce(rows_refused, rows_empty) as rows_affected,
        case
            when rows_refused is not null
                then {{ refused_unit_words('unpresented') }}
            when rows_of_unknown is not null
                then
                    'Đã nhận ' || cast(rows_of_unknown as varchar)
                    || ' dòng của kỳ này bị từ chối, chưa rõ của đơn vị nào: xem các dòng ấy trước khi hỏi đơn vị. '
                    || 'Nếu không có dòng nào của đơn vị: ' || missing_vi
            else missing_vi
        end as what_to_do_vi
    from unpresented

)

select * from final
