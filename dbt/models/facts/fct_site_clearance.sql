{{ published() }}

-- One row a project, commune and report date: the latest live statement. `is_current` marks the state at D: the latest
-- report of each feed. Two former communes of one project in one new commune are two rows, and are summed.
with live as (

    select * from {{ ref('int_clearance_statement') }}
    where is_latest and report_date <= {{ as_of() }}

),

latest_report as (

    select
        feed_id,
        max(report_date) as report_date
    from live
    group by feed_id

),

ranked as (

    select
        live.*,
        latest_report.feed_id is not null as is_in_latest_report,
        row_number() over (
            partition by live.project_code, live.unit_level, live.unit_code, latest_report.feed_id is not null
            order by
                live.report_date desc,
                live.file_rank desc,
                live.sheet_date desc nulls last,
                live.sheet_no desc nulls last,
                live.source_row desc
        ) as newest_first
    from live
    left join latest_report on live.feed_id = latest_report.feed_id and live.report_date = latest_report.report_date

),

marked as (

    select
        project_code,
        unit_code,
        report_date,
        project_name,
        area_to_recover_ha,
        area_cleared_ha,
        households,
        households_inventoried,
        households_approved,
        households_paid,
        households_resettled,
        budget_approved,
        budget_paid,
        difficulty,
        is_in_latest_report and newest_first = 1 as is_current,
        area,
        unit_level,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row
    from ranked

),

final as (

    select
        *,
        {{ measure_amounts(
            'clearance_area', 'is_current', 'coalesce(area_to_recover_ha, 0)', 'coalesce(area_cleared_ha, 0)', 'double'
        ) }},
        {{ measure_amounts(
            'clearance_paid', 'is_current', 'coalesce(households, 0)', 'coalesce(households_paid, 0)', 'bigint'
        ) }}
    from marked

)

select * from final
