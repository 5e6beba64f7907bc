-- KPI atoms of site clearance at D: the latest report of each feed.
with clearance as (

    select * from {{ ref('fct_site_clearance') }}
    where is_current

),

measure as (

    select
        'clearance_area' as kpi_id,
        commune_code,
        former_province_code,
        coalesce(area_cleared_ha, 0) as numerator,
        coalesce(area_to_recover_ha, 0) as denominator
    from clearance

    union all

    select
        'clearance_paid' as kpi_id,
        commune_code,
        former_province_code,
        coalesce(households_paid, 0) as numerator,
        coalesce(households, 0) as denominator
    from clearance

),

{{ stock_atoms('site_clearance', ['commune_code', 'former_province_code']) }}
