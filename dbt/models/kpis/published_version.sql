{{ published() }}

-- The versions that earlier days published, in the order in which kpi_history follows them.
with final as (

    select
        version_no,
        version,
        as_of
    from {{ ref('stg_ledger_published_version') }}

)

select * from final
