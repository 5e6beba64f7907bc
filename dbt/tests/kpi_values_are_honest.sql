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
    on value.kpi_id = definition.kpi_id and value.definition_no = definition.definition_no
where
    -- A share of dossiers cannot exceed one; money may (182 % of the Prime Minister's plan is real).
    definition.domain = 'procedures' and definition.unit = 'percent' and not coalesce(value.value, 0) between 0 and 1
    or value.numerator is null
    and (
        value.value is not null
        or value.rating not in ('insufficient', 'too_early')
        and not (value.rating = 'not_applicable' and (value.coverage is null or value.target is null))
    )
    -- Where nothing is aimed at, nothing is judged, and nobody waits for a verdict.
    or value.target is null and value.rating not in ('not_applicable', 'too_early')
    or value.denominator = 0 and value.value is not null
    or definition.domain = 'procedures' and value.numerator < 0
    or not coalesce(value.coverage, 0) between 0 and 1
    or value.coverage < definition.min_coverage
    and value.rating in ('met', 'at_risk', 'missed')
    and not value.is_certain
    or value.rating in ('met', 'at_risk', 'missed') and value.decided_share < {{ var('decided_from') }}
    or value.value not between value.value_low and coalesce(value.value_high, value.value)
    or value.paused > value.denominator
