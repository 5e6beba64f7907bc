-- Gaps in what the accepted rows say: contradictions, missing dates, rows without a commune, units without figures.
with dossier as (

    select
        file.feed_id,
        dossier.area,
        {{ year_month('cast(dossier.received_at as date)') }} as period,
        dossier.attribution,
        dossier.is_contradiction,
        coalesce(dossier.tthc_no_due_met = 1, false) as has_no_due_date,
        dossier.has_no_finish_date,
        dossier.state <> 'not_counted' and dossier.attribution in ('split', 'district') as is_unattributed
    from {{ ref('fct_dossier') }} as dossier
    inner join {{ ref('int_source_file') }} as file on dossier.batch_id = file.batch_id and dossier.area = file.area
    where
        dossier.is_contradiction
        or dossier.tthc_no_due_met = 1
        or dossier.has_no_finish_date
        or dossier.attribution in ('split', 'district')

),

{#- kind, severity, measure, condition, what to do -#}
{%- set dossier_gaps = [
    ('contradiction', 'warning', "'finished_before_received'", 'is_contradiction',
        'Ngày xử lý xong trước ngày tiếp nhận. Kiểm tra và sửa hai ngày này trên hệ thống nguồn.'),
    ('no_due_date', 'info', "'due_at'", 'has_no_due_date',
        'Hồ sơ không có ngày hẹn trả nên không tính được đúng hạn. Bổ sung ngày hẹn trả trên hệ thống nguồn.'),
    ('no_finish_date', 'warning', "'finished_at'", 'has_no_finish_date',
        'Hồ sơ đã kết thúc nhưng không có ngày xử lý xong, ngày trả. Bổ sung ngày kết thúc trên hệ thống nguồn.'),
    ('unattributed', 'info', 'attribution', 'is_unattributed',
        'Không xác định được xã, phường mới (xã cũ bị chia tách hoặc do huyện cũ giải quyết). Ghi rõ đơn vị mới nếu biết.'),
] %}

dossier_gap as (
    {% for kind, severity, measure, condition, what_to_do in dossier_gaps %}
        select
            feed_id,
            area,
            cast(null as varchar) as commune_code,
            period,
            '{{ kind }}' as kind,
            '{{ severity }}' as severity,
            {{ measure }} as measure,
            '' as detail,
            count(*) as rows_affected,
            '{{ what_to_do }}' as what_to_do_vi
        from dossier
        where {{ condition }}
        group by feed_id, area, period{{ ", attribution" if measure == 'attribution' }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

backwards as (

    select
        file.feed_id,
        file.area,
        cast(null as varchar) as commune_code,
        {{ year_month('cast(history.stated_at as date)') }} as period,
        'contradiction' as kind,
        'info' as severity,
        'status_backwards' as measure,
        '' as detail,
        count(*) as rows_affected,
        'Trạng thái hồ sơ lùi lại so với lần báo trước. Xác nhận trạng thái đúng trên hệ thống nguồn.' as what_to_do_vi
    from {{ ref('fct_dossier_history') }} as history
    inner join {{ ref('int_source_file') }} as file on history.batch_id = file.batch_id and history.area = file.area
    where history.is_backwards and not history.is_superseded
    group by file.feed_id, file.area, {{ year_month('cast(history.stated_at as date)') }}

),

refused_row as (

    select distinct
        feed_id,
        batch_id,
        source_sheet,
        source_row
    from {{ ref('int_quarantine') }}

),

remark as (

    select
        finding.feed_id,
        file.area,
        finding.commune_code,
        {{ period_name('feed.cadence', 'file.data_date') }} as period,
        'contradiction' as kind,
        'info' as severity,
        finding.rule as measure,
        coalesce(finding.column_name, '') as detail,
        count(*) as rows_affected,
        coalesce(max(finding.remedy_vi), max(finding.message_vi), 'Kiểm tra lại tại nguồn.') as what_to_do_vi
    from {{ ref('stg_finding') }} as finding
    inner join {{ ref('int_source_file') }} as file
        on finding.feed_id = file.feed_id and finding.batch_id = file.batch_id
    inner join {{ ref('stg_feed') }} as feed on finding.feed_id = feed.feed_id
    left join refused_row
        on
            finding.feed_id = refused_row.feed_id
            and finding.batch_id = refused_row.batch_id
            and finding.source_sheet is not distinct from refused_row.source_sheet
            and finding.source_row = refused_row.source_row
    where
        file.state = 'accepted'
        and not file.is_superseded
        -- Only rows that are used are remarked upon.
        and refused_row.feed_id is null
        -- These two are judged above, from the facts.
        and finding.rule not in ('finished_before_received', 'status_backwards')
    group by
        finding.feed_id, file.area, finding.commune_code, {{ period_name('feed.cadence', 'file.data_date') }},
        finding.rule, finding.column_name

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

silent_commune as (

    -- A commune of 20 dossiers a month or more that has none in a month that its feed delivered whole.
    select
        coverage.unit_code as commune_code,
        coverage.period_start
    from {{ ref('int_coverage_procedures') }} as coverage
    inner join received_by_month as earlier
        on
            coverage.unit_code = earlier.commune_code
            and coverage.period_start > earlier.month_start
            and earlier.month_start >= {{ first_day_of('month', date_add_days('coverage.period_start', -80)) }}
    left join received_by_month as current_month
        on coverage.unit_code = current_month.commune_code and coverage.period_start = current_month.month_start
    where
        coverage.period_kind = 'month'
        and coverage.grain = 'commune'
        and coverage.reports = 1
        and {{ last_day_of('month', 'coverage.period_start') }} <= {{ as_of() }}
        and current_month.commune_code is null
    group by coverage.unit_code, coverage.period_start
    having sum(earlier.received) >= 60

),

silent as (

    select
        feed.feed_id,
        feed.area,
        silent_commune.commune_code,
        {{ year_month('silent_commune.period_start') }} as period,
        'missing_unit' as kind,
        'warning' as severity,
        'dossiers' as measure,
        '' as detail,
        cast(null as bigint) as rows_affected,
        'Xã, phường không có hồ sơ nào trong kỳ, khác hẳn các tháng trước. Kiểm tra tệp đã đủ đơn vị chưa.'
            as what_to_do_vi
    from silent_commune
    inner join {{ ref('dim_commune') }} as commune on silent_commune.commune_code = commune.commune_code
    inner join {{ ref('former_province') }} as former_province
        on commune.former_province_code = former_province.former_province_code
    inner join {{ ref('stg_feed') }} as feed
        on former_province.area = feed.area and feed.domain = 'procedures'

),

unanswered as (

    select
        feed.feed_id,
        feed.area,
        case when coverage.grain = 'commune' then coverage.unit_code end as commune_code,
        {{ year_month('coverage.period_start') }} as period,
        'missing_unit' as kind,
        'warning' as severity,
        'total_received' as measure,
        coverage.grain || ' ' || coverage.unit_code as detail,
        cast(1 as bigint) as rows_affected,
        'Cổng Dịch vụ công quốc gia không có số liệu của đơn vị này trong kỳ. Kiểm tra mã đơn vị trên Cổng.'
            as what_to_do_vi
    from {{ ref('int_coverage_national_portal') }} as coverage
    inner join {{ ref('stg_feed') }} as feed on feed.domain = 'national_portal'
    where
        coverage.period_kind = 'month'
        and coverage.owes = 1
        and coverage.reports = 0
        and coverage.period_start in (
            select answer.period_start from {{ ref('fct_portal_score') }} as answer
            where answer.period_kind = 'month'
        )

),

final as (

    select * from dossier_gap
    union all
    select * from backwards
    union all
    select * from remark
    union all
    select * from silent
    union all
    select * from unanswered

)

select * from final
