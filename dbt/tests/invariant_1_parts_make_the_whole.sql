-- The parts of each KPI of the province add up to it. An official plan that is smaller than its projects leaves a
-- negative part that is not given to any; the sum holds all the same.
with whole as (

    select
        value.kpi_id,
        coalesce(value.numerator, 0) as numerator,
        coalesce(value.denominator, 0) as denominator,
        row_number() over (partition by value.kpi_id order by value.period_start desc) as newest_first
    from {{ ref('kpi_value') }} as value
    inner join {{ ref('mart_kpi_definition') }} as definition
        on
            value.kpi_id = definition.kpi_id
            and value.definition_no = definition.definition_no
            and value.period_kind = definition.headline_period
    where value.grain = 'province' and value.dimension = ''

),

part as (

    select
        kpi_id,
        sum(coalesce(numerator, 0)) as numerator,
        sum(coalesce(denominator, 0)) as denominator
    from {{ ref('kpi_part') }}
    group by kpi_id

)

select
    whole.kpi_id,
    whole.numerator,
    whole.denominator,
    part.numerator as numerator_of_parts,
    part.denominator as denominator_of_parts
from whole
left join part on whole.kpi_id = part.kpi_id
where
    whole.newest_first = 1
    and (
        abs(whole.numerator - coalesce(part.numerator, 0)) > 1e-6
        or abs(whole.denominator - coalesce(part.denominator, 0)) > 1e-6
    )
