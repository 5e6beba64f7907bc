-- Coverage by grain: of the units that owe, how many reported. A unit whose reporting periods arrived in part counts in
-- part, so that a feed of every night weighs no more than one of every month. `units_unknown`: those that owe and never
-- said anything; `has_delivery`: something is known of those that owe, or of the others where none does; `data_date`:
-- the oldest among the newest days of the units.
{%- set grains = {
    'commune': "grain = 'commune'",
    'department': "grain = 'department'",
    'former_province': 'former_province_code is not null',
    'province': 'true',
} %}
{%- set codes = {
    'former_province': 'former_province_code',
    'province': "'" ~ var('province_code') ~ "'",
} %}
with final as (
    {% for grain, condition in grains.items() %}
        select
            domain,
            is_stock,
            period_kind,
            period_start,
            '{{ grain }}' as grain,
            {{ codes[grain] or 'unit_code' }} as unit_code,
            {{ exact_sum('owes') }} as units_owing,
            {{ exact_sum('owes * reports') }} as units_reporting,
            {{ exact_sum('owes * is_unknown') }} as units_unknown,
            coalesce(max(case when owes > 0 then has_delivery end), max(has_delivery)) as has_delivery,
            max(has_stale) as has_stale,
            min(case when owes > 0 then data_date end) as data_date
        from {{ ref('int_coverage_unit') }}
        where {{ condition }}
        group by domain, is_stock, period_kind, period_start, {{ codes[grain] or 'unit_code' }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    *,
    units_reporting / nullif(units_owing, 0) as coverage
from final
