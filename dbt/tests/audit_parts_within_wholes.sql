-- A part never exceeds its whole: lots sold and lots offered, houses completed and houses, hectares and households of a
-- clearance, hours of a line, tasks and milestones on time. (Signatures, accounts and trained people may exceed the
-- need; money may pass 100 %.)
select
    value.kpi_id,
    value.period_kind,
    value.period_start,
    value.grain,
    value.unit_code,
    value.dimension,
    value.member,
    value.numerator,
    value.denominator
from {{ ref('kpi_value') }} as value
where
    value.kpi_id in (
        'auction_sold', 'housing_started', 'housing_completed', 'clearance_area', 'clearance_paid', 'centre_equipment',
        'centre_line', 'directive_on_time', 'plan_milestone', 'portal_progress', 'tthc_backlog_cleared'
    )
    and value.numerator > value.denominator + 1e-6
