{{ published() }}

-- The value of each KPI as each earlier version published it, from the ledger.
with final as (

    select
        version,
        kpi_id,
        as_of,
        period_kind,
        period_start,
        period_end,
        grain,
        unit_code,
        dimension,
        member,
        numerator,
        denominator,
        value,
        target,
        rating,
        coverage,
        is_provisional,
        -- Versions of before the numbers had the first meaning of each KPI.
        coalesce(definition_no, 1) as definition_no,
        oldest_data_date
    from {{ ref('stg_ledger_kpi_value') }}

)

select * from final
