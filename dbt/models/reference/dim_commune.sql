{{ published() }}

-- The communes and wards in force from 1 July 2025.
with former_district_of as (

    select
        bridge.commune_code,
        {{ joined_list('district.district_name') }} as former_districts
    from {{ ref('bridge_commune') }} as bridge
    inner join {{ ref('former_commune') }} as former on bridge.former_code = former.former_code
    inner join {{ ref('former_district') }} as district on former.former_district_code = district.district_code
    group by bridge.commune_code

),

final as (

    select
        commune.commune_code,
        commune.commune_name,
        commune.commune_type,
        commune.portal_code,
        commune.former_province_code,
        former_province.former_province,
        former_district_of.former_districts,
        commune.area_km2,
        commune.population,
        commune.lat,
        commune.lon,
        commune.tile_col,
        commune.tile_row
    from {{ ref('commune') }} as commune
    inner join {{ ref('former_province') }} as former_province
        on commune.former_province_code = former_province.former_province_code
    left join former_district_of on commune.commune_code = former_district_of.commune_code

)

select * from final
