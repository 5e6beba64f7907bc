-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    domain,
    area,
    title_vi,
    owner_vi,
    fixer_vi,
    delivery,
    delivery_period,
    cadence,
    late_after_days,
    max_age_days,
    expected_from,
    every_unit_owes,
    is_expected,
    waived_until
from {{ source('landing', 'feed') }}
