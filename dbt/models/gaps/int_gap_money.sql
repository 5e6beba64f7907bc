-- Contradictions in what the accepted rows say of money and land, each named by its project, lot or sheet; and total
-- plans below the part of them that the Prime Minister assigned.
with disbursement as (

    select * from {{ ref('fct_disbursement') }}
    where is_current

),

project as (

    select
        feed_id,
        area,
        project_code,
        report_date,
        max(commune_code) as commune_code,
        max(total_investment) as total_investment,
        sum(coalesce(paid, 0)) as paid,
        sum(coalesce(plan_local, 0) + coalesce(plan_carried, 0)) as plan,
        count(*) as rows_affected
    from disbursement
    group by feed_id, area, project_code, report_date

),

above_plan as (

    -- NĐ 254/2025, and until 25/9/2025 NĐ 99/2021: what is paid in a year is at most the plan of the year and what was
    -- carried over.
    select
        feed_id,
        area,
        commune_code,
        cast(report_date as varchar) as period,
        'paid_above_plan' as measure,
        project_code as detail,
        rows_affected,
        'Dự án ' || project_code || ' giải ngân vượt kế hoạch địa phương giao và kéo dài. Rà lại số kế hoạch '
        || 'hoặc số đã thanh toán, rồi gửi lại.' as what_to_do_vi
    from project
    where paid > plan

),

above_investment as (

    select
        feed_id,
        area,
        commune_code,
        cast(report_date as varchar) as period,
        'paid_above_total_investment' as measure,
        project_code as detail,
        rows_affected,
        'Dự án ' || project_code || ' giải ngân vượt tổng mức đầu tư. Rà lại tổng mức đầu tư hoặc số đã thanh '
        || 'toán, rồi gửi lại.' as what_to_do_vi
    from project
    where paid > total_investment

),

latest_report as (

    select
        feed_id,
        plan_year,
        max(report_date) as report_date
    from {{ ref('fct_disbursement') }}
    where plan_year = {{ plan_year() }}
    group by feed_id, plan_year

),

reported as (

    -- Every row of the latest reports at D, also those that do not count because a later row of the same project does.
    select statement.*
    from {{ ref('int_investment_statement') }} as statement
    inner join latest_report
        on
            statement.feed_id = latest_report.feed_id
            and statement.plan_year = latest_report.plan_year
            and statement.report_date = latest_report.report_date
    where not statement.is_superseded and not statement.is_duplicate

),

shared_project as (

    select project_code
    from reported
    group by project_code
    having count(distinct lower(owner)) > 1 or count(distinct feed_id) > 1

),

two_owners as (

    -- A project in the reports of two owners, or of two feeds, counts once, by its last ranked row. Each feed that
    -- reports it gets a gap.
    select
        reported.feed_id,
        reported.area,
        max(reported.commune_code) as commune_code,
        cast(max(reported.report_date) as varchar) as period,
        'two_owners' as measure,
        reported.project_code as detail,
        count(*) as rows_affected,
        'Dự án ' || reported.project_code || ' có trong báo cáo của hai chủ đầu tư; chỉ tính một lần theo dòng sau. '
        || 'Thống nhất một chủ đầu tư báo cáo.' as what_to_do_vi
    from reported
    inner join shared_project on reported.project_code = shared_project.project_code
    group by reported.feed_id, reported.area, reported.project_code

),

sold_twice as (

    select
        max(feed_id) as feed_id,
        max(area) as area,
        max(commune_code) as commune_code,
        {{ year_month('max(auction_date)') }} as period,
        'sold_twice' as measure,
        max(site) || ', ' || max(lot) as detail,
        count(*) as rows_affected,
        'Lô ' || max(lot) || ' (' || max(site) || ') ghi đấu giá thành ở hai lần. Xác nhận lần trúng thật, sửa '
        || 'trạng thái lần kia.' as what_to_do_vi
    from {{ ref('fct_auction_lot') }}
    where is_sold_twice
    group by lot_id

),

deposit_out_of_band as (

    select
        lot.feed_id,
        lot.area,
        lot.commune_code,
        {{ year_month('lot.auction_date') }} as period,
        'deposit_out_of_band' as measure,
        lot.site || ', ' || lot.lot as detail,
        count(*) as rows_affected,
        'Lô ' || lot.lot || ' (' || lot.site || ') có tiền đặt trước ngoài khung so với giá khởi điểm. Kiểm tra lại '
        || 'tiền đặt trước hoặc giá khởi điểm.' as what_to_do_vi
    from {{ ref('fct_auction_lot') }} as lot
    where lot.is_deposit_out_of_band
    group by lot.feed_id, lot.area, lot.commune_code, lot.auction_date, lot.site, lot.lot

),

sheet_row as (
    {% for statement in ['int_investment_statement', 'int_auction_statement', 'int_clearance_statement'] %}
        select
            feed_id,
            area,
            batch_id,
            source_sheet,
            content_hash,
            count(*) over (partition by feed_id, batch_id, source_sheet) as rows_of_sheet
        from {{ ref(statement) }}
        where not is_superseded and source_sheet is not null
        {{ "union all" if not loop.last }}
    {% endfor %}
),

distinct_row as (

    select
        *,
        count(*) over (partition by feed_id, batch_id, source_sheet) as contents
    from (select distinct * from sheet_row) as said

),

repeated_sheet as (

    -- Two sheets of one file that hold exactly the same rows: each row counts once.
    select
        later.feed_id,
        later.area,
        later.batch_id,
        later.source_sheet,
        min(earlier.source_sheet) as repeated_sheet,
        max(later.rows_of_sheet) as rows_of_sheet
    from distinct_row as later
    inner join distinct_row as earlier
        on
            later.feed_id = earlier.feed_id
            and later.batch_id = earlier.batch_id
            and later.content_hash = earlier.content_hash
            and later.rows_of_sheet = earlier.rows_of_sheet
            and later.source_sheet > earlier.source_sheet
    group by later.feed_id, later.area, later.batch_id, later.source_sheet, earlier.source_sheet
    having count(*) = max(later.contents)

),

sheet_repeated as (

    select
        repeated.feed_id,
        repeated.area,
        cast(null as varchar) as commune_code,
        {{ period_name('feed.cadence', 'file.data_date') }} as period,
        'sheet_repeated' as measure,
        file.file || ' · trang ' || repeated.source_sheet as detail,
        max(repeated.rows_of_sheet) as rows_affected,
        'Trang "' || repeated.source_sheet || '" lặp lại trang "' || min(repeated.repeated_sheet)
        || '"; các dòng chỉ tính một lần. Bỏ trang thừa rồi gửi lại.' as what_to_do_vi
    from repeated_sheet as repeated
    inner join {{ ref('int_source_file') }} as file
        on repeated.feed_id = file.feed_id and repeated.batch_id = file.batch_id
    inner join {{ ref('stg_feed') }} as feed on repeated.feed_id = feed.feed_id
    group by
        repeated.feed_id, repeated.area, {{ period_name('feed.cadence', 'file.data_date') }}, file.file,
        repeated.source_sheet

),

small_plan as (

    -- The one sum that no file states. Of the projects of an area its own feed is asked, of a decision the feed of its
    -- former province; the decision for the province has the code of one of them, else the first feed answers.
    select
        *,
        row_number() over (partition by scope, file order by is_own desc, feed_id asc) as closest_first
    from (
        select
            feed.feed_id,
            feed.area,
            {{ period_name('feed.cadence', 'coalesce(decision.as_of, report.report_date)') }} as period,
            total.measure,
            total.file,
            total.scope,
            total.stated,
            total.computed,
            coalesce(former_province.former_province_code = decision.unit_code, true) as is_own
        from {{ ref('control_total') }} as total
        left join {{ ref('mart_plan_decision') }} as decision
            on
                decision.is_current
                and total.feed_id = 'plan_decision'
                and total.file = decision.source
                and total.scope = decision.scope || ' ' || cast(decision.plan_year as varchar)
        inner join {{ ref('stg_feed') }} as feed
            on feed.domain = 'investment' and (total.feed_id = feed.feed_id or decision.scope is not null)
        left join {{ ref('former_province') }} as former_province on feed.area = former_province.area
        left join (
            select
                feed_id,
                max(report_date) as report_date
            from disbursement
            group by feed_id
        ) as report on feed.feed_id = report.feed_id
        where total.measure = 'plan_total_above_plan_pm' and not total.is_equal
    ) as asked

),

final as (

    select
        feed_id,
        area,
        cast(null as varchar) as commune_code,
        period,
        'control_total' as kind,
        'warning' as severity,
        measure,
        file || ' · ' || scope as detail,
        cast(null as bigint) as rows_affected,
        'Tổng kế hoạch (' || {{ plain_number('stated') }} || ') thấp hơn kế hoạch Thủ tướng giao ('
        || {{ plain_number('computed') }} || '): hai số lấy từ hai nguồn. Đối chiếu quyết định giao vốn.'
            as what_to_do_vi
    from small_plan
    where closest_first = 1

    union all

    {% for gap in [
        'above_plan', 'above_investment', 'two_owners', 'sold_twice', 'deposit_out_of_band', 'sheet_repeated'
    ] %}
        select
            feed_id,
            area,
            commune_code,
            period,
            'contradiction' as kind,
            'warning' as severity,
            measure,
            detail,
            rows_affected,
            what_to_do_vi
        from {{ gap }}
        {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from final
