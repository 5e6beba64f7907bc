-- The plan that the Prime Minister assigned is part of the total plan of its scope and year. Where a total is below it,
-- two sources are mixed: `control_total` shows both.
select
    feed_id,
    file,
    scope,
    stated,
    computed
from {{ ref('control_total') }}
where measure = 'plan_total_above_plan_pm' and not is_equal
