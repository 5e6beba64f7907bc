-- Communes that owe a report of this domain at D: those with a lot in the register, offered or planned.
with item as (

    select distinct commune_code
    from {{ ref('fct_auction_lot') }}
    where commune_code is not null

),

{{ stock_coverage('land_auction', 'item') }}

select * from final
