-- Communes that owe a register of houses at D: those with households, and all that send a workbook of their own.
with item as (

    select distinct commune_code
    from {{ ref('fct_household') }}
    where commune_code is not null

),

{{ stock_coverage('housing', 'item') }}

select * from final
