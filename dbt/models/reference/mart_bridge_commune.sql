{{ published(alias='bridge_commune') }}

-- Which former commune went into which commune; a divided one went into several.
with final as (

    select
        former_code,
        commune_code,
        is_split,
        is_main
    from {{ ref('bridge_commune') }}

)

select * from final
