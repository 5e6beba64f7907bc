-- One project × fund source × report date as landed. Money in đồng, cumulative within the plan year.
with source as (

    select * from {{ source('landing', 'investment') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        content_hash,
        project_code,
        project_name,
        owner,
        project_group,
        fund_source,
        plan_year,
        total_investment,
        plan_pm,
        plan_local,
        plan_carried,
        paid_completed,
        paid_advance,
        report_date,
        difficulty,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
