-- The period in which leaders are told each KPI: the newest of its definition's headline kind that is known at D.
with province as (

    select
        value.kpi_id,
        value.definition_no,
        definition.domain,
        definition.unit,
        definition.grains,
        definition.min_coverage,
        definition.date_column is null as is_stock,
        value.period_kind,
        value.period_start,
        value.period_end,
        value.numerator,
        value.denominator,
        row_number() over (partition by value.kpi_id order by value.period_start desc) as newest_first
    from {{ ref('kpi_value') }} as value
    inner join {{ ref('mart_kpi_definition') }} as definition
        on
            value.kpi_id = definition.kpi_id
            and value.definition_no = definition.definition_no
            and value.period_kind = definition.headline_period
    where value.grain = 'province' and value.dimension = ''

),

final as (

    select
        kpi_id,
        definition_no,
        domain,
        unit,
        grains,
        min_coverage,
        is_stock,
        period_kind,
        period_start,
        least(period_end, {{ as_of() }}) as period_end,
        numerator,
        denominator
    from province
    where newest_first = 1

)

select * from final
