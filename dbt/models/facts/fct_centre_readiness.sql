{{ published() }}

-- One row a centre and report date: the latest live statement. `is_current` marks the latest of each centre at D.
with live as (

    select * from {{ ref('int_centre_statement') }}
    where is_latest and report_date <= {{ as_of() }}

),

final as (

    select
        unit_code,
        unit_level,
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
        row_number() over (
            partition by {{ place_key('commune_code', 'unit_level', 'unit_code') }}
            order by report_date desc, file_rank desc, source_sheet desc nulls last, source_row desc
        ) = 1 as is_current,
        area,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row
    from live

)

select * from final
