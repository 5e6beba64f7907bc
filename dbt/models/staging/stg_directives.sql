-- One task given by the leaders as landed; due_on is read from due_text, NULL when it names no day.
with source as (

    select * from {{ source('landing', 'directives') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        content_hash,
        directive_no,
        issued_on,
        signer,
        task,
        lead_agency,
        supporting,
        due_text,
        due_on,
        product,
        done_on,
        result_no,
        sector,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
