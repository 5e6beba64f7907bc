-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    first_no,
    last_no,
    kpi_id,
    period_kind,
    period_start,
    period_end,
    grain,
    unit_code,
    dimension,
    member,
    numerator,
    denominator,
    value,
    rating,
    coverage,
    is_provisional,
    definition_no,
    oldest_data_date
from {{ source('ledger', 'kpi_value') }}
