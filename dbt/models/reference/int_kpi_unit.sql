-- The units that a KPI is published for, by grain, with the bridge from the smallest units to them.
with final as (

    select
        'commune' as grain,
        commune_code as unit_code,
        former_province_code
    from {{ ref('dim_commune') }}

    union all

    select
        'department' as grain,
        department_code as unit_code,
        cast(null as varchar) as former_province_code
    from {{ ref('department') }}

    union all

    select
        'former_province' as grain,
        former_province_code as unit_code,
        former_province_code
    from {{ ref('former_province') }}

    union all

    select
        'province' as grain,
        '{{ var("province_code") }}' as unit_code,
        cast(null as varchar) as former_province_code

)

select * from final
