{{ published(alias='kpi_target') }}

-- The targets of all KPIs, as the seed states them: an empty grain, unit or dimension holds for all of them.
with basis as (

    {{ acts_in_force('kpi_target') }}

),

final as (

    select
        kpi_id,
        coalesce(grain, '') as grain,
        coalesce(unit_code, '') as unit_code,
        coalesce(dimension, '') as dimension,
        coalesce(member, '') as member,
        valid_from,
        valid_to,
        points,
        basis.acts_in_force as legal_basis,
        is_confirmed
    from {{ ref('kpi_target') }} as target
    left join basis on target.legal_basis = basis.legal_basis

)

select * from final
