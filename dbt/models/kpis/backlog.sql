{{ published() }}

-- The dossiers that are open past their due date at D, by who holds them, sector and age.
with overdue as (

    select
        dossier.unit_code,
        {{ holder_of('dossier.unit_level', 'dossier.unit_code') }} as holder,
        coalesce(procedure_catalogue.sector, '{{ var("uncatalogued_sector") }}') as sector,
        dossier.days_overdue
    from {{ ref('fct_dossier') }} as dossier
    left join {{ ref('dim_procedure') }} as procedure_catalogue
        on dossier.procedure_code = procedure_catalogue.procedure_code
    where dossier.tthc_backlog_overdue_met = 1

),

aged as (

    select
        *,
        case
            when days_overdue <= 7 then '≤7'
            when days_overdue <= 30 then '8–30'
            else '>30'
        end as age_band
    from overdue

),

final as (

    select
        unit_code,
        holder,
        sector,
        age_band,
        count(*) as dossiers,
        max(days_overdue) as oldest_days
    from aged
    group by unit_code, holder, sector, age_band

)

select * from final
