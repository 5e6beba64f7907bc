-- Communes that owe a report of this domain at D: those with a parcel in the latest report.
with item as (

    select distinct commune_code
    from {{ ref('fct_site_clearance') }}
    where commune_code is not null and is_current

),

{{ stock_coverage('site_clearance', 'item') }}

select * from final
