{{ published() }}

-- One row a project, fund source, plan year and report date: the latest live statement. `is_current` marks the state
-- at D: the latest report of each feed for the plan year that runs, a project once even when two feeds report it.
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
            order by live.report_date desc, live.file_rank desc, live.source_sheet desc nulls last, live.source_row desc
        ) as newest_first
    from live
    left join latest_report
        on
            live.feed_id = latest_report.feed_id
            and live.plan_year = latest_report.plan_year
            and live.report_date = latest_report.report_date

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
        case
            when paid_completed is not null or paid_advance is not null
                then cast(coalesce(paid_completed, 0) + coalesce(paid_advance, 0) as bigint)
        end as paid,
        difficulty,
        is_in_latest_report and newest_first = 1 as is_current,
        area,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row
    from ranked

)

select * from final
