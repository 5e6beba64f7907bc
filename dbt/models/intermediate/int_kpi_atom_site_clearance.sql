-- KPI atoms of site clearance at D: the latest report of each feed.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'site_clearance' and period_kind = 'to_date'

),

clearance as (

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

final as (

    select
        measure.kpi_id,
        period.period_kind,
        period.period_start,
        period.period_end,
        measure.commune_code,
        cast(null as varchar) as unit_code,
        measure.former_province_code,
        '' as dimension,
        '' as member,
        {{ exact_sum('measure.numerator') }} as numerator,
        {{ exact_sum('measure.denominator') }} as denominator
    from measure
    cross join period
    group by
        measure.kpi_id, period.period_kind, period.period_start, period.period_end, measure.commune_code,
        measure.former_province_code

)

select * from final
