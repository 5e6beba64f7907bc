-- A house that is completed was started: as many started as completed, in each unit.
select
    started.grain,
    started.unit_code,
    started.member,
    started.numerator as started,
    completed.numerator as completed
from {{ ref('kpi_value') }} as started
inner join {{ ref('kpi_value') }} as completed
    on
        started.period_kind = completed.period_kind
        and started.period_start = completed.period_start
        and started.grain = completed.grain
        and started.unit_code = completed.unit_code
        and started.dimension = completed.dimension
        and started.member = completed.member
where
    started.kpi_id = 'housing_started'
    and completed.kpi_id = 'housing_completed'
    and started.numerator < completed.numerator
