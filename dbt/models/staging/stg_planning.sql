-- One milestone of a plan or an organisation decision as landed.
with source as (

    select * from {{ source('landing', 'planning') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        content_hash,
        plan_no,
        title,
        kind,
        lead_agency,
        started_on,
        milestone,
        milestone_due,
        milestone_done,
        status,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
