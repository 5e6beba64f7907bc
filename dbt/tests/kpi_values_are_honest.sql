select
    value.kpi_id,
    value.period_kind,
    value.period_start,
    value.grain,
    value.unit_code,
    value.member,
    value.numerator,
    value.denominator,
    value.value,
    value.rating,
    value.coverage
from {{ ref('kpi_value') }} as value
inner join {{ ref('mart_kpi_definition') }} as definition
    on value.kpi_id = definition.kpi_id and definition.dimension = ''
where
    -- A share of dossiers cannot exceed one; money may (182 % of the Prime Minister's plan is real).
    definition.domain = 'procedures' and definition.unit = 'percent' and not coalesce(value.value, 0) between 0 and 1
    or value.numerator is null
    and (
        value.value is not null
        or value.rating <> 'insufficient' and {{ has_begun('value.kpi_id') }}
        and not (value.rating = 'not_applicable' and value.coverage is null)
    )
    or value.denominator = 0 and value.value is not null
    or definition.domain = 'procedures' and value.numerator < 0
    or not coalesce(value.coverage, 0) between 0 and 1
    or value.coverage < definition.min_coverage and value.rating in ('met', 'at_risk', 'missed')
