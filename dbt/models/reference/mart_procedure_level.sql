{{ published(alias='procedure_level') }}

-- One row per period of a procedure: the level that handles it, as the seed states it.
with final as (

    select
        procedure_code,
        level,
        valid_from,
        valid_to,
        legal_basis,
        is_confirmed
    from {{ ref('procedure_level') }}

)

select * from final
