-- Communes that owe a report of this domain at D: those with a project in the latest report of the plan year.
with item as (

    select distinct commune_code
    from {{ ref('fct_disbursement') }}
    where commune_code is not null and is_current

),

{{ stock_coverage('investment', 'item') }}

select * from final
