-- One household under one strand as landed, without the person. Money in đồng.
with source as (

    select * from {{ source('landing', 'housing') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        content_hash,
        household_id,
        strand,
        kind,
        support,
        source_fund,
        started_on,
        completed_on,
        handed_over_on,
        status,
        difficulty,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
