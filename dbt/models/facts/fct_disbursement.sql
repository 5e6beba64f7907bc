{{ published() }}

-- One row a project, fund source, plan year and report date: the latest live statement. `is_current` marks the state
-- at D: the latest report of each feed for the plan year that runs, a project once even when two feeds report it.
-- A project without any payment counts once over all its funds: in the best ranked row of its state at D.
with live as (

    select * from {{ ref('int_investment_statement') }}
    where is_latest and report_date <= {{ as_of() }}

),

latest_report as (

    select
        feed_id,
        plan_year,
        max(report_date) as report_date
    from live
    where plan_year = {{ plan_year() }}
    group by feed_id, plan_year

),

ranked as (

    select
        live.*,
        latest_report.feed_id is not null as is_in_latest_report,
        row_number() over (
            partition by live.project_code, live.fund_source, latest_report.feed_id is not null
            order by
                live.report_date desc,
                live.file_rank desc,
                live.sheet_date desc nulls last,
                live.sheet_no desc nulls last,
                live.source_row desc
        ) as newest_first
    from live
    left join latest_report
        on
            live.feed_id = latest_report.feed_id
            and live.plan_year = latest_report.plan_year
            and live.report_date = latest_report.report_date

),

marked as (

    select
        *,
        is_in_latest_report and newest_first = 1 as is_current,
        case
            when paid_completed is not null or paid_advance is not null
                then cast(coalesce(paid_completed, 0) + coalesce(paid_advance, 0) as bigint)
        end as paid
    from ranked

),

over_funds as (

    select
        *,
        sum(coalesce(plan_local, 0) + coalesce(plan_carried, 0)) over project as project_plan,
        sum(coalesce(paid, 0)) over project as project_paid,
        row_number() over (
            project
            order by
                report_date desc, feed_id asc, source_row asc, batch_id asc, source_sheet asc nulls first,
                fund_source asc
        ) as best_first
    from marked
    window project as (partition by project_code, is_current)

),

final as (

    select
        project_code,
        fund_source,
        cast(plan_year as integer) as plan_year,
        report_date,
        project_name,
        owner,
        project_group,
        total_investment,
        plan_pm,
        plan_local,
        plan_carried,
        paid_completed,
        paid_advance,
        paid,
        difficulty,
        is_current,
        over_funds.area,
        unit_code,
        unit_level,
        commune_code,
        -- A project without a commune counts in the former province whose plan it stands in.
        coalesce(over_funds.former_province_code, plan_of.former_province_code) as former_province_code,
        case when unit_level = 'former_province' then 'area' else coalesce(attribution, 'area') end as attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row,
        {{ measure_amounts('inv_rate_pm', 'is_current', 'coalesce(plan_pm, 0)', 'coalesce(paid, 0)', 'bigint') }},
        {{ measure_amounts(
            'inv_rate_total', 'is_current', 'coalesce(plan_local, 0) + coalesce(plan_carried, 0)', 'coalesce(paid, 0)',
            'bigint'
        ) }},
        {{ measure_flags(
            'inv_zero_projects', 'is_current and best_first = 1 and project_plan > 0', 'project_paid = 0'
        ) }}
    from over_funds
    left join {{ ref('former_province') }} as plan_of on over_funds.area = plan_of.area

)

select * from final
