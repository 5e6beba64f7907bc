-- Gaps in what the accepted rows say: contradictions, missing dates, rows without a commune, households said twice.
with dossier as (

    select
        file.feed_id,
        dossier.area,
        {{ year_month('cast(dossier.received_at as date)') }} as period,
        dossier.attribution,
        dossier.is_contradiction,
        coalesce(cast(dossier.due_at as date) < cast(dossier.received_at as date), false) as is_due_before_received,
        coalesce(dossier.tthc_no_due_met = 1, false) as has_no_due_date,
        dossier.has_no_finish_date,
        dossier.state <> 'not_counted' and dossier.attribution in ('split', 'district') as is_unattributed
    from {{ ref('fct_dossier') }} as dossier
    inner join {{ ref('int_source_file') }} as file on dossier.batch_id = file.batch_id and dossier.area = file.area
    where
        dossier.is_contradiction
        or cast(dossier.due_at as date) < cast(dossier.received_at as date)
        or dossier.tthc_no_due_met = 1
        or dossier.has_no_finish_date
        or dossier.attribution in ('split', 'district')

),

{#- kind, severity, measure, condition, what to do -#}
{%- set dossier_gaps = [
    ('contradiction', 'warning', "'finished_before_received'", 'is_contradiction',
        'Ngày xử lý xong trước ngày tiếp nhận. Kiểm tra và sửa hai ngày này trên hệ thống nguồn.'),
    ('contradiction', 'warning', "'due_before_received'", 'is_due_before_received',
        'Ngày hẹn trả trước ngày tiếp nhận. Kiểm tra và sửa hai ngày này trên hệ thống nguồn.'),
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

{#- flag of the history, severity, measure, what to do -#}
{%- set history_gaps = [
    ('is_backwards', 'info', 'status_backwards',
        'Trạng thái hồ sơ lùi lại so với lần báo trước. Xác nhận trạng thái đúng trên hệ thống nguồn.'),
    ('is_due_moved', 'warning', 'due_date_moved',
        'Ngày hẹn trả bị dời muộn hơn sau khi ngày hẹn trước đã qua. Giữ ngày hẹn cũ, hoặc nêu căn cứ gia hạn.'),
] %}

history_gap as (
    {% for flag, severity, measure, what_to_do in history_gaps %}
        select
            file.feed_id,
            file.area,
            cast(null as varchar) as commune_code,
            {{ year_month('cast(history.stated_at as date)') }} as period,
            'contradiction' as kind,
            '{{ severity }}' as severity,
            '{{ measure }}' as measure,
            '' as detail,
            count(*) as rows_affected,
            '{{ what_to_do }}' as what_to_do_vi
        from {{ ref('fct_dossier_history') }} as history
        inner join {{ ref('int_source_file') }} as file
            on history.batch_id = file.batch_id and history.area = file.area
        where history.{{ flag }} and not history.is_superseded
        group by file.feed_id, file.area, {{ year_month('cast(history.stated_at as date)') }}
        {{ "union all" if not loop.last }}
    {% endfor %}
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
        coalesce(max(loud_rule.severity), 'info') as severity,
        finding.rule as measure,
        coalesce(finding.column_name, '') as detail,
        count(*) as rows_affected,
        coalesce(max(finding.remedy_vi), max(finding.message_vi), 'Kiểm tra lại tại nguồn.') as what_to_do_vi
    from {{ ref('stg_finding') }} as finding
    inner join {{ ref('int_source_file') }} as file
        on finding.feed_id = file.feed_id and finding.batch_id = file.batch_id
    inner join {{ ref('stg_feed') }} as feed on finding.feed_id = feed.feed_id
    left join {{ ref('int_loud_rule') }} as loud_rule on finding.rule = loud_rule.rule
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
        -- These are judged above, from the facts.
        and finding.rule not in ('finished_before_received', 'due_before_received', 'status_backwards')
    group by
        finding.feed_id, file.area, finding.commune_code, {{ period_name('feed.cadence', 'file.data_date') }},
        finding.rule, finding.column_name

),

two_strands as (

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

final as (

    select * from dossier_gap
    union all
    select * from history_gap
    union all
    select * from remark
    union all
    select * from two_strands

)

select * from final
