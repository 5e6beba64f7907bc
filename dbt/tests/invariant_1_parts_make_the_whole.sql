-- The parts of each KPI of the province add up to it. An official plan that is smaller than its projects leaves a
-- negative part that is not given to any; the sum holds all the same. What is not given to any is unknown while a part
-- is unknown.
with part as (

    select
        kpi_id,
        sum(coalesce(numerator, 0)) as numerator,
        sum(coalesce(denominator, 0)) as denominator,
        max(case when part = 'unassigned' and denominator is null then 1 else 0 end) as is_unassigned_unknown
    from {{ ref('kpi_part') }}
    group by kpi_id

)

select
    whole.kpi_id,
    whole.numerator,
    whole.denominator,
    part.numerator as numerator_of_parts,
    part.denominator as denominator_of_parts
from {{ ref('int_kpi_headline') }} as whole
left join part on whole.kpi_id = part.kpi_id
where
    abs(coalesce(whole.numerator, 0) - coalesce(part.numerator, 0)) > 1e-6
    or (
        coalesce(part.is_unassigned_unknown, 0) = 0
        and abs(coalesce(whole.denominator, 0) - coalesce(part.denominator, 0)) > 1e-6
    )
