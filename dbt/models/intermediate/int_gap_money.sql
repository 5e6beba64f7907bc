-- Contradictions in what the accepted rows say of money and land, each named by its project or lot.
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

    -- NĐ 254/2025: paid in the year ≤ plan with what was carried over.
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

two_owners as (

    -- One project and fund in rows of two owners: the last ranked row counts, once.
    select
        max(feed_id) as feed_id,
        max(area) as area,
        max(commune_code) as commune_code,
        cast(report_date as varchar) as period,
        'two_owners' as measure,
        project_code as detail,
        count(*) as rows_affected,
        'Dự án ' || project_code || ' có trong báo cáo của hai chủ đầu tư; chỉ tính một lần theo dòng sau. Thống '
        || 'nhất một chủ đầu tư báo cáo.' as what_to_do_vi
    from {{ ref('int_investment_statement') }}
    where not is_superseded and report_date <= {{ as_of() }}
    group by project_code, report_date
    having count(distinct owner) > 1

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
    where is_sold
    group by lot_id
    having count(*) > 1

),

final as (

    {% for gap in ['above_plan', 'above_investment', 'two_owners', 'sold_twice'] %}
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
