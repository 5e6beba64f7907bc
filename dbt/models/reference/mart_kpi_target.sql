{{ published(alias='kpi_target') }}

-- The targets of all KPIs, as the seed states them: an empty grain, unit or dimension holds for all of them.
with final as (

    select
        kpi_id,
        coalesce(grain, '') as grain,
        coalesce(unit_code, '') as unit_code,
        coalesce(dimension, '') as dimension,
        coalesce(member, '') as member,
        valid_from,
        valid_to,
        points,
        legal_basis,
        is_confirmed
    from {{ ref('kpi_target') }}

)

select * from final
