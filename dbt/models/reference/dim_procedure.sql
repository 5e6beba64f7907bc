{{ published() }}

-- The catalogue of administrative procedures, with the level that handled each before and after 1 July 2025.
with final as (

    select
        procedure_code,
        procedure_name,
        sector,
        is_land,
        level_before,
        level_now,
        working_days,
        is_confirmed
    from {{ ref('procedure') }}

)

select * from final
