-- Communes, divided communes and districts make the former provinces; with the projects for the whole province they
-- make the province. Official plans take the place of sums, so that only what was paid is held against the facts.
with published as (

    select
        kpi_id,
        grain,
        unit_code,
        member,
        coalesce(numerator, 0) as numerator
    from {{ ref('kpi_value') }}
    where kpi_id in ('inv_rate_pm', 'inv_rate_total') and grain in ('province', 'former_province')

),

counted as (

    select
        'province' as grain,
        '{{ var("province_code") }}' as unit_code,
        fund_source,
        sum(paid) as paid
    from {{ ref('fct_disbursement') }}
    where is_current
    group by fund_source

    union all

    select
        'former_province' as grain,
        former_province_code as unit_code,
        fund_source,
        sum(paid) as paid
    from {{ ref('fct_disbursement') }}
    where is_current and former_province_code is not null
    group by former_province_code, fund_source

),

expected as (

    select
        published.kpi_id,
        published.grain,
        published.unit_code,
        published.member,
        published.numerator,
        coalesce(sum(counted.paid), 0) as paid
    from published
    left join counted
        on
            published.grain = counted.grain
            and published.unit_code = counted.unit_code
            and (published.member = '' or published.member = counted.fund_source)
    group by published.kpi_id, published.grain, published.unit_code, published.member, published.numerator

)

select * from expected
where abs(numerator - paid) > 0.5
