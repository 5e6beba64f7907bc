{{ published() }}

-- The communes and wards that existed until 30 June 2025.
with final as (

    select
        former.former_code,
        former.former_name,
        district.district_name as former_district,
        former.former_province_code,
        cast('2025-06-30' as date) as valid_to,
        former.former_type,
        former.former_district_code
    from {{ ref('former_commune') }} as former
    left join {{ ref('former_district') }} as district on former.former_district_code = district.district_code

)

select * from final
