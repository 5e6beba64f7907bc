{{ published() }}

-- One row per procedure of the catalogue, with the level that handled it before 1 July 2025 and the one that does at D.
-- A procedure has moved to the commune when the district lost it to the commune on that day, whatever D is.
with level as (

    select
        procedure_code,
        max(case when {{ is_in_force(date_add_days(merger_date(), -1)) }} then level end) as level_before,
        max(case when {{ is_in_force(merger_date()) }} then level end) as level_after,
        max(case when {{ is_in_force(as_of()) }} then level end) as level_now
    from {{ ref('procedure_level') }}
    group by procedure_code

),

final as (

    select
        catalogue.procedure_code,
        catalogue.procedure_name,
        catalogue.sector,
        catalogue.is_land,
        level.level_before,
        level.level_now,
        catalogue.working_days,
        catalogue.is_confirmed,
        coalesce(level.level_before = 'huyện' and level.level_after = 'xã', false) as is_moved_to_commune
    from {{ ref('procedure') }} as catalogue
    left join level on catalogue.procedure_code = level.procedure_code

)

select * from final
