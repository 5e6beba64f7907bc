-- Sums of the dossiers' measures by segment. A segment is the days that share an ISO week and a month: so every week,
-- month, quarter and year is a sum of whole segments. `basis` says which date puts a dossier into its segment.
with dossier as (

    select
        dossier.*,
        {{ department_code('dossier.attribution', 'dossier.unit_code') }} as department_code,
        procedure_catalogue.sector,
        coalesce(procedure_catalogue.is_land, false) as is_land,
        coalesce(
            procedure_catalogue.level_before = 'huyện' and procedure_catalogue.level_now = 'xã', false
        ) as is_moved_to_commune
    from {{ ref('fct_dossier') }} as dossier
    left join {{ ref('dim_procedure') }} as procedure_catalogue
        on dossier.procedure_code = procedure_catalogue.procedure_code
    where dossier.is_counted

),

received as (

    select
        'received' as basis,
        greatest(
            {{ first_day_of('week', 'received_at') }}, {{ first_day_of('month', 'received_at') }}
        ) as segment_start,
        commune_code,
        department_code,
        former_province_code,
        sector,
        is_land,
        is_moved_to_commune,
        count(*) as handled,
        {{ count_if('is_on_time is not null') }} as on_time_base,
        {{ count_if('is_on_time') }} as on_time,
        {{ count_if('due_at is null') }} as no_due,
        {{ count_if("channel = 'truc_tuyen'") }} as online,
        0 as resolved_base,
        0 as resolved_on_time,
        0 as digitised_base,
        0 as digitised,
        0 as working_days_base,
        0 as working_days
    from dossier
    group by segment_start, commune_code, department_code, former_province_code, sector, is_land, is_moved_to_commune

),

finished as (

    select
        'finished' as basis,
        greatest(
            {{ first_day_of('week', 'closed_at') }}, {{ first_day_of('month', 'closed_at') }}
        ) as segment_start,
        commune_code,
        department_code,
        former_province_code,
        sector,
        is_land,
        is_moved_to_commune,
        count(*) as handled,
        0 as on_time_base,
        0 as on_time,
        0 as no_due,
        0 as online,
        {{ count_if('is_on_time is not null') }} as resolved_base,
        {{ count_if('is_on_time') }} as resolved_on_time,
        {{ count_if('status_code in (9, 10) and is_result_digitised is not null') }} as digitised_base,
        {{ count_if('status_code in (9, 10) and is_result_digitised') }} as digitised,
        {{ count_if('working_days is not null') }} as working_days_base,
        sum(coalesce(working_days, 0)) as working_days
    from dossier
    where is_resolved
    group by segment_start, commune_code, department_code, former_province_code, sector, is_land, is_moved_to_commune

),

final as (

    select * from received
    union all
    select * from finished

)

select * from final
