-- One public service centre at one report date as landed.
with source as (

    select * from {{ source('landing', 'centre_readiness') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        content_hash,
        report_date,
        computers_needed,
        computers_have,
        printers_needed,
        printers_have,
        scanners_needed,
        scanners_have,
        kiosks_needed,
        kiosks_have,
        queue_machines_needed,
        queue_machines_have,
        cameras,
        line_carrier,
        line_mbps,
        line_outage_hours,
        staff,
        staff_trained,
        signatures_needed,
        signatures_issued,
        accounts_needed,
        accounts_active,
        note,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
