-- One statement about a dossier, as one file made it. Text, codes, dates and units are normalised at the landing.
with source as (

    select * from {{ source('landing', 'procedures') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        content_hash,
        dossier_id,
        procedure_code,
        applicant_kind,
        received_at,
        due_at,
        finished_at,
        returned_at,
        status_code,
        channel,
        changed_at,
        origin_dossier_id,
        is_result_digitised,
        fee,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
