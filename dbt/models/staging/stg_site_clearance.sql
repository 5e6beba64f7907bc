-- One project in one commune at one report date as landed. Areas in hectares, money in đồng.
with source as (

    select * from {{ source('landing', 'site_clearance') }}

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
        report_date,
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
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
