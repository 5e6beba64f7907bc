{{ published() }}

-- Every unit that can handle or owe something. Its key is (level, unit_code), because new communes use codes of former
-- ones.
with main_commune as (

    -- A former commune wholly inside one new commune belongs to it; a divided one to none.
    select
        former_code,
        min(commune_code) as commune_code
    from {{ ref('bridge_commune') }}
    group by former_code
    having count(*) = 1

),

unit as (

    select
        'commune' as level,
        commune_code as unit_code,
        commune_type || ' ' || commune_name as unit_name,
        commune_code,
        former_province_code,
        cast('2025-07-01' as date) as valid_from,
        cast(null as date) as valid_to
    from {{ ref('commune') }}

    union all

    select
        'former_commune' as level,
        former.former_code as unit_code,
        former.former_type || ' ' || former.former_name as unit_name,
        main_commune.commune_code,
        former.former_province_code,
        cast(null as date) as valid_from,
        cast('2025-06-30' as date) as valid_to
    from {{ ref('former_commune') }} as former
    left join main_commune on former.former_code = main_commune.former_code

    union all

    select
        'former_district' as level,
        district_code as unit_code,
        district_type || ' ' || district_name as unit_name,
        cast(null as varchar) as commune_code,
        former_province_code,
        cast(null as date) as valid_from,
        cast('2025-06-30' as date) as valid_to
    from {{ ref('former_district') }}

    union all

    select
        'department' as level,
        department_code as unit_code,
        department_name as unit_name,
        cast(null as varchar) as commune_code,
        cast(null as varchar) as former_province_code,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to
    from {{ ref('department') }}

    union all

    select
        'former_province' as level,
        former_province_code as unit_code,
        former_province || ' (cũ)' as unit_name,
        cast(null as varchar) as commune_code,
        former_province_code,
        cast(null as date) as valid_from,
        cast('2025-06-30' as date) as valid_to
    from {{ ref('former_province') }}

    union all

    select
        'province' as level,
        '{{ var("province_code") }}' as unit_code,
        '{{ var("province_name") }}' as unit_name,
        cast(null as varchar) as commune_code,
        cast(null as varchar) as former_province_code,
        cast('2025-07-01' as date) as valid_from,
        cast(null as date) as valid_to

),

final as (

    select
        unit_code,
        unit_name,
        level,
        commune_code,
        former_province_code,
        valid_from,
        valid_to
    from unit

)

select * from final
